"""Somebody searches: articles, and by choice what apps above know, the best matches first."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import models
from django.utils.safestring import SafeString

from posts import html
from posts.models import Post
from posts.search import spelling
from posts.search.index import Index
from posts.search.words import Query, parse
from posts.signals import search_asked

POSTS = Index(table="posts_searchentry", key="post_id", columns=("title", "text", "terms"))
MAX_OTHERS = 20


@dataclass(frozen=True)
class Hit:
    """One find; its title and excerpt are safe markup with the found words in `<mark>`."""

    url: str
    title: SafeString
    excerpt: SafeString
    found_at: datetime.datetime


@dataclass(frozen=True)
class Source:
    """Something besides articles that can be searched; a receiver of `search_asked` gives one.

    `visible` selects the keys of the rows a stranger may read, `describe` gives each key's address
    and time.
    """

    index: Index
    visible: Callable[[], models.QuerySet[Any]]
    describe: Callable[[Sequence[int]], dict[int, tuple[str, datetime.datetime]]]


@dataclass(frozen=True)
class Found:
    """`total` articles, of which `hits` are the wanted slice; `others` where they were asked for.

    `meant` is what was searched for instead, where the words as typed found nothing.
    """

    asked: str = ""
    meant: str = ""
    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    others: list[Hit] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.total or self.others)


def find(text: str, *, start: int = 0, stop: int = 10, with_others: bool = False) -> Found:
    """What `text` finds. Nothing typed can be an error; what is no word is not asked for."""
    query = parse(text)
    if not query:
        return Found()
    found = _find(query, start, stop, with_others=with_others)
    if found:
        return found
    # A guess counts only if it finds something that everybody may read: the words of a draft
    # cannot be fished for.
    for guess in spelling.guesses(query):
        instead = _find(guess, start, stop, with_others=with_others)
        if instead:
            return Found(
                asked=str(query),
                meant=str(guess),
                total=instead.total,
                hits=instead.hits,
                others=instead.others,
            )
    return found


def _find(query: Query, start: int, stop: int, *, with_others: bool) -> Found:
    visible = Post.objects.published().open().values("pk")
    total = POSTS.count(query, visible)
    keys = POSTS.best(query, visible, start, stop) if start < total else []
    return Found(
        asked=str(query),
        total=total,
        hits=_hits(POSTS, query, keys, _posts(keys)),
        others=_others(query) if with_others else [],
    )


def _posts(keys: Sequence[int]) -> dict[int, tuple[str, datetime.datetime]]:
    posts = Post.objects.only("kind", "slug", "published_at").in_bulk(keys)
    return {key: (post.get_absolute_url(), post.published_at) for key, post in posts.items()}


def sources() -> list[Source]:
    """What apps above can search besides."""
    return [cast("Source", answer) for _, answer in search_asked.send(sender=Index)]


def _others(query: Query) -> list[Hit]:
    hits: list[Hit] = []
    for source in sources():
        keys = source.index.best(query, source.visible(), 0, MAX_OTHERS)
        hits += _hits(source.index, query, keys, source.describe(keys))
    return hits


def _hits(
    index: Index,
    query: Query,
    keys: Sequence[int],
    facts: dict[int, tuple[str, datetime.datetime]],
) -> list[Hit]:
    excerpts = index.excerpts(query, keys)
    return [
        Hit(
            url=facts[key][0],
            title=html.marked(excerpts[key][0]),
            excerpt=html.marked(excerpts[key][1]),
            found_at=facts[key][1],
        )
        for key in keys
        if key in facts and key in excerpts
    ]
