"""What a comment costs the pages that are kept, and what it asks of the database."""

import time
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments.models import Comment, DiscussionSettings
from polarisblog.pagecache import hearing
from polarisblog.pagecache.watching import TABLE
from posts.models import Post
from tests.factories import CommentFactory, PostFactory
from tests.pagecache.door import Door


def changes() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608 # ours
        count: int = cursor.fetchone()[0]
    return count


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "is_grouped"), [*product(Comment.Status.values, (False, True))])
def test_what_is_said_to_be_on_pages_is_what_the_triggers_write_down(
    status: str, *, is_grouped: bool
) -> None:
    post = CommentFactory().post
    before = changes()

    comment = CommentFactory(post=post, status=status, is_grouped=is_grouped)

    assert (changes() > before) == comment.is_on_pages


@pytest.fixture
def asked(door: Door, settings: Any) -> CaptureQueriesContext:
    """What the third comment on an article asks, where changes are heard."""
    settings.RATE_LIMITS = False
    post = PostFactory()
    DiscussionSettings(holds_first_comment=True).save()
    door.ask(post.get_absolute_url())
    for number in range(2):
        send(post, f"The words before, number {number}")
    hearing.shelf().grant(time.time())
    with CaptureQueriesContext(connection) as queries:
        send(post, "New words")
    return queries


def send(post: Post, words: str) -> None:
    fields = {"comment": words, "author": "Rosa"}
    assert Client().post(f"{post.get_absolute_url()}respond/", fields).status_code == 303


def test_a_held_comment_asks_little(asked: CaptureQueriesContext) -> None:
    # Django cannot say every statement again on PostgreSQL, but these two.
    said = [query["sql"] or "" for query in asked]
    asking = [sql for sql in said if not sql.startswith(("BEGIN", "COMMIT"))]

    # In a transaction the conversation, the same words, and the new row.
    assert len(asking) == 3, asking
