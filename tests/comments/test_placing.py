"""What was stored before comments had places gets one."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from comments.models import Comment, Conversation
from comments.moderating import decide
from tests.factories import CommentFactory


@pytest.mark.django_db
def test_the_migration_finds_what_is_kept_today() -> None:
    first = CommentFactory()
    second = CommentFactory(post=first.post, parent=first)
    CommentFactory(post=first.post, parent=second)
    CommentFactory(post=first.post, status="pending")
    CommentFactory()
    decide(second, Comment.Status.TRASH, by=None)
    columns = ("pk", "path", "thread_id", "is_listed", "shown_replies", "parent_id")
    kept = list(Comment.objects.order_by("pk").values_list(*columns))
    conversations = Conversation.objects.order_by("pk")
    counts = list(conversations.values_list("pk", "response_count", "thread_count"))
    Comment.objects.update(path="", thread=None, is_listed=False, shown_replies=0)
    Conversation.objects.all().delete()

    executor = MigrationExecutor(connection)
    migration = executor.loader.get_migration("comments", "0003_place_comments")
    state = executor.loader.project_state([("comments", "0003_place_comments")])
    migration.operations[0].code(state.apps, None)

    assert list(Comment.objects.order_by("pk").values_list(*columns)) == kept
    assert list(conversations.values_list("pk", "response_count", "thread_count")) == counts


@pytest.mark.django_db
def test_the_migration_counts_what_is_listed() -> None:
    first = CommentFactory()
    second = CommentFactory(post=first.post, parent=first)
    CommentFactory(post=first.post, parent=second)
    CommentFactory(post=first.post, status="pending")
    CommentFactory(status="spam")
    decide(second, Comment.Status.TRASH, by=None)
    counts = Conversation.objects.order_by("pk").values_list("pk", "listed_count")
    kept = list(counts)
    Conversation.objects.update(listed_count=7)

    executor = MigrationExecutor(connection)
    migration = executor.loader.get_migration("comments", "0011_count_what_is_listed")
    state = executor.loader.project_state([("comments", "0011_count_what_is_listed")])
    migration.operations[1].code(state.apps, None)

    assert list(counts.all()) == kept
    assert dict(kept)[first.post_id] == 3
