"""A reader reads a conversation: one page of it, in two queries however long it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q

from comments import threads
from comments.models import Comment, DiscussionSettings, Like
from comments.visiting import Visitor
from polarisblog.sql.prepared import Prepared, Slot
from posts.models import Post

# A page holds whole threads, and where those are very long it is cut into parts of so many rows.
ROWS_IN_PART = 150
REACTIONS_SHOWN = 100
LAST_PAGE = 1_000_000
ORDERS = ("oldest", "newest")
# What a page shows of a comment, or asks of it: not its text and what else is not for readers.
SHOWN = (
    *("post", "parent", "kind", "mention", "status", "reader", "name", "url", "html", "created_at"),
    *("guest_key", "edited_at", "is_pinned", "is_grouped", "is_listed", "like_count"),
)


@dataclass(frozen=True)
class Place:
    """Where in a conversation: `order` is empty for the site's own."""

    page: int = 1
    part: int = 1
    order: str = ""

    @classmethod
    def of(cls, page: int, query: Any) -> Place:
        """From an address. What cannot be understood is taken for the first."""
        part, order = query.get("part", "1"), query.get("order", "")
        is_number = part.isascii() and part.isdigit() and len(part) < 7  # noqa: PLR2004 # enough
        return cls(page, max(int(part), 1) if is_number else 1, order if order in ORDERS else "")

    def url(self, post: Post) -> str:
        """The page's address: `comment-page-2/` as on WordPress.com, and the first has none."""
        path = post.get_absolute_url()
        if self.page > 1:
            path += f"comment-page-{self.page}/"
        query = {"order": self.order} if self.order else {}
        if self.part > 1:
            query["part"] = str(self.part)
        return f"{path}?{urlencode(query)}" if query else path


FIRST = Place()


@dataclass(frozen=True)
class Reading:
    """What one visitor sees of a post's conversation on one page."""

    post: Post
    settings: DiscussionSettings
    visitor: Visitor
    place: Place
    responses: list[threads.Response]
    response_count: int
    page_count: int
    is_cut: bool
    reactions: list[Comment]

    @property
    def likes(self) -> list[Comment]:
        """By people on their own sites."""
        return [row for row in self.reactions if row.mention == Comment.Mention.LIKE]

    @property
    def reposts(self) -> list[Comment]:
        return [row for row in self.reactions if row.mention == Comment.Mention.REPOST]

    @property
    def is_open(self) -> bool:
        return self.settings.is_open(self.post)

    @cached_property
    def newest_first(self) -> bool:
        return is_newest_first(self.place, self.settings)

    @cached_property
    def url(self) -> str:
        return self.place.url(self.post)

    def link(self, **changes: Any) -> str:
        values = {"page": self.place.page, "order": self.place.order, **changes}
        return Place(**values).url(self.post)

    @cached_property
    def other_order_url(self) -> str:
        """The first page in the other order; the site's own order needs no word in the address."""
        other = ORDERS[0] if self.newest_first else ORDERS[1]
        own = ORDERS[1] if self.settings.newest_first else ORDERS[0]
        return self.link(page=1, order="" if other == own else other)

    @cached_property
    def previous_url(self) -> str:
        if self.place.part > 1:
            return self.link(part=self.place.part - 1)
        return self.link(page=self.place.page - 1) if self.place.page > 1 else ""

    @cached_property
    def next_url(self) -> str:
        if self.is_cut:
            return self.link(part=self.place.part + 1)
        return self.link(page=self.place.page + 1) if self.place.page < self.page_count else ""


class NoSuchPage(Exception):
    """The conversation is not that long."""


def read(post: Post, visitor: Visitor, place: Place = FIRST) -> Reading:
    """One page of what is said about `post`. Raises NoSuchPage.

    A stranger costs two queries; who wrote or liked here costs one more each.
    """
    if place.page > LAST_PAGE:
        raise NoSuchPage
    settings = DiscussionSettings.for_post(post)
    own = _own_held(post, visitor)
    size, direction = settings.threads_per_page, _direction(place, settings)
    if own:
        found = list(_rows(post.pk, size, place, direction, own))
    else:
        found = _rows_for_strangers(size, place, direction, post=post.pk)
    rows = [comment for comment in found if not comment.is_grouped]
    if not rows and (place.page > 1 or place.part > 1):
        raise NoSuchPage
    is_cut = len(rows) > ROWS_IN_PART
    for comment in rows:
        comment.post = post
    _mark(rows, visitor)
    thread_count = (rows[0].thread_count or 0) if rows else 0
    thread_count += sum(parent is None for parent in own.values())
    return Reading(
        post=post,
        settings=settings,
        visitor=visitor,
        place=place,
        responses=threads.arrange(rows[:ROWS_IN_PART], settings.max_depth),
        response_count=(rows[0].response_count or 0) if rows else 0,
        page_count=max(math.ceil(thread_count / settings.threads_per_page), 1),
        is_cut=is_cut,
        reactions=[comment for comment in found if comment.is_grouped],
    )


