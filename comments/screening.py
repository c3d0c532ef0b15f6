"""The rules that give a comment its first status, each with a reason that moderators can read."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from comments.models import Comment, DiscussionSettings


@dataclass(frozen=True)
class Verdict:
    status: Comment.Status
    reason: str


def screen(comment: Comment, settings: DiscussionSettings) -> Verdict:
    """The first status of a comment that is not stored yet; the first rule that speaks decides.

    Order after WordPress's discussion settings. An unverified name never vouches for itself: only
    a signed-in reader's earlier approved comment does.
    """
    held, approved = Comment.Status.PENDING, Comment.Status.APPROVED
    if _is_trusted(comment):
        return Verdict(approved, str(_("Written by the team")))
    if settings.holds_everything:
        return Verdict(held, str(_("Every comment is held")))
    links = comment.html.count("<a ")
    if settings.links_to_hold and links >= settings.links_to_hold:
        return Verdict(held, str(_("%d links") % links))
    if (
        comment.reader_id
        and Comment.objects.approved().filter(reader_id=comment.reader_id).exists()
    ):
        return Verdict(approved, str(_("This reader was approved before")))
    return Verdict(held, str(_("First comment of this reader")))


def _is_trusted(comment: Comment) -> bool:
    reader = comment.reader
    if reader is None:
        return False
    return reader.has_perm("comments.change_comment") or comment.is_by_post_author
