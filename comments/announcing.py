"""From what is new in a conversation to whom it concerns.

A response is stored as untold, and one task for its post is queued with it; the many that come
before the task runs cost neither a task nor a query more. The task takes the mark off the
conversation before it looks, so that whatever it does not see queues the next one.
"""

import datetime
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter

from django.utils import timezone

from comments import moderation_mail, notices
from comments.models import Comment, Conversation, Subscription
from posts.models import Post

BATCH = 500
# Its task was queued together with it: what waits longer than this has lost it.
LOST_AFTER = datetime.timedelta(minutes=10)


def tell(post_id: int, *, on_held: Callable[[Comment], None]) -> None:
    """Queue the mails about all that is untold on a post, and call `on_held` for what waits.

    Safe to repeat: a mail's key names its occasion, and what was told is marked only afterwards.
    """
    Conversation.objects.filter(post_id=post_id).update(has_untold=False)
    post = Post.objects.filter(pk=post_id).first()
    while post and (
        batch := list(Comment.objects.on(post).untold().order_by("status", "pk")[:BATCH])
    ):
        for comment in batch:
            comment.post = post
        held = [comment for comment in batch if comment.is_pending]
        moderation_mail.announce(*held)
        for comment in held:
            on_held(comment)
        _tell_followers(post, [comment for comment in batch if comment.is_approved])
        _note_told(batch)


def _tell_followers(post: Post, approved: list[Comment]) -> None:
    """Most articles are followed by nobody, which is asked once for all."""
    if approved and Subscription.objects.in_conversation(post).exists():
        for comment in approved:
            notices.tell_followers(comment)


def _note_told(batch: list[Comment]) -> None:
    """Except where a decision came between: that is another occasion."""
    for status, same in groupby(batch, attrgetter("status")):
        told = Comment.objects.filter(pk__in=[comment.pk for comment in same], status=status)
        told.update(is_untold=False)


def posts_with_lost_news() -> list[int]:
    """Posts where something has been untold for too long."""
    long_ago = timezone.now() - LOST_AFTER
    found = Comment.objects.untold().filter(created_at__lt=long_ago).order_by()
    return list(found.values_list("post_id", flat=True).distinct())
