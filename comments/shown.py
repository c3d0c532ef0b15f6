"""How a response reads, and the form below: for the same contents the same markup, remembered.

A template takes 2,000 calls for one response, and a page has fifty; the form takes as long as ten.
What is remembered is a pure function of `Shown` or `Blank`, which hold all that the template is
given, so it can neither be out of date nor be somebody else's: other contents are another key.
"""

from __future__ import annotations

import datetime
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from comments.forms import CommentForm
from comments.models import Comment, DiscussionSettings
from posts.models import Post

if TYPE_CHECKING:
    from comments.threads import Response

MOST_REMEMBERED = 1000
MOST_FORMS = 100
# What a writer or a moderator erases is not to linger in a process's memory either.
FORGOTTEN_AFTER_SECONDS = 600


class Shown(NamedTuple):
    """All that the markup of somebody else's response depends on."""

    pk: int
    parent_id: int | None
    kind: str
    mention: str
    status: str
    name: str
    url: str
    html: str
    created_at: datetime.datetime
    edited_at: datetime.datetime | None
    is_pinned: bool
    like_count: int
    # Not the row's own, in the order in which `markup` gives them:
    is_liked: bool
    picture_key: str | None
    is_by_author: bool
    is_loose: bool
    level: str
    page_url: str
    respond_url: str
    is_open: bool
    language: str | None


COLUMNS = Shown._fields[: Shown._fields.index("is_liked")]


def markup(response: Response, *, page_url: str, respond_url: str, is_open: bool) -> SafeString:
    """What `comments/_response.html` makes of a response that its reader did not write."""
    comment = response.comment
    shown = Shown._make(
        (
            *(getattr(comment, column) for column in COLUMNS),
            comment.is_liked,
            getattr(comment, "picture_key", None),
            comment.is_by_post_author,
            response.is_loose,
            response.level,
            page_url,
            respond_url,
            is_open,
            get_language(),
        )
    )
    return _made(shown, int(time.time() // FORGOTTEN_AFTER_SECONDS))


def _made(shown: Shown, period: int) -> SafeString:
    global _period  # noqa: PLW0603 # one for the process, as what it clears
    if period != _period:
        _period = period
        _render.cache_clear()
    return _render(shown)


_period = 0


@lru_cache(MOST_REMEMBERED)
def _render(shown: Shown) -> SafeString:
    # A row of its own, so that nothing but `shown` can find its way into the markup.
    comment: Any = Comment(**{column: getattr(shown, column) for column in COLUMNS})
    comment.is_liked, comment.picture_key = shown.is_liked, shown.picture_key
    return render_to_string("comments/_response.html", {**shown._asdict(), "comment": comment})


class Blank(NamedTuple):
    """All that the empty form for guests depends on."""

    post_id: int
    path: str
    requires_email: bool
    providers: tuple[Any, ...]
    language: str | None


def blank_form(post: Post, settings: DiscussionSettings, providers: tuple[Any, ...]) -> SafeString:
    """What `comments/_respond.html` makes for a stranger who has typed nothing yet."""
    path = post.get_absolute_url()
    return _blank_form(Blank(post.pk, path, settings.requires_email, providers, get_language()))


@lru_cache(MOST_FORMS)
def _blank_form(blank: Blank) -> SafeString:
    settings = DiscussionSettings(requires_email=blank.requires_email)
    form = CommentForm(post=Post(pk=blank.post_id), reader=None, settings=settings)
    return render_to_string(
        "comments/_respond.html",
        {
            "conversation": {"is_open": True},
            "post": {"pk": blank.post_id, "get_absolute_url": blank.path},
            "form": form,
            "providers": blank.providers,
        },
    )
