"""Feeds of what is said: of the whole blog and of each post, RSS 2.0 and Atom with threading."""

import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from comments import kept
from comments.models import Comment
from comments.wording import speakable
from posts.kept import keep_post
from posts.models import Post, Site
from posts.views import find_post

ITEMS = 30
# RFC 4685, "Atom Threading Extensions": which entry this one answers.
THREADING = "http://purl.org/syndication/thread/1.0"


def _write_threading(handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
    handler.addQuickElement(
        "thr:in-reply-to",
        "",
        {"ref": item["answers_id"], "href": item["answers_url"], "type": "text/html"},
    )


class ThreadedRss(Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {"xmlns:thr": THREADING}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        _write_threading(handler, item)


class ThreadedAtom(Atom1Feed):
    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:thr": THREADING}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        _write_threading(handler, item)


class CommentsRss(Feed[Comment, None]):
    """The newest comments anywhere on the blog."""

    feed_type: Any = ThreadedRss

    def get_object(self, request: HttpRequest) -> None:
        kept.keep_newest(request)

    def title(self) -> str:
        return _("Comments on: %s") % Site.current().name

    def link(self) -> str:
        return reverse("posts:home")

    def description(self) -> str:
        return Site.current().tagline

    def items(self) -> QuerySet[Comment]:
        return _newest(Comment.objects.filter(post__in=Post.objects.published().open()))

    def item_title(self, item: Comment) -> str:
        words = {"title": item.post.title, "name": speakable(item.name)}
        return _("Comment on %(title)s by %(name)s") % words

    def item_description(self, item: Comment) -> str:
        return speakable(item.html)

    def item_author_name(self, item: Comment) -> str:
        return speakable(item.name)

    def item_pubdate(self, item: Comment) -> datetime.datetime:
        return item.created_at

    def item_updateddate(self, item: Comment) -> datetime.datetime:
        return item.edited_at or item.created_at

    def item_guid(self, item: Comment) -> str:
        return _address(item)

    def item_extra_kwargs(self, item: Comment) -> dict[str, str]:
        """What it answers: the comment above it, else the post."""
        above: Comment | Post = item.parent or item.post
        return {"answers_id": _address(above), "answers_url": _address(above)}


class CommentsAtom(CommentsRss):
    feed_type = ThreadedAtom

    def subtitle(self) -> str:
        return self.description()


class _OfPost:
    """The comments on one post."""

    def get_object(self, request: HttpRequest, year: int, month: int, day: int, slug: str) -> Post:
        post = find_post(request, year, month, day, slug)
        kept.keep_conversation(request, post)
        keep_post(request, post)
        return post

    def title(self, post: Post) -> str:
        return _("Comments on: %s") % post.title

    def link(self, post: Post) -> str:
        return post.get_absolute_url()

    def description(self, post: Post) -> str:
        return post.summary

    def subtitle(self, post: Post) -> str:
        return post.summary

    def items(self, post: Post) -> QuerySet[Comment]:
        return _newest(Comment.objects.on(post))

    def item_title(self, item: Comment) -> str:
        return _("By: %s") % speakable(item.name)


class PostRss(_OfPost, CommentsRss):  # type: ignore[misc] # Feed takes either shape
    pass


class PostAtom(_OfPost, CommentsAtom):  # type: ignore[misc] # Feed takes either shape
    pass


def _newest(comments: Any) -> QuerySet[Comment]:
    found = comments.approved().filter(is_grouped=False).select_related("post", "parent")
    newest: QuerySet[Comment] = found.order_by("-created_at", "-pk")[:ITEMS]
    return newest


def _address(thing: Comment | Post) -> str:
    return settings.SITE_URL + thing.get_absolute_url()
