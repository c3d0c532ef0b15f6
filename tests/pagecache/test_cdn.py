"""What caches between us and readers are told."""

import re
from typing import Any

import pytest

from posts.models import Site
from tests.factories import CommentFactory, PostFactory
from tests.pagecache.door import Door


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
