"""`manage.py publish FILE` and the files it reads."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from posts.documents import BadDocument, parse
from posts.models import Post
from posts.signals import post_published

MARKDOWN = """---
title: A day at the bus station
date: 2024-05-06 09:30
categories: Outreach, News
tags: [hotline, volunteers]
---
We put up **forty** posters.
"""


def publish(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    out = StringIO()
    call_command("publish", str(path), stdout=out)
    return out.getvalue().strip()


@pytest.mark.django_db
def test_a_markdown_file_becomes_a_post_at_the_printed_address(tmp_path: Path) -> None:
    url = publish(tmp_path / "post.md", MARKDOWN)

    assert url == "http://testserver/2024/05/06/a-day-at-the-bus-station/"
    page = Client().get(url).content.decode()
    assert "<strong>forty</strong>" in page
    assert "Outreach" in page
    post = Post.objects.get()
    assert {tag.name for tag in post.tags.all()} == {"hotline", "volunteers"}


@pytest.mark.django_db
def test_the_same_slug_again_updates_the_post_and_keeps_its_date(tmp_path: Path) -> None:
    first = publish(tmp_path / "post.md", MARKDOWN)
    again = MARKDOWN.replace("forty", "fifty").replace("date: 2024-05-06 09:30\n", "")

    assert publish(tmp_path / "post.md", again) == first
    assert "fifty" in Post.objects.get().html


@pytest.mark.django_db(transaction=True)
def test_publishing_from_a_file_is_announced_like_any_other(tmp_path: Path) -> None:
    heard: list[Post] = []

    def hear(post: Post, **kwargs: object) -> None:
        heard.append(post)

    post_published.connect(hear)
    try:
        publish(tmp_path / "post.md", MARKDOWN)
        publish(
            tmp_path / "draft.md", MARKDOWN.replace("tags:", "slug: other\nstatus: draft\ntags:")
        )
    finally:
        post_published.disconnect(hear)

    assert [post.slug for post in heard] == ["a-day-at-the-bus-station"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("No front matter", "must begin with front matter"),
        ("---\ntitle: [\n---\n", "cannot be read"),
        ("---\n- a list\n---\n", "must hold lines like"),
        ("---\nslug: x\n---\n", "names no title"),
        ("---\ntitle: ''\n---\n", "names no title"),
        ("---\ntitle: '!!!'\n---\n", "yields no slug"),
        ("---\ntitle: x\ndate: tomorrow\n---\n", "date is a day"),
        ("---\ntitle: x\ndate: 2011-13-45\n---\n", "cannot be read: month"),
        ("---\ntitle: x\nstatus: maybe\n---\n", "status is one of"),
        ("---\ntitle: x\nauthor: nobody\n---\n", "no author with the user name"),
        ("---\ntitle: x\ncolour: red\n---\n", "Unknown in the front matter: colour"),
        ("---\ntitle: x\ntags: [[a]]\n---\n", "tags is a list of names"),
        ("---\ntitle: x\nkind: page\nslug: es\n---\n", "The blog itself uses this address"),
        ("---\ntitle: Search\nkind: page\n---\n", "Choose another"),
    ],
)
def test_a_bad_file_is_told_what_to_change(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        publish(tmp_path / "post.html", text)
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_a_missing_or_binary_file_is_a_sentence(tmp_path: Path) -> None:
    binary = tmp_path / "x.html"
    binary.write_bytes(b"\xff\xfe\x00\x01")

    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("publish", str(binary))
    with pytest.raises(CommandError, match="No such file"):
        call_command("publish", str(tmp_path / "nothing.html"))


@given(st.text(max_size=200))
def test_any_front_matter_is_read_or_refused(text: str) -> None:
    try:
        document = parse(f"---\n{text}\n---\nbody", Post.Markup.MARKDOWN)
    except BadDocument:
        return
    assert document.title
