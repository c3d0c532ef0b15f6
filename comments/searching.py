"""Search looks into the comments, too, for readers who ask for that."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from comments.models import Comment
from polarisblog.pagecache.migrating import goes_back
from posts.models import Post
from posts.search.finding import Source
from posts.search.index import Index
from posts.signals import search_asked

COMMENTS = Index(table="comments_comment", key="id", columns=("name", "text"))


def readable() -> QuerySet[Any]:
    """The keys of what everybody may read: approved, and under a post that is."""
    posts = Post.objects.published().open().values("pk")
    return Comment.objects.approved().filter(post__in=posts).values("pk")


def describe(keys: Sequence[int]) -> dict[int, tuple[str, datetime.datetime]]:
    comments = Comment.objects.select_related("post").in_bulk(list(keys))
    return {
        key: (comment.get_absolute_url(), comment.created_at) for key, comment in comments.items()
    }


@receiver(search_asked)
def source(**kwargs: Any) -> Source:
    return Source(COMMENTS, readable, describe)


def ensure(**kwargs: Any) -> None:
    """Hears post_migrate."""
    COMMENTS.ensure()


def withdraw(plan: list[tuple[Any, bool]], **kwargs: Any) -> None:
    """Hears pre_migrate: an index must not outlive what a migrate takes back."""
    if goes_back(plan):
        COMMENTS.withdraw()
