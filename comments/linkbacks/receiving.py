"""Another site says that it links here: claim, check, store, screen."""

import datetime
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.linkbacks import targets, verifying
from comments.linkbacks.models import MAX_URL_LENGTH, LinkbackSettings, Protocol, ReceivedLinkback
from comments.linkbacks.problems import NotTaken, Problem
from comments.linkbacks.screening import screen_linkback
from comments.linkbacks.verifying import Finding
from comments.models import Ban, Comment, Conversation, DiscussionSettings
from comments.moderating import announce, decide
from polarisblog.network import limits
from polarisblog.network.addresses import address_hash, address_key
from polarisblog.network.destinations import Destination, parse
from polarisblog.network.errors import Refused
from posts.models import Post

State = ReceivedLinkback.State
# An answer that waits for a stranger's server holds a thread of ours: so many at a time, for so
# long together. Half a second of the five is left for reading and storing.
MAX_CHECKS_AT_ONCE = 4
DEADLINE_SECONDS = 4.5
WORKER_DEADLINE_SECONDS = 10.0
KEEP_REFUSED = datetime.timedelta(days=30)

LIMIT_BY_ADDRESS = {
    Protocol.PINGBACK: limits.PINGBACK_BY_ADDRESS,
    Protocol.TRACKBACK: limits.TRACKBACK_BY_ADDRESS,
    Protocol.WEBMENTION: limits.WEBMENTION_BY_ADDRESS,
}
DESCRIBED = ("kind", "url", "mention", "is_grouped", "name", "text")
_free_checks = threading.BoundedSemaphore(MAX_CHECKS_AT_ONCE)


def claim(
    source: str,
    target: str,
    protocol: Protocol,
    *,
    address: str,
    sent: dict[str, str] | None = None,
) -> ReceivedLinkback:
    """Write down that `source` is said to link to `target`; checking it comes next.

    Claiming again means the same row, to be checked again. `sent` holds the title and excerpt of a
    trackback. Nothing has been asked of any other site yet. Raises NotTaken.
    """
    with _not_too_fast():
        limits.check(LIMIT_BY_ADDRESS[protocol], address_key(address))
    place = _source(source)
    post = _target(target, place.url)
    _refuse_banned(place.url, address)
    if targets.names(place.url, post):
        raise NotTaken(Problem.GENERIC)
    linkback = _known(post, place.url)
    if protocol != Protocol.WEBMENTION:
        # Only Webmention knows updates; the older protocols register a link once.
        if linkback.is_registered:
            raise NotTaken(Problem.REGISTERED)
        if linkback.is_awaited:
            return linkback
    if not targets.is_own(place.url):
        with _not_too_fast():
            limits.check(limits.LINKBACK_BY_SOURCE_HOST, place.host)
    linkback.protocol, linkback.source_host = protocol, place.host
    linkback.asked_at = linkback.due_at = timezone.now()
    linkback.attempts, linkback.asked_from = 0, address
    if sent:
        linkback.sent_title, linkback.sent_excerpt = sent["title"], sent["excerpt"]
    return _stored(linkback)


def claim_own(source_url: str, post: Post) -> ReceivedLinkback:
    """One of our own posts links to `post`, did, or is gone: no limits, no network."""
    linkback = _known(post, source_url)
    linkback.source_host = parse(source_url).host
    linkback.protocol = linkback.protocol or Protocol.PINGBACK
    linkback.asked_at = linkback.due_at = timezone.now()
    return _stored(linkback)


def check_now(linkback: ReceivedLinkback, *, deadline_seconds: float = DEADLINE_SECONDS) -> bool:
    """Verify a fresh claim while its sender waits; False where that has to be done later.

    It is later when too many are being verified, when this pair is just being verified, and when
    the source takes too long. Raises NotTaken.
    """
    if not _free_checks.acquire(blocking=False):
        return False
    try:
        return check(linkback, deadline_seconds=deadline_seconds, is_sender_waiting=True)
    finally:
        _free_checks.release()


