"""A reader comments: limit, screen, store, announce."""

import datetime
import math
import time
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts import naming
from accounts.signals import sign_in_started
from comments import moderating, subscriptions
from comments.forms import CommentForm
from comments.models import (
    MAX_TEXT_LENGTH,
    Ban,
    Comment,
    Conversation,
    DiscussionSettings,
)
from comments.screening import is_trusted, screen
from comments.visiting import Visitor, acting
from polarisblog.network import limits
from polarisblog.network.addresses import address_hash, address_key, client_address
from posts.models import Post
from posts.prepared import Prepared, Slot

DRAFT = "comment_draft"
LEAST_SECONDS = 2
# So long after a comment the same words from the same connection are the same click.
SAME_CLICK = datetime.timedelta(minutes=10)


class Duplicate(Exception):
    """The same words by the same name stand on the post already: `comment`.

    `is_own`: whether it can be shown that the same person sent both.
    """

    def __init__(self, comment: Comment, *, is_own: bool) -> None:
        self.comment = comment
        self.is_own = is_own


class Refused(Exception):
    """Not taken, whatever is changed in the form."""


class Closed(Refused):
    """The post takes no comments."""


class Banned(Refused):
    """A moderator has ended this; the words say what the writer is told."""


class ParentGone(Refused):
    """What was answered was taken away while the answer was written."""


class TooSoon(Exception):
    """Sent sooner after the form appeared than anybody writes; see `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds


def submit(request: HttpRequest, post: Post, form: CommentForm) -> Comment:
    """Store the comment of a valid `form`, held or approved as screening says.

    Raises Refused, TooSoon, Duplicate, or limits.TooFast; nothing is stored then.
    """
    settings = DiscussionSettings.for_post(post)
    if not settings.is_open(post):
        raise Closed
    address = client_address(request)
    comment = _written(acting(request), post, form, settings)
    comment.address_hash = address_hash(address, purpose="comment")
    is_known = is_trusted(comment)
    if not is_known:
        _refuse_banned(comment)
        _refuse_too_soon(form.cleaned_data["started"])
    with transaction.atomic():
        # The conversation's row is the turnstile: of two equal submits the second sees the first.
        conversation = Conversation.locked(post.pk)
        _refuse_duplicate(comment)
        if comment.reader:
            limits.check(limits.COMMENT_BY_READER, comment.reader.pk)
        else:
            limits.check(limits.COMMENT_BY_ADDRESS, address_key(address))
        _refuse_gone_parent(comment, form)
        verdict = screen(comment, settings)
        comment.status, comment.reason = verdict.status, verdict.reason
        comment.is_untold = comment.is_approved or comment.is_pending
        comment.save(conversation=conversation)
        moderating.announce(comment, conversation)
    _subscribe(comment, form)
    forget_draft(request)
    return comment


def _written(
    visitor: Visitor, post: Post, form: CommentForm, settings: DiscussionSettings
) -> Comment:
    words, reader = form.cleaned_data, visitor.reader
    if reader:
        naming.settle(reader, words.get("public_name", ""))
    keeps_email = reader is None and settings.requires_email
    comment = Comment(
        post=post,
        parent=words["parent"],
        reader=reader,
        name=str(reader) if reader else words["author"],
        email=words["email"] if keeps_email else "",
        url="" if reader else words["url"],
        text=words["comment"],
        guest_key=visitor.guest_key,
    )
    comment.render()
    comment.take_fingerprint()
    return comment


def _refuse_banned(comment: Comment) -> None:
    for ban in Ban.objects.against(comment):
        raise Banned(ban.reason)


def _refuse_duplicate(comment: Comment) -> None:
    """Never twice, whatever the case and however many unseen characters stand between."""
    twins = _twins(post=comment.post_id, fingerprint=comment.fingerprint)
    twin = next((twin for twin in twins if not twin.was_thrown_away), None)
    if twin is None:
        return
    is_recent = timezone.now() - twin.created_at < SAME_CLICK
    is_own = (
        comment.reader_id is not None
        or twin.guest_key == comment.guest_key
        or (is_recent and twin.address_hash == comment.address_hash)
    )
    raise Duplicate(twin, is_own=is_own)


@Prepared
def _twins() -> Any:
    return Comment.objects.filter(post=Slot("post"), fingerprint=Slot("fingerprint"))


def _refuse_gone_parent(comment: Comment, form: CommentForm) -> None:
    """Asked again with the row held: the parent may have gone since the form was checked."""
    if comment.parent is None:
        return
    comment.parent.refresh_from_db()
    if not comment.parent.may_be_answered():
        raise ParentGone


def _subscribe(comment: Comment, form: CommentForm) -> None:
    """Ask the address; not for what screening put away, whose writers may ask for anybody's."""
    kinds = form.wanted_kinds
    if not kinds or comment.status not in (Comment.Status.APPROVED, Comment.Status.PENDING):
        return
    wish = subscriptions.Wish(form.cleaned_data["email"], kinds, comment.reader)
    try:
        limits.check(limits.SUBSCRIBE_BY_ADDRESS, comment.address_hash)
        subscriptions.subscribe(wish, comment.post, comment)
    except limits.TooFast:
        # The comment is what they came for; the mail can be asked for again from the page.
        return


# --- The time it took ---------------------------------------------------------

_clock = Signer(salt="comments.started")


def started_now() -> str:
    """When a form appeared, signed. Pages that are kept for everybody carry none."""
    return _clock.sign(str(int(time.time() * 1000)))


def _refuse_too_soon(started: str) -> None:
    try:
        started_ms = int(_clock.unsign(started))
    except (BadSignature, ValueError):
        return
    wait = LEAST_SECONDS - (time.time() - started_ms / 1000)
    if wait > 0:
        raise TooSoon(math.ceil(wait))


# --- Drafts -------------------------------------------------------------------


@receiver(sign_in_started)
def keep_draft(request: HttpRequest, **kwargs: Any) -> None:
    """What was typed before leaving to sign in waits in the session for the same page."""
    text = request.POST.get("comment", "")[:MAX_TEXT_LENGTH]
    if text.strip():
        request.session[DRAFT] = {
            "path": request.POST.get("next", "").split("#")[0],
            "comment": text,
            "parent": request.POST.get("parent", ""),
        }


def draft(request: HttpRequest, post: Post) -> dict[str, str]:
    """What was typed on this post before signing in; {} when nothing was."""
    kept: dict[str, str] = request.session.get(DRAFT, {})
    return kept if kept.get("path") == post.get_absolute_url() else {}


def forget_draft(request: HttpRequest) -> None:
    if request.session.get(DRAFT):
        del request.session[DRAFT]
