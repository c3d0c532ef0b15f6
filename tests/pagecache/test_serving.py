"""What the door hands out, to whom, in which form, and for how long."""

import gzip
import os
import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any

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
from polarisblog.pagecache.shelf import place_of
from posts.models import Post, Site
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.pagecache.door import Door


@pytest.fixture
def path(door: Door) -> str:
    post = PostFactory(body="<p>Words of a post.</p>" * 40)
    CommentFactory(post=post)
    address: str = post.get_absolute_url()
    door.ask(address)
    return address


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


def test_a_page_killed_half_way_is_found_and_forgotten(door: Door, path: str) -> None:
    folder = hearing.shelf().kept / place_of("testserver", path)
    (folder / "@page").unlink()
    left = [file.name for file in folder.glob("@*")]
    assert left
    CommentFactory(post=Post.objects.get())
    assert not [*folder.glob("@*")]
    assert door.ask(path).status == 200


def test_nonsense_on_the_shelf_is_made_anew(door: Door, path: str) -> None:
    folder = hearing.shelf().kept / place_of("testserver", path)
    (folder / "@page").write_text("{")
    assert door.ask(path).status == 200
    assert door.is_kept(path)


def empty(folder: Path) -> None:
    for entry in [*folder.iterdir()]:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def test_a_shelf_that_somebody_emptied_fills_again(door: Door, path: str) -> None:
    empty(hearing.shelf().root)
    hearing.catch_up()
    assert not door.is_kept(path)
    assert door.is_kept(path)
    CommentFactory(post=Post.objects.get(), text="Newer words")
    assert "Newer words" in door.ask(path).text
    assert door.is_kept(path)


@pytest.mark.parametrize("with_the_folder", [True, False])
def test_a_page_whose_tags_somebody_took_is_not_shown_after_a_change(
    door: Door, path: str, *, with_the_folder: bool
) -> None:
    empty(hearing.shelf().tags)
    if with_the_folder:
        hearing.shelf().tags.rmdir()
    CommentFactory(post=Post.objects.get(), text="Newer words")
    assert "Newer words" in door.ask(path).text
    assert door.is_kept(path)


def test_what_a_process_left_that_died_while_forgetting_goes(door: Door, path: str) -> None:
    root = hearing.shelf().root
    (root / f"old-{os.getpid()}" / "kept" / "x").mkdir(parents=True)
    hearing.shelf().reset()
    assert not [*root.glob("old-*")]
    hearing.catch_up()
    door.ask(path)
    assert door.is_kept(path)


def test_a_full_shelf_is_no_failure(door: Door, path: str) -> None:
    folder = hearing.shelf().kept / place_of("testserver", "/safety/")
    folder.parent.mkdir(parents=True, exist_ok=True)
    Path(str(folder).rstrip("/")).write_text("a file where a folder should be")
    assert door.ask("/safety/").status == 200
    assert door.ask("/safety/").status == 200


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


# --- Where it lies ------------------------------------------------------------------


@given(st.text(max_size=30), st.text(max_size=60))
def test_no_host_and_no_path_leads_out_of_the_shelf(host: str, path: str) -> None:
    place = place_of(host, f"/{path}")
    if place:
        root = Path("/shelf/kept")
        assert root in (root / place).resolve().parents or (root / place).resolve() == root / host
        assert not any(part.startswith((".", "@")) for part in Path(place).parts[1:])


@pytest.mark.parametrize(
    "path", ["/../x/", "/a//b/", "/./a/", "/.a/", "/@page", "/a/@b/", f"/{'a' * 201}/", "/a\0b/"]
)
def test_a_path_that_is_no_plain_name_is_not_kept(path: str) -> None:
    assert place_of("testserver", path) == ""


def test_two_addresses_never_share_a_place() -> None:
    assert place_of("a", "/feed") != place_of("a", "/feed/")
    assert place_of("a", "/") == "a/"


# --- Behind a CDN -------------------------------------------------------------------


def test_a_cdn_is_told_how_long_and_by_which_keys(door: Door, settings: Any) -> None:
    settings.CDN_SECONDS = 30
    post = PostFactory()
    address = post.get_absolute_url()
    for _ in range(2):
        answer = door.ask(address)
        assert "s-maxage=30" in answer.headers["cache-control"]
        assert "max-age=0" in answer.headers["cache-control"]
        assert f"post:{post.pk}" in answer.headers["surrogate-key"].split()
        assert f"talk:{post.pk}" in answer.headers["cache-tag"].split(",")
    for path in ("/search/?q=help", f"{address}?order=newest", "/?p=1"):
        answer = door.ask(path)
        assert answer.headers["cache-control"] == "private, no-store"
        assert "surrogate-key" not in answer.headers
    named = door.ask(address, authorization="Basic abc")
    assert named.headers["cache-control"] == "private, no-store"
    missing = door.ask("/nothing/")
    assert missing.headers["cache-control"] == "public, max-age=0, must-revalidate"
    personal = door.ask(address, cookie="guest=abc")
    assert personal.headers["cache-control"] == "private, no-store"
    assert "surrogate-key" not in personal.headers


def test_many_keys_become_few_that_are_told_as_well(door: Door, settings: Any) -> None:
    settings.CDN_SECONDS = 30
    for _ in range(200):
        PostFactory()
    Site.objects.update_or_create(pk=1, defaults={"posts_per_page": 200})
    said = door.ask("/").headers
    assert said["surrogate-key"] == "order post"
    assert said["cache-tag"] == "order,post"
    assert sum(len(name) + len(value) for name, value in said.items()) < 4000


@pytest.mark.parametrize("path", ["/feed/", "/feed/json/", "/comments/feed/", "/sitemap.xml"])
@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "s-maxage=0|max-age=0, must-revalidate"), (30, "s-maxage=30, stale-while-revalidate=30")],
)
def test_what_lists_articles_is_kept_between_us_and_readers_no_longer_than_pages(
    door: Door, settings: Any, path: str, seconds: int, said: str
) -> None:
    settings.CDN_SECONDS = seconds
    CommentFactory()
    answer = door.ask(path)
    assert answer.status == 200
    assert re.search(said, answer.headers["cache-control"])
    assert ("surrogate-key" in answer.headers) is bool(seconds)


def test_without_one_nothing_is_said_to_a_cdn(door: Door, path: str) -> None:
    answer = door.ask(path)
    assert "s-maxage" not in answer.headers["cache-control"]
    assert "surrogate-key" not in answer.headers
