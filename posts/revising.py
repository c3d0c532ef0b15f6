"""An author looks back: what changed between two versions, and how to return to one."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from posts import differences, html, publishing
from posts.models import Post, Revision
from posts.models.revisions import WORDS


class Version(Protocol):
    """A post or one of its revisions."""

    title: str
    excerpt: str
    content_note: str
    markup: str
    body: str
    slug: str


class Difference(NamedTuple):
    """One part of a post that differs, under its name."""

    name: str
    lines: list[differences.Line]


def compare(old: Version, new: Version) -> list[Difference]:
    """Everything in words that differs from `old` to `new`; empty when nothing does."""
    names = {
        "title": _("Title"),
        "slug": _("Slug"),
        "excerpt": _("Excerpt"),
        "content_note": _("Content note"),
    }
    found = [
        Difference(label, differences.between([getattr(old, name)], [getattr(new, name)]))
        for name, label in names.items()
    ]
    body = differences.between(_lines(old), _lines(new))
    if not body and old.body != new.body:
        body = differences.between(old.body.splitlines(), new.body.splitlines())
    return [difference for difference in [*found, Difference(_("Text"), body)] if difference.lines]


def _lines(version: Version) -> list[str]:
    """A Markdown text as it was typed, an HTML one block by block."""
    if version.markup == Post.Markup.MARKDOWN:
        return [line for line in version.body.splitlines() if line.strip()]
    return differences.lines_of(html.sanitise_post(version.body))


@transaction.atomic
def restore(post: Post, revision: Revision, *, by: User | None) -> Post:
    """Make the words of `revision` the post's newest version; nothing in between is lost.

    Address, date and status stay as they are.
    """
    for name in WORDS:
        setattr(post, name, getattr(revision, name))
    note = _("Back to version %(number)d") % {"number": revision.version}
    return publishing.store(post, by=by, note=note)
