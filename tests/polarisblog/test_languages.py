"""An address decides the language, and nothing that a reader carries does."""

import re

import pytest
from django.conf import settings
from django.test import Client

from comments.models import Comment
from posts.models import HelpLine, Post
from tests.factories import AdministratorFactory, CategoryFactory

pytestmark = pytest.mark.django_db


def text(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200, url
    return answer.content.decode()


def line(language: str, name: str) -> HelpLine:
    return HelpLine.objects.create(
        language=language, name=name, phone="1-555-010-0100", reviewed_on="2026-01-01"
    )


def test_the_site_speaks_spanish_below_its_own_address(client: Client, post: Post) -> None:
    post.categories.add(CategoryFactory())

    page = text(client, f"/es{post.get_absolute_url()}")

    assert '<html lang="es">' in page
    assert "Deja una respuesta" in page
    assert "de 20" in page, "the date is written as people there write it"
    assert '<h1 class="p-name" dir="auto" lang="en">' in page
    assert f'<link rel="canonical" href="http://testserver{post.get_absolute_url()}">' in page


def test_links_keep_the_language_and_lead_somewhere(client: Client, post: Post) -> None:
    page = text(client, f"/es{post.get_absolute_url()}")

    links = set(re.findall(r'href="(/[^"#]*)', page)) - {post.get_absolute_url()}
    pages = {url for url in links if not url.startswith(("/static/", "/manifest", "/opensearch"))}
    assert {"/es/", "/es/safety/", "/es/archives/", "/es/exit/"} <= pages
    assert all(url.startswith("/es/") or url == "/feed/" for url in pages), pages
    for url in pages - {"/es/exit/"}:
        assert client.get(url).status_code == 200, url


def test_what_a_reader_carries_decides_nothing(client: Client, post: Post) -> None:
    plain = text(client, post.get_absolute_url())
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    carried = client.get(post.get_absolute_url(), headers={"accept-language": "es"})

    assert carried.content.decode() == plain
    assert "Accept-Language" not in carried.headers.get("Vary", "")
    assert not carried.cookies


def test_one_language_does_not_leak_into_the_next_request(client: Client, post: Post) -> None:
    before = text(client, "/")
    text(client, "/es/")
    assert client.get("/es/nowhere/").status_code == 404

    assert text(client, "/") == before
    assert post.get_absolute_url().startswith("/2")


def test_addresses_around_the_prefix(client: Client, post: Post) -> None:
    assert client.get("/es").headers["Location"] == "/es/"
    assert client.get("/en/").status_code == 404
    assert client.get("/es/es/").status_code == 404
    moved = client.get(f"/es{post.get_absolute_url()[:-1]}")
    assert (moved.status_code, moved.headers["Location"]) == (
        301,
        f"/es{post.get_absolute_url()}",
    )


def test_a_comment_in_spanish_comes_back_to_the_page_in_spanish(
    browserlike: Client, post: Post
) -> None:
    answer = browserlike.post(
        f"/es{post.get_absolute_url()}respond/", {"comment": "Gracias.", "author": "Ada"}
    )

    comment = Comment.objects.get()
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/es{post.get_absolute_url()}")
    assert not comment.get_absolute_url().startswith("/es/")


def test_each_language_shows_its_own_help_lines_and_never_none(client: Client) -> None:
    english = line("en", "A line that helps")
    assert "A line that helps" in text(client, "/es/"), "better than none"
    line("es", "Una línea que ayuda")
    line("", "A line for all")

    assert "Una línea que ayuda" in text(client, "/es/")
    assert english.name not in text(client, "/es/")
    assert "A line for all" in text(client, "/es/")
    assert "Una línea" not in text(client, "/")


def test_signing_in_and_the_desk_link_without_a_language(client: Client) -> None:
    page = text(client, "/es/accounts/login/")
    client.force_login(AdministratorFactory())
    desk = text(client, "/es/admin/")

    assert '<html lang="es">' in page
    assert 'action="/accounts/login/"' in page
    assert 'href="/admin/posts/post/' in desk
