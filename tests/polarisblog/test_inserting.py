"""Rows that are stored by SQL made once are what `save` would have stored."""

import datetime

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comments.models import Comment, Word
from polarisblog.sql.inserting import insert, next_keys
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

HERE = DEFAULT_DB_ALIAS


def test_stored_as_save_would() -> None:
    post, reader = PostFactory(), UserFactory()
    fields = {
        "post": post,
        "reader": reader,
        "name": "Ada",
        "text": "100 % “words” ?",
        "html": "<p>…</p>",
        "created_at": timezone.now() - datetime.timedelta(days=1),
        "edited_at": timezone.now(),
    }
    [key] = next_keys("comments.Comment", 1, using=HERE)
    fresh = Comment(pk=key, **fields)

    insert([fresh], using=HERE)

    assert (fresh._state.adding, fresh._state.db) == (False, HERE)
    stored = Comment.objects.get(pk=key)
    for field in Comment._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(fresh, field.attname), field


def test_many_are_one_call() -> None:
    rows = [Word(key=f"word {number}", spam_count=number) for number in range(5)]

    with CaptureQueriesContext(
        connection,
    ) as asked:
        insert(rows, using=HERE)

    assert len(asked) == 1
    assert list(Word.objects.order_by("spam_count").values_list("spam_count", flat=True)) == [
        *range(5)
    ]
    with CaptureQueriesContext(connection) as asked:
        insert([], using=HERE)
    assert len(asked) == 0


def test_a_row_that_is_there_is_not_overwritten() -> None:
    insert([Word(key="word", spam_count=1)], using=HERE)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert([Word(key="word", spam_count=2)], using=HERE)

    assert Word.objects.get().spam_count == 1


def test_keys_are_new_ones_and_the_database_goes_on_from_them() -> None:
    post = PostFactory()
    last = CommentFactory(post=post)
    last_key = last.pk
    last.delete()

    keys = next_keys("comments.Comment", 3, using=HERE)
    rows = [Comment(pk=key, post=post, name="Ada", text="Words") for key in keys]
    insert(rows, using=HERE)
    [after] = Comment.objects.bulk_create([Comment(post=post, name="Ada", text="Words")])

    assert keys == sorted(set(keys))
    assert min(keys) > last_key, "a number that was somebody's is nobody else's"
    assert after.pk > max(keys)


def test_keys_of_an_empty_table() -> None:
    [first] = next_keys("comments.Comment", 1, using=HERE)

    assert first > 0
