"""A moderator decides: the new status, and a row in the log that says who and why."""

from django.db import transaction

from accounts.models import User
from comments.models import Comment, Decision


def decide(comment: Comment, status: Comment.Status, *, by: User | None, why: str = "") -> bool:
    """Give `comment` the `status`. False when it has it already: nothing is decided twice.

    The row is changed only from the status that was read, so of two moderators at once the second
    changes nothing and is told.
    """
    with transaction.atomic():
        row = Comment.objects.select_for_update().get(pk=comment.pk)
        if row.status == status:
            return False
        Decision.objects.create(
            comment=row, moderator=by, old_status=row.status, new_status=status, why=why
        )
        Comment.objects.filter(pk=row.pk).update(status=status)
    comment.status = status
    return True
