"""A moderator decides: the new status, and a row in the log that says who and why."""

import datetime
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from accounts.models import User
from comments import learning, tasks
from comments.models import Claim, Comment, Conversation, Decision, Report

Status = Comment.Status
BEFORE = "before"  # as a wish: the status it had before it was put away
UNDO_LASTS = datetime.timedelta(minutes=15)


class TooLate(Exception):
    """The time in which a click may be taken back is over."""


def decide(
    comment: Comment,
    status: Comment.Status,
    *,
    by: User | None,
    why: str = "",
    note: str = "",
    seen: str | None = None,
    batch: str = "",
) -> bool:
    """Give `comment` the `status`. False when it has it already: nothing is decided twice.

    `seen` is the status the moderator saw: where it is another by now, somebody was quicker,
    nothing changes, and the second is told (`who_decided`). Counts, the log, what the spam learner
    takes from it and the mail to followers change in one transaction. `by` is None where no person
    decided (a rule, the writer): then nothing is learned and reports stay open.
    """
    with transaction.atomic():
        conversation = Conversation.locked(comment.post_id)
        row = Comment.objects.select_for_update(of=("self",)).filter(pk=comment.pk).first()
        if row is None:
            return False
        if row.status == status or (seen and row.status != seen):
            comment.status = row.status
            return False
        log = Decision(comment=row, moderator=by, old_status=row.status, new_status=status)
        log.why, log.note, log.batch = why[:200], note, batch
        log.save()
        if by is not None:
            _teach(row, status)
            row.reports.filter(closed_at=None).update(closed_at=log.made_at)
            Claim.objects.filter(comment=row).delete()
        row.status = status
        row.save(update_fields=["status"], conversation=conversation)
        announce(row, conversation, by=by)
    comment.status, comment.is_listed = status, row.is_listed
    return True


def announce(comment: Comment, conversation: Conversation, *, by: User | None = None) -> None:
    """Have whom it concerns told: followers of what appeared, moderators of what a rule holds.

    Call in the transaction that holds `conversation`: then one task tells of all that comes before
    it runs, and whatever comes after that queues another.
    """
    if not (comment.is_approved or (comment.is_pending and by is None)):
        return
    if not comment.is_untold:
        comment.is_untold = True
        Comment.objects.filter(pk=comment.pk).update(is_untold=True)
    if not conversation.has_untold:
        conversation.has_untold = True
        conversation.save(update_fields=["has_untold"])
        tasks.tell.enqueue(conversation.post_id)


def _teach(comment: Comment, status: Comment.Status) -> None:
    """Spam and approval are what the learner goes by; an earlier mark is taken back."""
    lesson = {Status.SPAM: "spam", Status.APPROVED: "good"}.get(status, "")
    if status == Status.TRASH or lesson == comment.taught:
        return
    if comment.taught:
        learning.forget(comment, is_spam=comment.taught == "spam")
    if lesson:
        learning.learn(comment, is_spam=lesson == "spam")
    Comment.objects.filter(pk=comment.pk).update(taught=lesson)


@dataclass(frozen=True)
class Outcome:
    """What came of one click: how many were decided, and which were somebody else's by then."""

    batch: str
    count: int
    late: list[Comment]


def decide_all(
    comments: Iterable[Comment],
    status: str,
    *,
    by: User,
    why: str = "",
    note: str = "",
    seen: dict[int, str] | None = None,
) -> Outcome:
    """One click about many. `BEFORE` gives each the status it had before it was put away."""
    batch, count, late = secrets.token_hex(16), 0, []
    for comment in comments:
        wanted = status_before(comment) if status == BEFORE else Status(status)
        was_seen = (seen or {}).get(comment.pk)
        if decide(comment, wanted, by=by, why=why, note=note, seen=was_seen, batch=batch):
            count += 1
        elif was_seen and was_seen != comment.status:
            late.append(comment)
    return Outcome(batch, count, late)


def status_before(comment: Comment) -> Comment.Status:
    """What it was before it was put away; it waits where that cannot be told."""
    put_away = [Status.SPAM, Status.TRASH]
    last = (
        comment.decisions.filter(new_status__in=put_away)
        .exclude(old_status__in=put_away)
        .exclude(old_status="")
        .first()
    )
    return Status(last.old_status) if last else Status.PENDING


def undo(batch: str, *, by: User) -> int:
    """Take back one's own click; how many went back. What was decided again since stays.

    Raises TooLate after UNDO_LASTS, counted from the last of what the click decided.
    """
    count = 0
    rows = Decision.objects.filter(batch=batch, moderator=by, what=Decision.What.STATUS)
    rows = rows.exclude(batch="").select_related("comment")
    latest = rows.first()
    if latest and timezone.now() - latest.made_at > UNDO_LASTS:
        raise TooLate
    for row in rows:
        last = row.comment and row.comment.decisions.filter(what=Decision.What.STATUS).first()
        if row.comment is None or last != row:
            continue
        before, after = Status(row.old_status), Status(row.new_status)
        if decide(row.comment, before, by=by, why=_("Taken back"), seen=after):
            _open_again(row)
            count += 1
    return count


def _open_again(row: Decision) -> None:
    """The reports that the decision closed, but for those whose reader reported again since."""
    for report in Report.objects.filter(comment=row.comment, closed_at=row.made_at):
        try:
            with transaction.atomic():
                report.closed_at = None
                report.save(update_fields=["closed_at"])
        except IntegrityError:
            continue


def who_decided(comment: Comment) -> str:
    """For the second of two: what became of it, through whom, and how long ago."""
    rows = comment.decisions.filter(what__in=[Decision.What.STATUS, Decision.What.ERASE])
    last = rows.select_related("moderator").first()
    if last is None:
        return _("It has changed meanwhile: %s.") % Status(comment.status).label
    is_new = timezone.now() - last.made_at < datetime.timedelta(minutes=1)
    return _("%(who)s was quicker, %(time)s: %(what)s. Nothing was changed.") % {
        "who": last.moderator or _("A rule or the writer"),
        "time": _("just now") if is_new else _("%s ago") % timesince(last.made_at),
        "what": last,
    }
