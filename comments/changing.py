"""A writer changes a comment or takes it back."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from comments import moderating
from comments.models import Comment, Conversation, DiscussionSettings, Revision
from comments.screening import screen_again

Status = Comment.Status


class TooLate(Exception):
    """The time in which a writer may do this is over."""


@transaction.atomic
def edit(comment: Comment, text: str) -> Comment:
    """Put `text` in its place and keep what it said for moderators. The same text changes nothing.

    `comment.reader` is the writer as they are signed in. New words are screened like a new
    comment's: an edit may hold a comment, and never approves one. Raises TooLate.
    """
    settings = DiscussionSettings.current()
    row = _held(comment)
    row.reader = comment.reader
    if not row.may_be_edited(settings):
        raise TooLate
    if row.text == text:
        return row
    Revision.objects.create(comment=row, text=row.text)
    row.text, row.edited_at = text, timezone.now()
    row.render()
    row.take_fingerprint()
    verdict = screen_again(row, settings)
    row.reason = verdict.reason
    row.save()
    if verdict.status != row.status:
        moderating.decide(row, verdict.status, by=None, why=verdict.reason)
    return row


@transaction.atomic
def withdraw(comment: Comment) -> None:
    """Take the comment away, as its writer asks; replies stay. Twice is once. Raises TooLate."""
    row = _held(comment)
    if not row.may_be_deleted(DiscussionSettings.current()):
        raise TooLate
    moderating.decide(row, Status.TRASH, by=None, why=_("Deleted by its writer"))


def _held(comment: Comment) -> Comment:
    """The row as it is now, held until the transaction ends."""
    Conversation.locked(comment.post_id)
    return Comment.objects.select_related("post", "reader").get(pk=comment.pk)
