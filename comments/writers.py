"""Who wrote: an account or a guest's connection, and what became of what they wrote before."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import Count, Q

from accounts.models import User
from comments.models import Ban, Comment, CommentQuerySet, Standing
from posts.html import links_in

Status = Comment.Status


@dataclass(frozen=True)
class History:
    """How many comments of one writer were approved and how many were put away."""

    approved: int = 0
    refused: int = 0

    @property
    def is_new(self) -> bool:
        return not (self.approved or self.refused)


@dataclass(frozen=True)
class Writer:
    """An account, or a guest: then what came over the same connection, for as long as its hash is
    kept, and else the one comment."""

    reader: User | None
    address_hash: str
    comment: Comment | None = None

    @classmethod
    def of(cls, comment: Comment) -> Writer:
        return cls(comment.reader, "" if comment.reader else comment.address_hash, comment)

    @property
    def comments(self) -> CommentQuerySet:
        if self.reader:
            return Comment.objects.filter(reader=self.reader)
        if self.address_hash:
            return Comment.objects.filter(address_hash=self.address_hash, reader=None)
        return Comment.objects.filter(pk=self.comment.pk if self.comment else 0)

    @property
    def hosts(self) -> list[str]:
        """Where the comment's links lead: what else may be banned."""
        if self.comment is None:
            return []
        urls = [self.comment.url, *links_in(self.comment.html)]
        return sorted({host for url in urls if (host := host_of(url))})

    @property
    def standing(self) -> Standing | None:
        return Standing.objects.filter(reader=self.reader).first() if self.reader else None

    def bans(self) -> list[Ban]:
        """Those in force that meet this writer."""
        meets = Q(pk__in=[])
        if self.reader:
            meets |= Q(reader=self.reader)
        if self.address_hash:
            meets |= Q(address_hash=self.address_hash)
        if self.hosts:
            meets |= Q(host__in=self.hosts)
        return list(Ban.objects.in_force().filter(meets).select_related("reader", "moderator"))


def host_of(url: str) -> str:
    """The host that `url` names, in lower case; empty where it names none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def histories(comments: Iterable[Comment]) -> dict[int, History]:
    """What became of each writer's other comments, by the comment's id; two queries for all."""
    rows = list(comments)
    by_reader = _counts("reader_id", {row.reader_id for row in rows if row.reader_id})
    hashes = {row.address_hash for row in rows if row.address_hash and not row.reader_id}
    by_hash = _counts("address_hash", hashes, reader=None)
    found = {}
    for row in rows:
        counts = by_reader.get(row.reader_id) if row.reader_id else by_hash.get(row.address_hash)
        approved, refused = counts or (0, 0)
        found[row.pk] = History(
            approved - int(bool(counts) and row.is_approved),
            refused - int(bool(counts) and row.status in (Status.SPAM, Status.TRASH)),
        )
    return found


def _counts(
    field: str, values: Collection[object], **others: object
) -> dict[object, tuple[int, int]]:
    if not values:
        return {}
    rows = (
        Comment.objects.filter(**{f"{field}__in": values}, **others)
        # The index holds no empty hashes, and is used where the query says so as well.
        .exclude(**({"address_hash": ""} if field == "address_hash" else {"pk": None}))
        .order_by()
        .values_list(field)
        .annotate(
            approved=Count("pk", filter=Q(status=Status.APPROVED)),
            refused=Count("pk", filter=Q(status__in=[Status.SPAM, Status.TRASH])),
        )
    )
    return {value: (approved, refused) for value, approved, refused in rows}
