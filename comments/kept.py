"""What of the conversation is kept, on pages or in memory, for `polarisblog.pagecache`."""

import datetime

from django.http import HttpRequest
from django.utils import timezone

from comments.models import DiscussionSettings
from polarisblog.pagecache.keeping import keep
from polarisblog.pagecache.watching import Watch, touch
from posts.models import Post

# Longer than the worker's pause between two looks; what is said twice does no harm.
LOOK_BACK = datetime.timedelta(minutes=10)
# What is said changes all the time, and only pages show it.
ONLY_ON_PAGES = ("talk",)

WATCHES = (
    Watch(
        "comments.Comment",
        "SELECT 'talk:' || {row}.post_id",
        columns=(
            *("post_id", "parent_id", "kind", "mention", "status", "reader_id", "name", "url"),
            *("html", "created_at", "edited_at", "is_pinned", "is_grouped", "thread_id", "path"),
            *("is_listed", "like_count"),
        ),
        when="{row}.is_listed OR {row}.is_grouped",
    ),
    Watch(
        "comments.Conversation",
        "SELECT 'talk:' || {row}.post_id",
        columns=("response_count", "thread_count"),
    ),
    Watch("comments.DiscussionSettings"),
    Watch(
        "accounts.User",
        "SELECT 'talk:' || post_id FROM comments_comment WHERE reader_id = {row}.id AND is_listed",
        columns=("name", "picture_key"),
        events=("UPDATE",),
    ),
    # On no page; remembered for whoever comments next.
    Watch("comments.Ban", "SELECT 'bans'"),
    Watch("comments.Word", "SELECT 'learned'", when="{row}.key = ''"),
)


def keep_conversation(request: HttpRequest, post: Post) -> None:
    """The page shows what is said about `post`."""
    keep(request, f"talk:{post.pk}")


def keep_newest(request: HttpRequest) -> None:
    """The page shows what was said last, about whichever post."""
    keep(request, "talk", "post", "order")


def close_due() -> None:
    """Where a conversation has closed by its age, its pages no longer offer a form."""
    days = DiscussionSettings.current().closes_after_days
    if days:
        then = timezone.now() - datetime.timedelta(days=days)
        closed = Post.objects.filter(published_at__range=(then - LOOK_BACK, then))
        touch(*(f"talk:{pk}" for pk in closed.values_list("pk", flat=True)))
