"""From what happened to the mails about it, through an outbox.

A mail is a row before it is a mail. The task that writes the rows is queued in the transaction that
approves a comment, and each row's key names the occasion and the address, so nothing is missed and
nothing is queued twice, whatever dies when. Sending claims a row first: two workers never hold the
same one, and a dead worker's claim lapses. SMTP itself has no transaction: who dies after the other
server took the mail and before that was written down cannot know, so it is handed over again with
the same Message-ID, by which the receiving side knows it (RFC 5322, 3.6.4).
"""

import datetime
import hashlib
import logging
import smtplib
from collections.abc import Iterable

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from comments import mails, moderation_mail
from comments.models import Comment, Conversation, Notice, Subscription
from posts.models import Post

log = logging.getLogger(__name__)

BATCH = 500
# After each attempt that failed; after one more the mail is given up.
RETRY_AFTER_SECONDS = (60, 300, 1800, 7200, 28800)
NEWS_DAYS = 3


def ask_to_confirm(subscription: Subscription) -> None:
    """Queue the mail that asks an address whether it wants what was asked for in its name."""
    _queue(Notice.Kind.CONFIRM, [subscription], f"confirm {subscription.asked_with}")


def tell_followers(comment: Comment) -> None:
    """Queue a mail about an approved comment to whoever follows it, one to an address."""
    if comment.is_counted and not comment.is_linkback:
        followers = Subscription.objects.about(comment).order_by("pk")
        _queue(Notice.Kind.COMMENT, followers, f"comment {comment.pk}", comment=comment)


def announce_posts() -> None:
    """Queue a mail about each post that appeared lately to those who followed the blog before."""
    lately = timezone.now() - datetime.timedelta(days=NEWS_DAYS)
    news = Post.objects.published().filter(
        Q(conversation=None) | Q(conversation__announced_at=None), published_at__gte=lately
    )
    for post in news:
        with transaction.atomic():
            conversation = Conversation.locked(post.pk)
            if conversation.announced_at:
                continue
            followers = Subscription.objects.confirmed().filter(
                kind=Subscription.Kind.BLOG, confirmed_at__lte=post.published_at
            )
            _queue(Notice.Kind.POST, followers, f"post {post.pk}", post=post)
            conversation.announced_at = timezone.now()
            conversation.save(update_fields=["announced_at"])


def _queue(
    kind: str,
    followers: Iterable[Subscription],
    occasion: str,
    comment: Comment | None = None,
    post: Post | None = None,
) -> None:
    rows: dict[str, Notice] = {}
    for follower in followers:
        key = f"{occasion} {_address_key(follower.email)}"
        rows.setdefault(
            key,
            Notice(
                key=key,
                kind=kind,
                subscription=follower,
                comment=comment,
                post=post,
                message_id=mails.message_id(key),
            ),
        )
    Notice.objects.bulk_create(rows.values(), ignore_conflicts=True, batch_size=BATCH)


def _address_key(email: str) -> str:
    return hashlib.sha256(email.casefold().encode()).hexdigest()[:32]


# --- Sending ------------------------------------------------------------------


def deliver() -> int:
    """Send what is due, over one connection; how many mails went out.

    Safe to run any number of times at once. A mail that fails holds up no other.
    """
    count = 0
    connection = get_connection()
    try:
        for notice in Notice.objects.due().select_related(
            "subscription__post", "comment__post", "comment__parent", "post"
        )[:BATCH]:
            if Notice.objects.claim(notice):
                count += _send(notice, connection)
    finally:
        connection.close()
    return count


def _send(notice: Notice, connection: BaseEmailBackend) -> bool:
    """One claimed mail; True when the other server has taken it."""
    try:
        is_subscribed = notice.subscription is not None
        message = mails.compose(notice) if is_subscribed else moderation_mail.compose(notice)
        if message is None:
            _write_down(notice, given_up_at=timezone.now(), problem="there is nothing to tell now")
            return False
        connection.open()
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refusal:
        _write_down(notice, given_up_at=timezone.now(), problem=str(refusal)[:200])
    except (OSError, smtplib.SMTPException) as problem:
        connection.close()
        _try_again(notice, problem)
    except Exception as problem:
        log.exception("notice %s could not be made into a mail", notice.pk)
        _try_again(notice, problem)
    else:
        _write_down(notice, sent_at=timezone.now(), problem="")
        return True
    return False


def _try_again(notice: Notice, problem: Exception) -> None:
    now, attempt = timezone.now(), notice.attempts
    log.warning("notice %s was not sent (attempt %d): %r", notice.pk, attempt + 1, problem)
    if attempt >= len(RETRY_AFTER_SECONDS):
        _write_down(notice, given_up_at=now, problem=repr(problem)[:200])
        return
    later = now + datetime.timedelta(seconds=RETRY_AFTER_SECONDS[attempt])
    _write_down(notice, due_at=later, problem=repr(problem)[:200])


def _write_down(notice: Notice, **outcome: object) -> None:
    Notice.objects.filter(pk=notice.pk).update(**outcome)
