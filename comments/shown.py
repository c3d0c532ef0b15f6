"""How a response reads, and the form below: for the same contents the same markup, remembered.

A template takes 2,000 calls for one response, and a page has fifty; the form takes as long as ten.
What is remembered is a pure function of `Shown` or `Blank`, which hold all that the template is
given, so it can neither be out of date nor be somebody else's: other contents are another key.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from comments.forms import CommentForm
from comments.models import Comment, DiscussionSettings
from comments.remembering import remembered
from comments.threads import Nesting
from posts.models import Post

if TYPE_CHECKING:
    from comments.reading import Reading

MOST_REMEMBERED = 1000
MOST_FORMS = 100


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
    is_listed: bool
    like_count: int
    # Not the row's own:
    is_liked: bool
    picture_key: str | None
    is_by_post_author: bool
    # Not the comment's own, in the order in which `responses` gives them:
    nesting: Nesting
    page_url: str
    respond_url: str
    is_open: bool
    language: str | None


COLUMNS = Shown._fields[: Shown._fields.index("is_liked")]
_of_comment = attrgetter(*Shown._fields[: Shown._fields.index("nesting")])


def responses(found: Reading) -> list[SafeString]:
    """The items of a page's threads, one after the other; a reader's own are made each time."""
    respond_url = f"{found.post.get_absolute_url()}respond/"
    page = (found.url, respond_url, found.is_open, get_language())
    items = []
    for comment, nesting in found.responses:
        shown = Shown._make((*_of_comment(comment), nesting, *page))
        items.append(_own(shown, comment, found.settings) if comment.is_mine else _render(shown))
    return items


def _own(shown: Shown, comment: Comment, settings: DiscussionSettings) -> SafeString:
    context = {**shown._asdict(), "comment": comment, "settings": settings}
    return render_to_string("comments/_item.html", context)


@remembered(MOST_REMEMBERED)
def _render(shown: Shown) -> SafeString:
    # A row of its own, so that nothing but `shown` can find its way into the markup.
    comment: Any = Comment(**{column: getattr(shown, column) for column in COLUMNS})
    comment.is_liked, comment.picture_key = shown.is_liked, shown.picture_key
    return render_to_string("comments/_item.html", {**shown._asdict(), "comment": comment})


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
