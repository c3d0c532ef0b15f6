"""Words that the blog itself uses as the first part of an address, so that no page may."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver


@cache
def first_words() -> frozenset[str]:
    """In small letters: of every address of ours, of the languages and of its files."""
    languages = {code for code, _name in settings.LANGUAGES}
    paths = {url.strip("/").partition("/")[0] for url in (settings.STATIC_URL, settings.MEDIA_URL)}
    return frozenset({*_of(get_resolver().url_patterns), *languages, *paths})


def _of(patterns: Any, before: str = "") -> Iterator[str]:
    """What stands before the first slash, where that is a plain word and no pattern."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and "/" not in route:
            yield from _of(pattern.url_patterns, route)
        else:
            first = route.partition("/")[0].lower()
            if first.replace("-", "").replace("_", "").isalnum():
                yield first
