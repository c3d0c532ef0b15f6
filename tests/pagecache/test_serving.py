"""What the door hands out, to whom, in which form, and for how long."""

import gzip
import threading
import time

import brotli
import pytest
from django.conf import settings as ours
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from comments.models import Comment
from polarisblog.pagecache import hearing
from polarisblog.pagecache.pages import Page, best_encoding
from posts.models import Post
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.pagecache.door import Door


def cookie_of(user: object) -> str:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type] # a factory's row
    return f"{ours.SESSION_COOKIE_NAME}={client.cookies[ours.SESSION_COOKIE_NAME].value}"


# --- Who gets it ------------------------------------------------------------------


@pytest.mark.parametrize(
    "cookie",
    [
        "session=abc",
        "a=b; session=abc",
        "csrf=abc",
        "guest=abc",
        "open-7=abc",
        "__Host-open-7=abc",
        "a=b;open-7 =x",
    ],
)
def test_whoever_brings_a_cookie_of_ours_is_answered_by_django(
    door: Door, path: str, cookie: str
) -> None:
    before = len(door.django.paths)
    answer = door.ask(path, cookie=cookie)
    assert len(door.django.paths) == before + 1
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("cookie", ["theme=dark", "my_session=1", "sessions=2", "reopen-7=x"])
def test_a_cookie_of_others_changes_nothing(door: Door, path: str, cookie: str) -> None:
    before = len(door.django.paths)
    assert door.ask(path, cookie=cookie).body == door.ask(path).body
    assert len(door.django.paths) == before


def test_credentials_and_questions_go_to_django(door: Door, path: str) -> None:
    before = len(door.django.paths)
    door.ask(path, authorization="Basic abc")
    door.ask(f"{path}?parent=1")
    door.ask(path, method="POST")
    assert len(door.django.paths) == before + 3


def test_a_readers_page_is_kept_for_nobody(door: Door) -> None:
    post = PostFactory()
    reader = UserFactory(name="Rosa Secret")
    address = post.get_absolute_url()
    CommentFactory(post=post, reader=reader, status=Comment.Status.PENDING, text="Held words")
    own = door.ask(address, cookie=cookie_of(reader))
    assert "Held words" in own.text
    assert "Rosa Secret" in own.text
    assert not door.is_kept(address)
    for _ in range(2):
        stranger = door.ask(address)
        assert "Held words" not in stranger.text
        assert "Rosa Secret" not in stranger.text
    assert "Held words" in door.ask(address, cookie=cookie_of(reader)).text


def test_a_draft_shown_to_its_author_is_kept_for_nobody(door: Door) -> None:
    post = PostFactory(status=Post.Status.DRAFT, author=AdministratorFactory())
    address = post.get_absolute_url()
    assert door.ask(address, cookie=cookie_of(post.author)).status == 200
    assert door.ask(address).status == 404
    assert door.ask(address).status == 404


def test_a_kept_page_carries_no_cookie_and_no_token(door: Door, path: str) -> None:
    answer = door.ask(path)
    assert "set-cookie" not in answer.headers
    assert "csrfmiddlewaretoken" not in answer.text
    assert "x-kept-page" not in answer.headers


def test_nobody_can_ask_for_the_mark_that_django_and_the_door_share(door: Door, path: str) -> None:
    answer = door.ask(f"{path}?x=1", x_kept_page="order")
    assert "x-kept-page" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "testserver@evil", "..", "TESTSERVER", "a/../b"])
def test_a_strange_host_is_answered_as_without_the_door(door: Door, path: str, host: str) -> None:
    answer = door.ask(path, host=host)
    assert answer.status == (200 if host == "TESTSERVER" else 400)


# --- In which form ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0.9, br;q=0.2", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("identity", ""),
        ("", ""),
        ("br;q=nonsense", ""),
    ],
)
def test_the_best_encoding_that_is_taken(accepted: str, encoding: str) -> None:
    assert best_encoding(accepted.encode()) == encoding


@given(st.binary(max_size=60))
def test_any_accept_encoding_is_understood_somehow(accepted: bytes) -> None:
    assert best_encoding(accepted) in ("", "gzip", "br")


def test_every_encoding_holds_the_same_page_under_a_tag_of_its_own(door: Door, path: str) -> None:
    plain, zipped, packed = (
        door.ask(path, accept_encoding=name) for name in ("identity", "gzip", "br")
    )
    assert gzip.decompress(zipped.body) == plain.body == brotli.decompress(packed.body)
    assert len({answer.headers["etag"] for answer in (plain, zipped, packed)}) == 3
    assert not any(answer.headers["etag"].startswith("W/") for answer in (plain, zipped, packed))
    for answer, name in ((zipped, "gzip"), (packed, "br")):
        assert answer.headers["content-encoding"] == name
        assert answer.headers["content-length"] == str(len(answer.body))
        assert {"Cookie", "Accept-Encoding"} <= {*answer.headers["vary"].split(", ")}


