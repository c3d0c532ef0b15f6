"""What search engines may visit: one sitemap, or an index of several where there is much.

Source: sitemaps.org/protocol.html, which allows 50,000 addresses a file; we hold far fewer, so that
no request takes long.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.db.models import Exists, Max, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import rfc3339_date
from django.views.decorators.http import require_safe

from polarisblog.pagecache.keeping import kept_by_readers
from posts import kept, metadata
from posts.models import Category, Post, Tag
from posts.models.posts import PostQuerySet

MOST_IN_A_FILE = 2000
KEPT_SECONDS = 3600
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

NONE: AttributesImpl[str] = AttributesImpl({})

Entry = tuple[str, datetime.datetime | None]


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Everything, or where the parts are."""
    kept.keep_all_posts(request)
    count = _posts().count()
    if count <= MOST_IN_A_FILE:
        return _answer("urlset", "url", [*_lists(), *_part(1)])
    parts = -(-count // MOST_IN_A_FILE)
    paths = [reverse("posts:sitemap_lists")]
    paths += [reverse("posts:sitemap_part", args=[part]) for part in range(1, parts + 1)]
    entries: list[Entry] = [(metadata.canonical_url(path), None) for path in paths]
    return _answer("sitemapindex", "sitemap", entries)


@require_safe
def sitemap_lists(request: HttpRequest) -> HttpResponse:
    kept.keep_all_posts(request)
    return _answer("urlset", "url", list(_lists()))


@require_safe
def sitemap_part(request: HttpRequest, part: int) -> HttpResponse:
    entries = list(_part(part)) if 0 < part < 10**6 else []
    if not entries:
        raise Http404
    kept.keep_all_posts(request)
    return _answer("urlset", "url", entries)


def _posts() -> PostQuerySet:
    return Post.objects.published().open()


def _part(part: int) -> Iterator[Entry]:
    """The posts of one file. Oldest first, so that a post stays in its file."""
    start = (part - 1) * MOST_IN_A_FILE
    posts = _posts().order_by("pk").only("kind", "slug", "published_at", "updated_at")
    for post in posts[start : start + MOST_IN_A_FILE]:
        changed = max(post.updated_at, post.published_at)
        yield metadata.canonical_url(post.get_absolute_url()), changed


def _lists() -> Iterator[Entry]:
    """The home page, the safety page, and every category and tag that has something."""
    newest = _posts().aggregate(newest=Max("published_at"))["newest"]
    yield f"{settings.SITE_URL}/", newest
    for code, _ in settings.LANGUAGES:
        path = metadata.path_in(code, metadata.main_path(reverse("posts:safety")))
        yield f"{settings.SITE_URL}{path}", None
    yield metadata.canonical_url(reverse("posts:archives")), newest
    for model, through in (
        (Category, Post.categories.through.objects.filter(category=OuterRef("pk"))),
        (Tag, Post.tags.through.objects.filter(tag=OuterRef("pk"))),
    ):
        shown = through.filter(post__in=_posts().values("pk"))
        for term in model.objects.filter(Exists(shown)).order_by("pk")[:MOST_IN_A_FILE]:
            yield metadata.canonical_url(term.get_absolute_url()), None


def _answer(root: str, item: str, entries: list[Entry]) -> HttpResponse:
    response = HttpResponse(content_type="application/xml; charset=utf-8")
    xml = XMLGenerator(response, "utf-8")
    xml.startDocument()
    xml.startElement(root, AttributesImpl({"xmlns": NAMESPACE}))
    for url, changed in entries:
        xml.startElement(item, NONE)
        for name, text in (("loc", url), ("lastmod", rfc3339_date(changed) if changed else "")):
            if text:
                xml.startElement(name, NONE)
                xml.characters(text)
                xml.endElement(name)
        xml.endElement(item)
    xml.endElement(root)
    xml.endDocument()
    response.headers["Cache-Control"] = kept_by_readers(KEPT_SECONDS)
    return response
