"""Feeds of articles in full: RSS 2.0, Atom and JSON Feed 1.1, at WordPress.com's addresses.

Sources: rssboard.org/rss-specification; RFC 4287; jsonfeed.org/version/1.1; RSS 1.0 content module.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, rfc3339_date
from django.utils.html import escape, format_html
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _

from polarisblog.pagecache.keeping import kept_by_readers
from posts import html, kept, metadata
from posts.context import frame
from posts.lists import Listing
from posts.models import Post, Site

MOST_ENTRIES = 10  # WordPress's own number, which feed readers that poll are used to
KEPT_SECONDS = 300


@dataclass(frozen=True)
class Feed:
    """What a feed is about, and its newest entries."""

    title: str
    url: str
    feed_url: str
    site: Site
    posts: list[Post]

    @property
    def changed_at(self) -> datetime.datetime | None:
        """When its newest entry was published or last changed."""
        return max((max(post.updated_at, post.published_at) for post in self.posts), default=None)


def serve(request: HttpRequest, listing: Listing, form: str) -> HttpResponse:
    """The feed of `listing` as rss, atom or json; 304 for who has it already.

    Two queries, and no markup is made for a reader that comes back too early.
    """
    site = frame(request).site
    posts = list(listing.posts.for_reading()[:MOST_ENTRIES])
    kept.keep_list(request, *posts)
    feed_url = metadata.canonical_url(request.path)
    title = f"{listing.heading} · {site.name}" if listing.heading else site.name
    feed = Feed(title, metadata.canonical_url(listing.path), feed_url, site, posts)
    etag = _etag(feed)
    changed = feed.changed_at
    response = get_conditional_response(
        request, etag=etag, last_modified=int(changed.timestamp()) if changed else None
    )
    if response is None:
        make, content_type = FORMS[form]
        response = HttpResponse(make(feed), content_type=f"{content_type}; charset=utf-8")
    response.headers["ETag"] = etag
    if changed:
        response.headers["Last-Modified"] = http_date(changed.timestamp())
    # The same for everybody, signed in or not.
    response.headers["Cache-Control"] = kept_by_readers(KEPT_SECONDS)
    return response


def _etag(feed: Feed) -> str:
    """Changes with every word that the feed shows."""
    parts: list[object] = [settings.VERSION, feed.title, feed.url, feed.feed_url, feed.site.tagline]
    for post in feed.posts:
        names = [author.name for author in post.authors]
        names += [term.name for term in (*post.categories.all(), *post.tags.all())]
        parts += [post.pk, post.updated_at, post.published_at, post.get_absolute_url(), *names]
    digest = hashlib.sha256("\0".join(map(str, parts)).encode())
    return quote_etag(digest.hexdigest()[:32])


def content(post: Post) -> str:
    """The post's words as feed readers get them, with complete addresses.

    A password or a content note is not gone round: then only the way to the post is given.
    """
    url = metadata.canonical_url(post.get_absolute_url())
    if post.is_protected:
        words = _("This article is for people who were given its password.")
        return format_html('<p>{} <a href="{}">{}</a></p>', words, url, _("Read the article"))
    if post.content_note:
        words = metadata.shown_summary(post)
        return format_html('<p>{} <a href="{}">{}</a></p>', words, url, _("Read the article"))
    return html.without_controls(html.absolute(post.html, settings.SITE_URL, url))


def _entry(post: Post) -> dict[str, Any]:
    url = metadata.canonical_url(post.get_absolute_url())
    terms = [*post.categories.all(), *post.tags.all()]
    clean = html.without_controls
    return {
        "title": clean(post.title),
        "link": url,
        "description": clean(metadata.shown_summary(post)),
        "content": content(post),
        "pubdate": post.published_at,
        "updateddate": max(post.updated_at, post.published_at),
        "authors": [clean(author.name) for author in post.authors],
        "categories": [clean(term.name) for term in terms],
        # Stays the same when the address changes, so that no reader sees a post twice.
        "unique_id": f"{settings.SITE_URL}/?p={post.pk}",
    }


class _Rss(Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
        }

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        names = item.pop("authors")
        # Its own <author> is an e-mail address, which nobody here gives away.
        item["author_name"] = ", ".join(names) or None
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])


class _Atom(Atom1Feed):
    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        for name in item.pop("authors") or [self.feed["author_name"]]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def _xml(kind: type[_Rss | _Atom]) -> Callable[[Feed], str]:
    def make(feed: Feed) -> str:
        clean = html.without_controls
        document = kind(
            title=clean(feed.title),
            link=feed.url,
            description=clean(feed.site.tagline or feed.site.name),
            language=settings.LANGUAGE_CODE,
            author_name=clean(feed.site.name),
            feed_url=feed.feed_url,
            feed_guid=feed.feed_url,
        )
        for post in feed.posts:
            entry = _entry(post)
            # Both forms read a summary as HTML.
            entry["description"] = escape(entry["description"])
            document.add_item(**entry, unique_id_is_permalink=False)
        return str(document.writeString("utf-8"))

    return make


def _json(feed: Feed) -> str:
    items = []
    for post in feed.posts:
        entry = _entry(post)
        image = metadata.preview_image(post, feed.site)
        items.append(
            {
                "id": entry["unique_id"],
                "url": entry["link"],
                "title": entry["title"],
                "content_html": entry["content"],
                "summary": entry["description"],
                "image": image["url"],
                "date_published": rfc3339_date(entry["pubdate"]),
                "date_modified": rfc3339_date(entry["updateddate"]),
                "authors": [{"name": name} for name in entry["authors"]],
                "tags": entry["categories"],
            }
        )
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": html.without_controls(feed.title),
            "description": html.without_controls(feed.site.tagline),
            "home_page_url": feed.url,
            "feed_url": feed.feed_url,
            "icon": f"{settings.SITE_URL}{static('img/icon-512.png')}",
            "language": settings.LANGUAGE_CODE,
            "authors": [{"name": feed.site.name, "url": f"{settings.SITE_URL}/"}],
            "items": items,
        },
        ensure_ascii=False,
    )


FORMS: dict[str, tuple[Callable[[Feed], str], str]] = {
    "rss": (_xml(_Rss), "application/rss+xml"),
    "atom": (_xml(_Atom), "application/atom+xml"),
    "json": (_json, "application/feed+json"),
}