def check(
    linkback: ReceivedLinkback, *, deadline_seconds: float, is_sender_waiting: bool = False
) -> bool:
    """Ask the source and store what it says now; False when another process is at it.

    Repeating updates the one response. Raises NotTaken when the page is no source, after that was
    written down: a response it once had goes to the trash.
    """
    if not linkback.take():
        return False
    asked_at = linkback.asked_at
    try:
        if linkback.due_at is None:
            # Somebody else was at it between our claim and our turn.
            return linkback.is_registered
        if not linkback.post.is_published:
            raise NotTaken(Problem.NOT_A_TARGET)
        found = verifying.find_for(linkback, deadline_seconds=deadline_seconds)
    except NotTaken as refusal:
        if refusal.is_late and is_sender_waiting:
            return False
        _lose(linkback, refusal, asked_at, is_final=is_sender_waiting)
        raise
    else:
        _store(linkback, found, asked_at)
        return True
    finally:
        linkback.release()


def forget_refused() -> None:
    """Claims that came to nothing are of no use after a month."""
    old = timezone.now() - KEEP_REFUSED
    ReceivedLinkback.objects.filter(
        state=State.REFUSED, comment=None, due_at=None, asked_at__lt=old
    ).delete()


# --- Who may claim what -------------------------------------------------------


@contextmanager
def _not_too_fast() -> Iterator[None]:
    try:
        yield
    except limits.TooFast as too_fast:
        raise NotTaken(
            Problem.DENIED, is_temporary=True, retry_after_seconds=too_fast.retry_after_seconds
        ) from None


def _source(source: str) -> Destination:
    """The source in its canonical form, without its fragment."""
    try:
        place = parse(source)
    except Refused:
        raise NotTaken(Problem.NO_SOURCE) from None
    if len(place.url) > MAX_URL_LENGTH:
        raise NotTaken(Problem.NO_SOURCE)
    return place


def _target(target: str, source_url: str) -> Post:
    """Our post at `target`. What is not public looks like what never was.

    A mention that we show may still be updated and taken back when its post was closed since.
    """
    try:
        post = targets.post_at(target)
    except targets.Nowhere:
        raise NotTaken(Problem.NO_TARGET) from None
    if post is None or not post.is_published:
        raise NotTaken(Problem.NOT_A_TARGET)
    if targets.accepts_linkbacks(post, DiscussionSettings.current()):
        return post
    known = post.received_linkbacks.filter(source_url=source_url).exclude(comment=None)
    if not known.exists():
        raise NotTaken(Problem.NOT_A_TARGET)
    return post


def _refuse_banned(source_url: str, address: str) -> None:
    stranger = Comment(url=source_url, address_hash=address_hash(address, purpose="comment"))
    if Ban.objects.against(stranger):
        raise NotTaken(Problem.DENIED)


def _known(post: Post, source_url: str) -> ReceivedLinkback:
    """The row of this pair; a response that came here by import belongs to it, too."""
    linkback = post.received_linkbacks.filter(source_url=source_url).first()
    if linkback:
        return linkback
    kinds = Protocol.values
    comment = Comment.objects.on(post).filter(kind__in=kinds, url=source_url, linkback=None).first()
    linkback = ReceivedLinkback(post=post, source_url=source_url, comment=comment)
    if comment:
        linkback.state = State.VERIFIED
    return linkback


def _stored(linkback: ReceivedLinkback) -> ReceivedLinkback:
    """Save the claim; of two first ones at once, the second finds the row of the first."""
    if linkback.pk is None:
        try:
            with transaction.atomic():
                linkback.save(force_insert=True)
        except IntegrityError:
            return linkback.post.received_linkbacks.get(source_url=linkback.source_url)
        return linkback
    linkback.save(
        update_fields=[
            *("protocol", "source_host", "asked_at", "due_at", "attempts", "asked_from"),
            *("sent_title", "sent_excerpt"),
        ]
    )
    return linkback


# --- What came of it ----------------------------------------------------------


