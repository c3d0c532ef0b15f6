"""A new comment is stored, together with all that wait for the same post at that moment."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from comments import moderating
from comments.models import Comment, Conversation
from polarisblog.network import limits
from polarisblog.network.addresses import address_key
from polarisblog.sql.prepared import Prepared, Slot
from polarisblog.sql.turns import Turns, among_processes

# So long after a comment the same words from the same connection are the same click.
SAME_CLICK = datetime.timedelta(minutes=10)


class Duplicate(Exception):
    """The same words by the same name stand on the post already: `comment`.

    `is_own`: whether it can be shown that the same person sent both.
    """

    def __init__(self, comment: Comment, *, is_own: bool) -> None:
        self.comment = comment
        self.is_own = is_own


class ParentGone(Exception):
    """What was answered was taken away while the answer was written."""


@dataclass
class Arrival:
    """A comment that is not stored yet, and why it will not be."""

    comment: Comment
    address: str
    refusal: Exception | None = None


def store(comment: Comment, address: str) -> None:
    """Store a new `comment` from `address` and have whom it concerns told. Its status is settled.

    Raises Duplicate, ParentGone or limits.TooFast; nothing is stored then.
    """
    arrival = Arrival(comment, address)
    _turns.take(comment.post_id, arrival)
    if arrival.refusal:
        raise arrival.refusal


def store_together(post_id: int, claim: Callable[[], list[Arrival]]) -> None:
    """The conversation's row is the turnstile: of two equal submits the second sees the first."""
    with among_processes("comments"), transaction.atomic():
        arrivals = claim()
        conversation = Conversation.locked(post_id, expects=len(arrivals))
        twins = _twins_of(post_id, arrivals)
        for arrival in arrivals:
            arrival.refusal = _refusal(arrival, twins)
            if arrival.refusal is None:
                twins[arrival.comment.fingerprint] = arrival.comment
        comments = [arrival.comment for arrival in arrivals if arrival.refusal is None]
        for comment in comments:
            # A key from an attempt that was taken back is somebody else's by now.
            comment.pk = None
            comment.is_untold = comment.is_approved or comment.is_pending
        conversation.add(*comments)
        for comment in comments:
            moderating.announce(comment, conversation)


_turns = Turns(store_together)


def _refusal(arrival: Arrival, twins: dict[str, Comment]) -> Exception | None:
    comment = arrival.comment
    twin = twins.get(comment.fingerprint)
    if twin is not None:
        return Duplicate(twin, is_own=_is_own(comment, twin))
    try:
        if comment.reader:
            limits.check(limits.COMMENT_BY_READER, comment.reader.pk)
        else:
            limits.check(limits.COMMENT_BY_ADDRESS, address_key(arrival.address))
    except limits.TooFast as too_fast:
        return too_fast
    # Asked again with the row held: it may have gone since the form was checked.
    if comment.parent is not None:
        comment.parent.refresh_from_db()
        if not comment.parent.may_be_answered():
            return ParentGone()
    return None


def _twins_of(post_id: int, arrivals: list[Arrival]) -> dict[str, Comment]:
    """By fingerprint: never twice, whatever the case and whatever is unseen between letters."""
    wanted = {f"print{n}": arrival.comment.fingerprint for n, arrival in enumerate(arrivals)}
    found = _twins(len(wanted), **{"post": post_id, **wanted})
    found.sort(key=lambda twin: (twin.created_at, twin.pk))
    return {twin.fingerprint: twin for twin in found if not twin.was_thrown_away}


@Prepared
def _twins(count: int) -> Any:
    """A union: for a list PostgreSQL would read all of a post's, if it planned that on few rows."""
    of_post = Comment.objects.filter(post=Slot("post")).order_by()
    rows = [of_post.filter(fingerprint=Slot(f"print{number}")) for number in range(count)]
    return rows[0].union(*rows[1:], all=True)


def _is_own(comment: Comment, twin: Comment) -> bool:
    is_recent = timezone.now() - twin.created_at < SAME_CLICK
    return (
        comment.reader_id is not None
        or twin.guest_key == comment.guest_key
        or (is_recent and twin.address_hash == comment.address_hash)
    )
