"""A moderator replies to a comment in public, or answers a note in private."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from comments import moderating, moderation_mail, tasks
from comments.models import Comment, Conversation, Decision, PrivateNote


class NotAnswerable(Exception):
    """Only what everybody can read is replied to."""


def reply(comment: Comment, text: str, *, by: User) -> Comment:
    """Publish `text` under `comment`, in the moderator's public name. Raises NotAnswerable."""
    with transaction.atomic():
        conversation = Conversation.locked(comment.post_id)
        comment.refresh_from_db(fields=["status", "path", "thread"])
        if not comment.may_be_answered():
            raise NotAnswerable
        written = Comment(
            post=comment.post,
            parent=comment,
            reader=by,
            name=str(by),
            text=text,
            status=Comment.Status.APPROVED,
            reason="",
        )
        written.render()
        written.take_fingerprint()
        twin = Comment.objects.filter(post=comment.post_id, fingerprint=written.fingerprint)
        twin = twin.exclude(status=Comment.Status.TRASH)
        if (said := twin.first()) is not None:
            return said
        written.save(conversation=conversation)
        Decision.objects.create(what=Decision.What.REPLY, comment=comment, moderator=by)
        moderating.announce(written, conversation, by=by)
    return written


@transaction.atomic
def close(note: PrivateNote, *, by: User, words: str = "") -> bool:
    """Deal with a note, with an answer where `words` are given. False when somebody did before."""
    now = timezone.now()
    rows = PrivateNote.objects.filter(pk=note.pk, closed_at=None)
    if not rows.update(closed_at=now, closed_by=by):
        return False
    if words:
        moderation_mail.answer(note, words)
        tasks.deliver.enqueue()
    Decision.objects.create(
        what=Decision.What.NOTE, moderator=by, post=note.post, subject=str(note)
    )
    return True