def test_who_has_it_already_gets_304_until_it_changes(door: Door, path: str) -> None:
    first = door.ask(path, accept_encoding="br")
    again = door.ask(path, accept_encoding="br", if_none_match=f'"x", W/{first.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert door.ask(path, accept_encoding="gzip", if_none_match=first.headers["etag"]).status == 200
    CommentFactory(post=Post.objects.get(), text="Something new")
    after = door.ask(path, accept_encoding="br", if_none_match=first.headers["etag"])
    assert after.status == 200
    assert b"Something new" in brotli.decompress(after.body)


def test_a_feed_answers_if_modified_since(door: Door, path: str) -> None:
    first = door.ask("/feed/")
    again = door.ask("/feed/", if_modified_since=first.headers["last-modified"])
    assert again.status == 304
    long_ago = "Sat, 01 Jan 2000 00:00:00 GMT"
    assert door.ask("/feed/", if_modified_since=long_ago).status == 200
    assert door.ask("/feed/", if_modified_since="nonsense").status == 200


def test_head_says_what_get_would(door: Door, path: str) -> None:
    head, get = door.ask(path, method="HEAD"), door.ask(path)
    assert head.body == b""
    assert head.headers == get.headers


def test_a_kept_page_has_every_header_of_djangos(door: Door, path: str) -> None:
    fresh, kept = door.fresh(path), door.ask(path)
    own = {"vary", "etag", "content-length"}
    assert {name: value for name, value in kept.headers.items() if name not in own} == {
        name: value for name, value in fresh.headers.items() if name not in own
    }
    assert kept.headers["x-pingback"]
    assert "webmention" in kept.headers["link"]


# --- For how long -------------------------------------------------------------------


def test_without_a_lease_nothing_is_handed_out(door: Door, path: str) -> None:
    assert door.is_kept(path)
    hearing.shelf().withdraw()
    before = len(door.django.paths)
    door.ask_unheard(path)
    assert len(door.django.paths) == before + 1


def test_a_lease_ends_within_a_second(door: Door, path: str) -> None:
    hearing.shelf().grant(time.time() - 1)
    before = len(door.django.paths)
    door.ask_unheard(path)
    assert len(door.django.paths) == before + 1


def test_what_changes_while_a_page_is_made_is_not_kept(door: Door, path: str) -> None:
    shelf = hearing.shelf()
    since = shelf.position()
    assert since
    page = Page.of([], b"old words", ["talk:1", "order"])
    CommentFactory(post=Post.objects.get())
    assert hearing.keep("testserver/elsewhere/", page, since) is (Post.objects.get().pk != 1)
    page = Page.of([], b"old words", [f"talk:{Post.objects.get().pk}"])
    assert not hearing.keep("testserver/elsewhere/", page, since)


def be_silent_for_long() -> None:
    shelf = hearing.shelf()
    position = shelf.position()
    assert position
    with shelf.locked():
        shelf.note(type(position)(position.after, position.seen, heard_at=time.time() - 2000))


def test_a_host_that_was_silent_for_long_forgets_everything(door: Door, path: str) -> None:
    be_silent_for_long()
    hearing.catch_up()
    assert not door.is_kept(path)
    assert door.is_kept(path)


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="on SQLite nothing is written beside an open write"
)
def test_a_host_that_begins_keeps_pages_while_a_long_transaction_is_open(door: Door) -> None:
    slow = connection.copy()
    with slow.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_current_xact_id()")
    try:
        path = PostFactory().get_absolute_url()
        be_silent_for_long()
        hearing.catch_up()
        assert not door.is_kept(path)
        assert door.is_kept(path)
    finally:
        slow.close()


def test_a_hundred_writers_and_readers_leave_the_newest_page(door: Door, path: str) -> None:
    post = Post.objects.get()

    def write(number: int) -> None:
        from django.db import connection  # noqa: PLC0415 # one for each thread

        CommentFactory(post=post, text=f"Words by writer {number}")
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        door.ask(path)
    for thread in threads:
        thread.join()
    answer = door.ask(path)
    assert all(f"Words by writer {number}<" in answer.text for number in range(12))
    assert "13 thoughts" in door.ask(path).text
