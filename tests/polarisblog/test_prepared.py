"""A prepared query answers what the same QuerySet would, whatever its slots are filled with."""

import datetime
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comments.models import Conversation
from polarisblog.sql.prepared import MOST_KEPT, Prepared, Slot
from posts.models import Post, Tag
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@Prepared
def with_slug() -> Any:
    return Post.objects.filter(slug=Slot("slug")).select_related("author").prefetch_related("tags")


@Prepared
def newest(count: int) -> Any:
    return Post.objects.order_by("-published_at").values_list("slug", flat=True)[:count]


@Prepared
def published_until() -> Any:
    return Post.objects.filter(published_at__lte=Slot("moment")).order_by("pk")


def test_rows_come_with_what_the_queryset_asks_for() -> None:
    post = PostFactory(slug="one", author=UserFactory())
    post.tags.add(Tag.objects.create(name="stars", slug="stars"))
    PostFactory(slug="two")

    for _ in range(2):
        [found] = with_slug(slug="one")
        assert found == post
        assert found._state.db == "default"
        with CaptureQueriesContext(connection) as asked:
            assert found.author == post.author
            assert [tag.name for tag in found.tags.all()] == ["stars"]
        assert not asked.captured_queries

    assert [found.slug for found in with_slug(slug="two")] == ["two"]
    assert with_slug(slug="three") == []


def test_hostile_values_stay_values() -> None:
    PostFactory(slug="one")

    for slug in ("' OR 1=1 --", "%s", "one'", "%", '"', "\\"):
        assert with_slug(slug=slug) == []


def test_what_shapes_the_query_is_another_query() -> None:
    for day in range(3):
        PostFactory(slug=f"day-{day}", published_at=NOW + datetime.timedelta(days=day))

    assert newest(1) == ["day-2"]
    assert newest(2) == ["day-2", "day-1"]
    assert newest(1) == ["day-2"]


def test_only_so_many_shapes_are_kept() -> None:
    PostFactory(slug="one")

    for count in range(1, 2 * MOST_KEPT):
        assert newest(count) == ["one"]

    assert len(newest._rows) <= MOST_KEPT
    assert len(newest._plans) <= MOST_KEPT


def test_times_are_the_database_s_own() -> None:
    PostFactory(published_at=NOW)

    assert len(published_until(moment=NOW)) == 1
    assert published_until(moment=NOW - datetime.timedelta(microseconds=1)) == []
    elsewhere = NOW.astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    assert len(published_until(moment=elsewhere)) == 1


def test_a_slot_without_a_value_is_told() -> None:
    with pytest.raises(KeyError, match="slug"):
        with_slug()


def test_the_second_run_makes_no_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Prepared(lambda: Tag.objects.annotate(count=Count("posts")).filter(name=Slot("name")))
    PostFactory().tags.add(Tag.objects.create(name="stars", slug="stars"))
    assert rows(name="stars")[0].count == 1

    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError

    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.pre_sql_setup", never)

    assert rows(name="stars")[0].count == 1
    assert rows(name="none") == []


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_in_a_transaction_only() -> None:
    post = PostFactory()
    with transaction.atomic():
        Conversation.locked(post.pk)

    with pytest.raises(TransactionManagementError):
        Conversation.locked(post.pk)


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection() -> None:
    PostFactory(slug="one")
    asked: list[Any] = []

    def note(execute: Any, *args: Any) -> Any:
        asked.append(threading.current_thread())
        return execute(*args)

    def ask() -> None:
        try:
            with connection.execute_wrapper(note):
                newest(1)
        finally:
            connection.close()

    newest(1)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()

    assert asked == threads
