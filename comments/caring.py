"""A reader likes a comment, or asks moderators to look at one."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import ngettext

from comments import moderating
from comments.models import Comment, DiscussionSettings, Like, Report
from comments.visiting import Visitor


def toggle_like(comment: Comment, visitor: Visitor) -> bool:
    """Like it, or no longer; whether it is liked now. The count changes with the row or not at all.

    Of two clicks at once by the same reader one wins, and both find what it left.
    """
    with transaction.atomic():
        # The row is held, so that the same reader's two clicks come one after the other.
        Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        taken_back, _ = Like.objects.filter(comment=comment, reader_key=visitor.key).delete()
        if not taken_back:
            Like.objects.create(comment=comment, reader_key=visitor.key)
        change = -1 if taken_back else 1
        Comment.objects.filter(pk=comment.pk).update(like_count=F("like_count") + change)
    comment.refresh_from_db(fields=["like_count"])
    return not taken_back


def report(comment: Comment, visitor: Visitor, reason: str, words: str) -> None:
    """Put it before moderators. A reader's second report of the same adds nothing.

    Enough different readers hold it until a moderator decides, and what a moderator has approved
    since is not held again by the same readers' number.
    """
    try:
        with transaction.atomic():
            Report.objects.create(
                comment=comment,
                reason=reason,
                words=words,
                reader=visitor.reader,
                reader_key=visitor.key,
            )
    except IntegrityError:
        return
    _hold_if_enough(comment)


def _hold_if_enough(comment: Comment) -> None:
    enough = DiscussionSettings.current().reports_to_hold
    count = comment.reports.filter(closed_at=None).count()
    was_judged = comment.decisions.filter(
        moderator__isnull=False, new_status=Comment.Status.APPROVED
    ).exists()
    if enough and count >= enough and comment.is_approved and not was_judged:
        why = ngettext("Reported by %d reader", "Reported by %d readers", count) % count
        moderating.decide(comment, Comment.Status.PENDING, by=None, why=why)
