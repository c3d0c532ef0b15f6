"""A moderator decides: the new status, and a row in the log that says who and why."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from comments import learning, tasks
from comments.models import Comment, Conversation, Decision

Status = Comment.Status


def decide(comment: Comment, status: Comment.Status, *, by: User | None, why: str = "") -> bool:
    """Give `comment` the `status`. False when it has it already: nothing is decided twice.

    Of two moderators at once the second changes nothing and is told. Counts, the log, what the
    spam learner takes from it and the mail to followers change in one transaction. `by` is None
    where no person decided (a rule, the writer): then nothing is learned and reports stay open.
    """
    with transaction.atomic():
        Conversation.locked(comment.post_id)
        row = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        if row.status == status:
            return False
        if by is not None:
            _teach(row, status)
            row.reports.filter(closed_at=None).update(closed_at=timezone.now())
        Decision.objects.create(
            comment=row, moderator=by, old_status=row.status, new_status=status, why=why
        )
        row.status = status
        row.save(update_fields=["status"])
        if row.is_approved:
            tasks.tell_followers.enqueue(row.pk)
    comment.status, comment.is_listed = status, row.is_listed
    return True


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
