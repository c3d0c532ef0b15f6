"""Rows in the order they were written, arranged as threads. No queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from comments.models import Comment


class Nesting(NamedTuple):
    """Where a comment stands: `depth` counts from 1 and stops at the site's last level.

    `opens` tells the template that a list of replies begins after this response, and `closes` holds
    one item for each list that ends after it, so that items one after the other make nested lists.
    `replies` is how many responses stand below one that begins a thread; `is_loose`: what it
    answers does not stand here.
    """

    depth: int
    opens: bool
    closes: range
    replies: int
    is_loose: bool

    @property
    def level(self) -> str:
        """`depth` as text: a number would be localised for each response anew."""
        return str(self.depth)

    @property
    def begins_thread(self) -> bool:
        return self.depth == 1

    @property
    def ends_thread(self) -> bool:
        return 0 < len(self.closes) == self.depth - 1


class Response(NamedTuple):
    """A comment in its place."""

    comment: Comment
    nesting: Nesting


def arrange(comments: Iterable[Comment], max_depth: int) -> list[Response]:
    """Each comment, followed by its replies. What answers something unseen stands at level one."""
    rows = list(comments)
    known = {comment.pk for comment in rows}
    replies: dict[int | None, list[Comment]] = defaultdict(list)
    for comment in rows:
        replies[comment.parent_id if comment.parent_id in known else None].append(comment)
    flat = list(_walk(replies, max_depth))
    next_depths = [depth for _, depth in flat[1:]] + [1]
    below = _below(flat)
    return [
        Response(
            comment,
            Nesting(
                depth,
                opens=following > depth,
                closes=range(depth - following),
                replies=below.get(comment.pk, 0),
                is_loose=comment.parent_id is not None and comment.parent_id not in known,
            ),
        )
        for (comment, depth), following in zip(flat, next_depths, strict=False)
    ]


def _walk(
    replies: dict[int | None, list[Comment]], max_depth: int
) -> Iterator[tuple[Comment, int]]:
    """Depth first without recursion: a thread may be deeper than Python's stack."""
    waiting = [(comment, 1) for comment in reversed(replies[None])]
    while waiting:
        comment, depth = waiting.pop()
        yield comment, min(depth, max_depth)
        waiting.extend((reply, depth + 1) for reply in reversed(replies[comment.pk]))


def _below(flat: list[tuple[Comment, int]]) -> dict[int, int]:
    """How many responses that can be read stand in the thread of each that begins one."""
    counts: dict[int, int] = {}
    first = 0
    for comment, depth in flat:
        if depth == 1:
            first = comment.pk
            counts[first] = 0
        elif not comment.is_tombstone:
            counts[first] += 1
    return counts
