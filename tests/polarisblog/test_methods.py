"""What may be done with an address: it is read, or a form is posted to it. Nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from comments.models import Comment
from tests.factories import AdministratorFactory, CommentFactory

pytestmark = pytest.mark.django_db

SAMPLES = {
    "yyyy:year": "2026", "mm:month": "03", "mm:day": "04", "words:slug": "word", "int:page": "2",
    "words:token": "token", "path:name": "images/x.jpg", "int:part": "1", "int:pk": "1",
    "str:token": "token", "slug:choice": "approve", "uuid:key": "0" * 32, "slug:name": "google",
    "int:content_type_id": "1", "str:object_id": "1",
    "int:number": "1", "int:colour": "1", "str:letter": "A", "str:key": "key", "str:code": "code",
}  # fmt: skip
# Addresses by regular expression, as they are asked for.
BY_EXPRESSION = ["/page/respond/", "/page/feed/atom/", "/accounts/google/login/"]
READ_ONLY = [
    *("/", "/page/2/", "/category/word/", "/tag/word/", "/author/1/", "/2026/", "/2026/03/"),
    *("/feed/", "/feed/atom/", "/comments/feed/", "/search/", "/archives/", "/safety/"),
    *("/sitemap.xml", "/robots.txt", "/manifest.webmanifest", "/opensearch.xml", "/oembed/"),
    *("/media/images/x.jpg", "/healthz", "/comments/1/", "/comments/started/", "/accounts/left/"),
    *("/es/", "/es/search/"),
]


def addresses(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """One address for each pattern of ours and of allauth's; the desk's are asked by their door."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route) if route != "/admin/" else [route]
        elif isinstance(pattern, URLPattern) and not set("^?(") & set(route):
            for name, sample in SAMPLES.items():
                route = route.replace(f"<{name}>", sample)
            yield route


def test_no_public_address_knows_any_other_method(client: Client) -> None:
    found = [*addresses(), *BY_EXPRESSION]
    assert len(found) > 120
    assert not [path for path in found if "<" in path]
    for path in found:
        for method in ("TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"):
            answer = client.generic(method, path)
            assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST"), path


def test_what_only_shows_something_takes_no_form(client: Client) -> None:
    for path in READ_ONLY:
        answer = client.post(path)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD"), path


@pytest.mark.parametrize("path", ["/", "/es/"])
def test_the_refusal_is_a_page_for_people(client: Client, path: str) -> None:
    answer = client.delete(path)

    assert "<h1>" in answer.content.decode()
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Security-Policy"]
    assert not answer.cookies


def test_a_button_opened_as_a_link_says_so_and_changes_nothing(client: Client) -> None:
    comment: Comment = CommentFactory()
    client.force_login(AdministratorFactory())
    for path in (f"/comments/{comment.pk}/like/", f"/admin/comments/comment/{comment.pk}/decide/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Allow"]) == (405, "POST"), path
        assert "Go back" in answer.content.decode()
