"""Moderators change what a comment says: correct it, cut words out of it, open what was cut."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from comments.models import Comment, Conversation, Decision, Revision, Sealed

What = Decision.What


class Changed(Exception):
    """Somebody changed the comment meanwhile; `comment` is how it reads now."""

    def __init__(self, comment: Comment) -> None:
        self.comment = comment


@dataclass(frozen=True)
class Correction:
    """What a moderator wants a comment to be. `seen_text` is what they had before them."""

    seen_text: str
    text: str
    name: str
    url: str
    email: str | None = None
    is_pinned: bool | None = None


@transaction.atomic
def correct(comment: Comment, wish: Correction, *, by: User, why: str = "") -> Comment:
    """Store a moderator's corrections, with the old words and a row in the log. Raises Changed."""
    row = _held(comment)
    if row.text != wish.seen_text:
        raise Changed(row)
    changed = [
        name for name in ("text", "name", "url") if getattr(row, name) != getattr(wish, name)
    ]
    if "text" in changed:
        Revision.objects.create(comment=row, text=row.text, editor=by)
        row.edited_at = timezone.now()
    row.text, row.name, row.url = wish.text, wish.name, wish.url
    if wish.email is not None and row.email != wish.email:
        row.email = wish.email
        changed.append("email")
    if wish.is_pinned is not None and row.is_pinned != wish.is_pinned:
        row.is_pinned = wish.is_pinned
        changed.append("is_pinned")
    if changed:
        _store(row)
        fields = ", ".join(changed)
        _log(What.EDIT, row, by, why or _("Changed: %s") % fields)
    return row


@transaction.atomic
def redact(comment: Comment, spans: list[str], *, by: User, why: str) -> int:
    """Cut each of `spans` out wherever it stands, in earlier versions too; how often that was.

    The words as they were are sealed: whoever opens them leaves a row in the log, and they are
    erased after the days that the settings say.
    """
    row = _held(comment)
    cut, count = _without(row.text, spans)
    if not count:
        return 0
    Sealed.objects.create(comment=row, text=row.text, moderator=by)
    row.text = cut
    _store(row)
    for revision in row.revisions.all():
        revision.text, found = _without(revision.text, spans)
        if found:
            revision.save(update_fields=["text"])
    _log(What.REDACT, row, by, why)
    return count


@transaction.atomic
def unseal(comment: Comment, *, by: User, why: str) -> list[Sealed]:
    """The words as they were before any were cut out. The log keeps who read them and why."""
    found = list(comment.sealed.select_related("moderator"))
    if found:
        _log(What.UNSEAL, comment, by, why)
    return found


def _without(text: str, spans: list[str]) -> tuple[str, int]:
    """Longest first, so that a span within another leaves no half of it."""
    count = 0
    for span in sorted(filter(None, spans), key=len, reverse=True):
        count += text.count(span)
        text = text.replace(span, _("[removed]"))
    return text, count


def _held(comment: Comment) -> Comment:
    Conversation.locked(comment.post_id)
    return Comment.objects.select_related("post", "reader").get(pk=comment.pk)


def _store(row: Comment) -> None:
    row.render()
    row.take_fingerprint()
    row.save()


def _log(what: str, row: Comment, by: User, why: str) -> None:
    Decision.objects.create(what=what, comment=row, moderator=by, why=why[:200])
