"""The first status of a linkback: the same rules as for readers, and two of its own."""

from django.utils.translation import gettext_lazy as _

from comments.linkbacks import targets
from comments.linkbacks.models import LinkbackSettings, ReceivedLinkback
from comments.models import Comment, DiscussionSettings
from comments.screening import Verdict, screen

Status = Comment.Status


def screen_linkback(comment: Comment, linkback: ReceivedLinkback) -> Verdict:
    """What a mention that is not stored yet begins as.

    Our own articles pass. What readers' rules call spam is spam; after that a site that was
    approved before passes where the editors say so. Everything else waits for a moderator.
    """
    if targets.is_own(linkback.source_url):
        return Verdict(Status.APPROVED, str(_("One of our own articles links here")))
    settings = DiscussionSettings.current()
    verdict = screen(comment, settings)
    if verdict.status != Status.PENDING or settings.holds_everything:
        return verdict
    if LinkbackSettings.current().trusts_approved_hosts and _was_approved(linkback.source_host):
        return Verdict(Status.APPROVED, str(_("This site was approved before")))
    return verdict


def _was_approved(host: str) -> bool:
    return ReceivedLinkback.objects.filter(
        source_host=host, comment__status=Status.APPROVED
    ).exists()