@transaction.atomic
def _store(linkback: ReceivedLinkback, found: Finding, asked_at: datetime.datetime) -> None:
    """Make or update the response. A moderator's decision about it stays."""
    row = ReceivedLinkback.objects.select_for_update().get(pk=linkback.pk)
    was_gone = row.state == State.GONE
    row.author_name, row.author_url = found.author_name, found.author_url
    comment = row.comment or Comment(post=row.post, created_at=row.asked_at)
    has_changed = _describe(comment, row, found)
    verdict = screen_linkback(comment, row)
    if row.comment is None:
        comment.status, comment.reason = verdict.status, verdict.reason[:200]
        if row.asked_from:
            comment.address_hash = address_hash(row.asked_from, purpose="comment")
        conversation = Conversation.locked(row.post_id)
        comment.save(conversation=conversation)
        announce(comment, conversation)
    elif was_gone or has_changed:
        comment.save(update_fields=[*DESCRIBED, "html"])
        _screen_again(comment, verdict.status, verdict.reason, was_gone=was_gone)
    row.comment, row.state, row.detail = comment, State.VERIFIED, ""
    _finish(row, asked_at)


def _describe(comment: Comment, row: ReceivedLinkback, found: Finding) -> bool:
    """Write what the source says into its response; whether that is something else than before."""
    before = (comment.name, comment.text, comment.mention)
    is_by_title = found.mention == Comment.Mention.MENTION
    comment.kind, comment.url = row.protocol, row.source_url
    comment.mention = found.mention if row.protocol == Protocol.WEBMENTION else ""
    comment.is_grouped = comment.mention in (Comment.Mention.LIKE, Comment.Mention.REPOST)
    comment.name = row.sent_title or found.title
    if comment.mention and not is_by_title:
        comment.name = found.author_name or found.title
    comment.name = verifying.cut(comment.name, 245)
    comment.text = row.sent_excerpt or found.excerpt
    comment.render()
    return before != (comment.name, comment.text, comment.mention)


def _screen_again(comment: Comment, status: Comment.Status, reason: str, *, was_gone: bool) -> None:
    """What came back begins anew; what only changed is touched where the rules call it spam."""
    if was_gone:
        decide(comment, status, by=None, why=reason[:200])
    elif comment.status == Comment.Status.APPROVED:
        if status in (Comment.Status.SPAM, Comment.Status.TRASH):
            decide(comment, status, by=None, why=reason[:200])
        elif LinkbackSettings.current().holds_changed_mentions and status != comment.status:
            why = str(_("Its page says something else now"))
            decide(comment, Comment.Status.PENDING, by=None, why=why)


@transaction.atomic
def _lose(
    linkback: ReceivedLinkback, refusal: NotTaken, asked_at: datetime.datetime, *, is_final: bool
) -> None:
    """The page is no source: not now (then it is asked again later), or not any more."""
    row = ReceivedLinkback.objects.select_for_update().get(pk=linkback.pk)
    row.detail = refusal.problem.words
    if refusal.is_temporary and (row.comment_id or not is_final):
        # What readers see does not go because a server was down for a moment.
        if row.postpone():
            row.save(update_fields=["detail", "attempts", "due_at"])
            return
    elif row.comment is None:
        row.state = State.REFUSED
    elif refusal.problem in (Problem.NO_SOURCE, Problem.NO_LINK):
        _withdraw(row, row.comment)
    _finish(row, asked_at)


def _withdraw(row: ReceivedLinkback, comment: Comment) -> None:
    if comment.status in (Comment.Status.APPROVED, Comment.Status.PENDING):
        why = str(_("Its page does not link here any more"))
        decide(comment, Comment.Status.TRASH, by=None, why=why)
        row.state = State.GONE


def _finish(row: ReceivedLinkback, asked_at: datetime.datetime) -> None:
    """Nothing is due any more, unless somebody claimed again while we looked."""
    row.checked_at = timezone.now()
    if row.asked_at == asked_at:
        row.due_at, row.asked_from = None, None
    row.save()