def place_of(comment: Comment, visitor: Visitor) -> Place | None:
    """The page, in the site's own order, on which `comment` stands for `visitor`; None on none."""
    own = _own_held(comment.post, visitor)
    if not (comment.is_listed or comment.pk in own) or comment.thread is None:
        return None
    settings = DiscussionSettings.for_post(comment.post)
    first, size = comment.thread, settings.threads_per_page
    after = "gt" if settings.newest_first else "lt"
    same = Q(is_pinned=first.is_pinned, **{f"path__{after}": first.path})
    before = _threads(comment.post_id, own).filter(same | Q(is_pinned__gt=first.is_pinned))
    page = Place(before.count() // size + 1)
    direction = _direction(page, settings)
    rows = _rows(comment.post_id, size, page, direction, own, is_whole=True)
    above = rows.values_list("pk")
    position = [pk for (pk,) in above[: ROWS_IN_PART * 1000]]
    part = position.index(comment.pk) // ROWS_IN_PART + 1 if comment.pk in position else 1
    return Place(page.page, part)


def place_of_new(comment: Comment, visitor: Visitor, *, is_first: bool) -> Place | None:
    """The same for a comment that was stored just now; where it opens a thread, mostly unasked.

    `is_first`: whether the visitor is known to have written nothing else here. Every thread that is
    listed stands before theirs then, and the turnstile has counted them.
    """
    settings = DiscussionSettings.for_post(comment.post)
    if comment.threads_before is None or settings.newest_first or not is_first:
        return place_of(comment, visitor)
    page, index = divmod(comment.threads_before, settings.threads_per_page)
    # Each thread on the pages before holds one at least.
    most_above = comment.listed_before - page * settings.threads_per_page
    if not index or most_above < ROWS_IN_PART:
        return Place(page + 1)
    above = len(_above(index, post=comment.post_id, path=comment.path))
    return Place(page + 1, above // ROWS_IN_PART + 1)


@Prepared
def _above(threads: int) -> Any:
    """What stands in the last so many threads before a comment."""
    earlier = _threads(Slot("post"), {}).filter(path__lt=Slot("path"))
    last = earlier.order_by("is_pinned", "-path").values("pk")[:threads]
    return Comment.objects.listed().filter(thread__in=last).order_by().values_list("pk")


def is_newest_first(place: Place, settings: DiscussionSettings) -> bool:
    return place.order == "newest" or (not place.order and settings.newest_first)


def _direction(place: Place, settings: DiscussionSettings) -> str:
    return "-" if is_newest_first(place, settings) else ""


def _threads(post: Any, own: dict[int, int | None]) -> Any:
    shown = Q(is_listed=True)
    if own:
        shown |= Q(pk__in=own)
    return Comment.objects.filter(shown, post=post, parent=None)


def _rows(
    post: Any,
    size: int,
    place: Place,
    direction: str,
    own: dict[int, int | None],
    *,
    is_whole: bool = False,
) -> Any:
    """The page's threads with all that is listed in them, and the conversation's counts.

    Where they end, the reactions on other sites follow, so that these cost no query of their own.
    They are a union and no `OR`, for which PostgreSQL would read every comment of the blog.
    """
    start = (place.page - 1) * size
    first = _threads(post, own).order_by("-is_pinned", f"{direction}path")
    shown = Q(is_listed=True)
    if own:
        shown |= Q(pk__in=own)
    ids = Comment.objects.order_by().values("pk")
    wanted = ids.filter(shown, thread__in=first.values("pk")[start : start + size])
    if not is_whole:
        reactions = ids.filter(post=post, is_grouped=True, status=Comment.Status.APPROVED)
        wanted = wanted.union(reactions, all=True)
    rows = (
        Comment.objects.filter(pk__in=wanted)
        .annotate(
            response_count=F("post__conversation__response_count"),
            thread_count=F("post__conversation__thread_count"),
            picture_key=F("reader__picture_key"),
        )
        .only(*SHOWN)
        .order_by("is_grouped", "-thread__is_pinned", f"{direction}thread__path", "path")
    )
    if is_whole:
        return rows
    offset = (place.part - 1) * ROWS_IN_PART
    return rows[offset : offset + ROWS_IN_PART + 1 + REACTIONS_SHOWN]


@Prepared
def _rows_for_strangers(size: int, place: Place, direction: str) -> Any:
    return _rows(Slot("post"), size, place, direction, {})


def _own_held(post: Post, visitor: Visitor) -> dict[int, int | None]:
    """What of the visitor's own only the visitor sees: the comment, and what it answers."""
    if visitor.is_stranger:
        return {}
    held = visitor.own(Comment.objects.on(post)).held_by_screening()
    return dict(held.filter(is_listed=False).values_list("pk", "parent_id"))


def _mark(rows: list[Comment], visitor: Visitor) -> None:
    """Say of each row whether the visitor wrote or liked it."""
    if visitor.is_stranger:
        return
    liked = Like.objects.filter(reader_key=visitor.key, comment__in=rows)
    ids = set(liked.values_list("comment_id", flat=True))
    for comment in rows:
        comment.is_mine = visitor.wrote(comment)
        comment.is_liked = comment.pk in ids
