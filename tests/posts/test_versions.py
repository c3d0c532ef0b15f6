"""Versions of a post: kept at every save, compared in words, brought back."""

import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from posts import differences, publishing
from posts.models import Post
from tests.factories import AdministratorFactory, PostFactory

DESK = "/admin/posts/post/"
LINES = st.lists(st.text(alphabet="ab \n", max_size=12).map(lambda t: " ".join(t.split())))


@pytest.fixture
def desk(client: Client, db: None) -> Client:
    client.force_login(AdministratorFactory(name="Grace"))
    return client


def saved(post: Post, **changes: str) -> Post:
    for name, value in changes.items():
        setattr(post, name, value)
    return publishing.store(post)


@pytest.mark.django_db
def test_every_save_keeps_a_version_wherever_it_comes_from(tmp_path: Path) -> None:
    post = saved(PostFactory.build(slug="a"))
    saved(post, body="<p>Second.</p>")
    file = tmp_path / "a.html"
    file.write_text("---\ntitle: Third\nslug: a\n---\n<p>Third.</p>")
    call_command("publish", str(file), stdout=(tmp_path / "out").open("w"))

    kept = post.revisions.order_by("version").values_list("version", "note", "body")
    assert [(v, n, b.strip()) for v, n, b in kept] == [
        (1, "", "<p>Words of a post.</p>"),
        (2, "", "<p>Second.</p>"),
        (3, "From a file", "<p>Third.</p>"),
    ]


def test_two_versions_are_compared_in_words(desk: Client) -> None:
    post = saved(PostFactory.build(title="Stars", body="<p>One two three.</p><p>Same.</p>"))
    saved(post, title="Bright stars", body="<p>One 2 three.</p><p>Same.</p><p>More.</p>")
    saved(post, body="<p>Nothing left.</p>")

    page = desk.get(f"{DESK}{post.pk}/versions/?old=1&new=2").content.decode()

    assert "<del>two</del> <ins>2</ins>" in page
    assert "<ins>More.</ins>" in page
    assert "<ins>Bright stars</ins>" in page
    assert "Nothing left." not in page
    newest = desk.get(f"{DESK}{post.pk}/versions/").content.decode()
    assert "<ins>Nothing left.</ins>" in newest


def test_a_version_is_brought_back_as_the_newest(desk: Client) -> None:
    post = saved(PostFactory.build(slug="first", title="First", body="<p>One.</p>"))
    saved(post, slug="second", title="Second", body="<p>Two.</p>")
    answer = desk.post(f"{DESK}{post.pk}/versions/", {"restore": "1"})

    post.refresh_from_db()
    assert answer.status_code == 303
    assert (post.title, post.body, post.slug) == ("First", "<p>One.</p>", "second")
    assert "<p>One.</p>" in post.html
    newest = post.revisions.first()
    assert newest is not None
    assert (newest.version, newest.note, str(newest.saved_by)) == (3, "Back to version 1", "Grace")
    assert post.revisions.count() == 3


@pytest.mark.parametrize("number", ["", "x", "0", "99", "-1", "9" * 40, "²"])
def test_versions_that_never_were_break_nothing(desk: Client, number: str) -> None:
    post = saved(PostFactory.build())
    url = f"{DESK}{post.pk}/versions/"
    assert desk.get(url, {"old": number, "new": number}).status_code == 200
    assert desk.post(url, {"restore": number}).status_code == 404


def test_a_post_from_before_there_were_versions_has_none_yet(desk: Client) -> None:
    post = PostFactory()
    page = desk.get(f"{DESK}{post.pk}/versions/").content.decode()
    assert "No version was kept yet" in page


def test_markup_never_becomes_markup_of_the_page(desk: Client) -> None:
    post = saved(PostFactory.build(body="<p>&lt;script&gt;alert(1)&lt;/script&gt; old</p>"))
    saved(post, body="<p>&lt;script&gt;alert(1)&lt;/script&gt; new</p>")
    page = desk.get(f"{DESK}{post.pk}/versions/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_what_changed_only_in_markup_is_shown_as_such(desk: Client) -> None:
    post = saved(PostFactory.build(body="<p>Loud</p>"))
    saved(post, body="<p><strong>Loud</strong></p>")
    page = desk.get(f"{DESK}{post.pk}/versions/").content.decode()
    assert "&lt;strong&gt;" in page


def test_links_and_pictures_are_compared_by_where_they_lead() -> None:
    assert differences.lines_of("<table><tr><th>a</th> <td>b</td></tr></table>") == ["a | b"]
    old = differences.lines_of('<p><a href="/a">here</a></p><figure><img src="/x.jpg"></figure>')
    assert old == ["here (/a)", "[/x.jpg]"]


@given(LINES, LINES)
def test_a_difference_tells_both_texts(old: list[str], new: list[str]) -> None:
    old, new = [line for line in old if line], [line for line in new if line]
    lines = differences.between(old, new)

    assert bool(lines) == (old != new)
    text = {kind: " ".join(_told(lines, kind)) for kind in ("removed", "added")}
    for kind, source in (("removed", old), ("added", new)):
        assert set(text[kind].split()) <= set(" ".join(source).split())


def _told(lines: list[differences.Line], kind: str) -> list[str]:
    return [piece.text for line in lines for piece in line if piece.kind == kind]


def test_long_texts_are_compared_in_a_moment() -> None:
    old = [f"Paragraph {n} " + "word " * 80 for n in range(300)]
    new = [line.replace("word", "term", n % 3) for n, line in enumerate(old)]
    start = time.perf_counter()
    assert differences.between(old, new)
    assert differences.between(["a b " * 50_000], ["b a " * 50_000])
    assert time.perf_counter() - start < 5
