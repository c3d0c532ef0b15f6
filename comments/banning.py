"""Moderators end, for a while or for good, what somebody does here; and say how far they trust."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import signing_out
from accounts.models import User
from comments import moderating
from comments.models import Ban, Comment, Conversation, Decision, Standing
from comments.writers import Writer

What = Decision.What
MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Terms:
    """Until when (None: until somebody ends it), what they are told, and a word for the log."""

    ends_at: datetime.datetime | None = None
    told: str = ""
    note: str = ""


@transaction.atomic
def ban(
    *,
    by: User,
    terms: Terms,
    reader: User | None = None,
    address_hash: str = "",
    host: str = "",
) -> Ban:
    """Ban exactly one of them. Raises ValidationError where it is none, several or no host's name.

    A ban in force on the same is replaced, and the log says both. A reader is logged out
    everywhere.
    """
    row = Ban(reader=reader, address_hash=address_hash, host=host, moderator=by)
    row.ends_at = terms.ends_at
    if terms.told:
        row.reason = terms.told
    row.full_clean()
    same = Ban.objects.in_force().filter(
        reader=row.reader, address_hash=row.address_hash, host=row.host
    )
    for old in same:
        lift(old, by=by, why=_("Replaced by a new one"))
    row.save()
    until = f"{row.ends_at:%Y-%m-%d %H:%M}" if row.ends_at else _("until it is ended")
    _log(What.BAN, row, by, why=_("Until: %s") % until, note=terms.note)
    if reader is not None:
        signing_out.everywhere(reader)
    return row


@transaction.atomic
def lift(row: Ban, *, by: User, why: str = "") -> bool:
    """End it now. False when it had ended.

    It stays to be read, but for a connection's, which `forgetting` deletes within the hour.
    """
    ended = Ban.objects.in_force().filter(pk=row.pk).update(ends_at=timezone.now())
    if ended:
        _log(What.UNBAN, row, by, why=why)
    return bool(ended)


def _log(what: str, row: Ban, by: User, *, why: str, note: str = "") -> None:
    subject = row.host or (row.address_hash and _("connection %s…") % row.address_hash[:8])
    Decision.objects.create(
        what=what,
        reader=row.reader,
        subject=subject or f"@{row.reader_id}",
        moderator=by,
        why=why[:200],
        note=note,
    )


@transaction.atomic
def set_standing(reader: User, level: str, *, by: User, note: str = "") -> None:
    """Trust, watch, or with an empty `level` neither. The same again changes nothing."""
    found = Standing.objects.select_for_update().filter(reader=reader).first()
    if (found.level if found else "") == level:
        return
    if level:
        Standing.objects.update_or_create(
            reader=reader, defaults={"level": level, "moderator": by, "made_at": timezone.now()}
        )
    elif found:
        found.delete()
    Decision.objects.create(
        what=What.STANDING,
        reader=reader,
        subject=f"@{reader.pk}",
        moderator=by,
        why=level or _("neither trusted nor watched"),
        note=note,
    )


def put_away(writer: Writer, status: str, *, by: User, why: str = "") -> moderating.Outcome:
    """Trash or spam for all of one writer that is not put away yet, at most 1,000 at once."""
    there = [Comment.Status.APPROVED, Comment.Status.PENDING]
    rows = writer.comments.moderated_by(by).filter(status__in=there)
    rows = rows.order_by("post_id", "-pk")[:MOST_AT_ONCE]
    return moderating.decide_all(rows, status, by=by, why=why)


@transaction.atomic
def erase(comment: Comment, *, by: User, why: str = "") -> bool:
    """Delete one comment for good. False when it is gone already."""
    Conversation.locked(comment.post_id)
    row = Comment.objects.filter(pk=comment.pk).first()
    if row is None or not (row.text or row.name):
        return False
    row.erase(by=by, why=why)
    return True
