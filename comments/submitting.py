"""A reader comments: what they sent is screened and stored, and mail asked for."""

import math
import time
from typing import Any

from django.core.signing import BadSignature, Signer
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import naming
from accounts.signals import sign_in_started
from comments import storing, subscriptions
from comments.forms import CommentForm
from comments.models import MAX_TEXT_LENGTH, Ban, Comment, DiscussionSettings
from comments.screening import is_trusted, screen
from comments.visiting import Visitor, acting
from polarisblog.network import limits
from polarisblog.network.addresses import address_hash, client_address
from posts.models import Post

DRAFT = "comment_draft"
LEAST_SECONDS = 2


class Refused(Exception):
    """Not taken, whatever is changed in the form."""


class Closed(Refused):
    """The post takes no comments."""


class Banned(Refused):
    """A moderator has ended this; the words say what the writer is told."""


class TooSoon(Exception):
    """Sent sooner after the form appeared than anybody writes; see `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds


def submit(request: HttpRequest, post: Post, form: CommentForm) -> Comment:
    """Store the comment of a valid `form`, held or approved as screening says.

    Raises Refused, TooSoon, or what `storing.store` raises; nothing is stored then.
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
    verdict = screen(comment, settings)
    comment.status, comment.reason = verdict.status, verdict.reason
    storing.store(comment, address)
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
