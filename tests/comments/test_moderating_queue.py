"""The queue: what a row says, how it is narrowed, and what it costs."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments.models import (
    Comment,
    DeskPreferences,
    Like,
    Report,
)
from posts.models import Post
from tests.comments.desks import QUEUE, crowd, page
from tests.factories import CommentFactory, UserFactory

pytestmark = pytest.mark.django_db

Status = Comment.Status


# --- What a row says ------------------------------------------------------------


def test_a_row_says_who_what_where_when_and_why(desk: Client, post: Post) -> None:
    reader = UserFactory(name="Nia")
    CommentFactory(post=post, reader=reader, status=Status.SPAM)
    first = CommentFactory(post=post, reader=reader, name="Nia")
    held = CommentFactory(
        post=post,
        reader=reader,
        name="Nia",
        parent=first,
        text="A *kind* word",
        status=Status.PENDING,
        reason="2 links",
        like_count=3,
    )
    Like.objects.create(comment=held, reader_key="x")
    Comment.objects.filter(pk=held.pk).update(like_count=1)
    Report.objects.create(comment=held, reason="danger", words="I know her", reader_key="y")

    shown = page(desk)

    for words in (
        "A <em>kind</em> word",
        "In reply to Nia",
        "2 links",
        "before: 1 approved, 1 refused",
        "1 like",
        "Somebody may be in danger",
        "I know her",
        post.title,
        "ago",
    ):
        assert words in shown, words


def test_words_are_shown_on_demand_to_who_wants_it_so(desk: Client) -> None:
    CommentFactory(status=Status.PENDING, text="One two three")
    answer = desk.post(f"{QUEUE}preferences/", {"hides_words": "on", "mail": "none"})
    assert answer.status_code == 303

    shown = page(desk)

    assert "Show 3 words" in shown
    assert "data-keys" not in shown
    mine = DeskPreferences.objects.get()
    assert (mine.hides_words, mine.uses_keys, mine.mail) == (True, False, "none")


def test_filters_narrow_and_search_finds_text_name_and_host(desk: Client) -> None:
    reader = UserFactory(name="Nia")
    comment = CommentFactory(status=Status.PENDING, text="needle", reason="3 links", reader=reader)
    ping = CommentFactory(
        status=Status.PENDING, kind="pingback", name="A ping", url="https://far.example/page"
    )
    Report.objects.create(comment=comment, reason="spam", reader_key="y")

    def found(**query: Any) -> set[int]:
        rows = desk.get(QUEUE, query).context["cl"].result_list
        return {one.pk for one in rows}

    assert found() == {comment.pk, ping.pk}
    assert found(kind="linkback") == {ping.pk}
    assert found(kind="comment") == {comment.pk}
    assert found(reported="yes") == {comment.pk}
    assert found(reason="links") == {comment.pk}
    assert found(reader=reader.pk) == {comment.pk}
    assert found(post=ping.post_id) == {ping.pk}
    assert found(q="needle") == {comment.pk}
    assert found(q="A ping") == {ping.pk}
    assert found(q="far.example") == {ping.pk}
    assert found(post="no number", reader="9" * 30) == set()


@pytest.mark.parametrize(
    "lookup",
    [
        "email__startswith",
        "reader__email__startswith",
        "reader__password__startswith",
        "address_hash",
        "guest_key__gt",
        "text__contains",
    ],
)
def test_an_address_asks_nothing_that_the_filters_do_not(desk: Client, lookup: str) -> None:
    """Else an e-mail address could be guessed letter by letter."""
    assert desk.get(QUEUE, {lookup: "a"}).status_code == 400


def test_the_connection_of_one_comment_shows_all_that_came_over_it(desk: Client) -> None:
    one = CommentFactory(status=Status.PENDING, address_hash="a" * 64)
    other = CommentFactory(status=Status.SPAM, address_hash="a" * 64)
    CommentFactory(status=Status.PENDING, address_hash="b" * 64)
    without = CommentFactory(status=Status.PENDING)

    def found(pk: int) -> set[int]:
        rows = desk.get(QUEUE, {"status": "all", "connection": pk}).context["cl"].result_list
        return {comment.pk for comment in rows}

    assert found(one.pk) == {one.pk, other.pk}
    assert found(without.pk) == set()


# --- What it costs --------------------------------------------------------------


def test_the_queue_costs_the_same_queries_for_two_rows_and_for_thirty(
    desk: Client, post: Post
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(QUEUE)
        return len(queries)

    CommentFactory(post=post, status=Status.PENDING, address_hash="a", reader=None)
    CommentFactory(post=post, status=Status.PENDING, reader=UserFactory())
    few = cost()
    for number in range(28):
        reader = UserFactory() if number % 2 else None
        made = CommentFactory(
            post=post, status=Status.PENDING, reader=reader, address_hash=f"{number}"
        )
        Report.objects.create(comment=made, reason="spam", reader_key="y")

    assert cost() == few
    assert few <= 24


def test_no_query_counts_all_there_is(desk: Client, post: Post) -> None:
    crowd(post, 1600, status=Status.PENDING)

    with CaptureQueriesContext(connection) as queries:
        shown = page(desk)

    counting = [one["sql"] for one in queries if "COUNT(" in one["sql"].upper()]
    assert counting
    assert [sql for sql in counting if "LIMIT" not in sql and "GROUP BY" not in sql] == []
    assert "1001+" in shown or "1001</span>" in shown
    assert "more than" in shown


def test_a_page_that_has_gone_is_the_last_there_is(desk: Client, post: Post) -> None:
    crowd(post, 65, status=Status.PENDING)

    answer = desk.get(QUEUE, {"p": "9"})

    assert answer.status_code == 200
    assert len(answer.context["cl"].result_list) == 5
    assert desk.get(QUEUE, {"p": "no number"}).status_code == 200


def test_reports_that_wait_are_called_so(desk: Client) -> None:
    """Django would call the first choice “All”, and there is another one of that name."""
    shown = desk.get("/admin/comments/report/").content.decode()

    assert shown.count(">Not dealt with yet</a>") == 1
    assert shown.count("?open=all") == 1
