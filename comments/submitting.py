"""A reader comments: limit, screen, store, announce."""

import secrets
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from accounts import naming
from accounts.models import User
from accounts.signals import sign_in_started
from comments.forms import CommentForm
from comments.models import Comment, DiscussionSettings
from comments.screening import screen
from polarisblog.network import limits
from polarisblog.network.addresses import address_hash, address_key, client_address
from posts.models import Post

GUEST_COOKIE = "guest"
GUEST_COOKIE_SECONDS = 24 * 3600
DRAFT = "comment_draft"


class Duplicate(Exception):
    """The same words by the same person stand on the post already: `comment`."""

    def __init__(self, comment: Comment) -> None:
        self.comment = comment


class Closed(Exception):
    """The post takes no comments."""


def submit(request: HttpRequest, post: Post, form: CommentForm) -> Comment:
    """Store the comment of a valid `form`, held or approved as screening says.

    Raises Closed, Duplicate, or limits.TooFast; nothing is stored then.
    """
    if not post.comments_open:
        raise Closed
    comment = _written(request, post, form)
    address = client_address(request)
    with transaction.atomic():
        # The post's row is the turnstile: of two equal submits at once the second sees the first.
        Post.objects.select_for_update().get(pk=post.pk)
        _refuse_duplicate(comment)
        if comment.reader:
            limits.check(limits.COMMENT_BY_READER, comment.reader.pk)
        else:
            limits.check(limits.COMMENT_BY_ADDRESS, address_key(address))
        settings = DiscussionSettings.current()
        verdict = screen(comment, settings)
        comment.status, comment.reason = verdict.status, verdict.reason
        comment.address_hash = address_hash(address, purpose="comment")
        comment.save()
    forget_draft(request)
    return comment


def _written(request: HttpRequest, post: Post, form: CommentForm) -> Comment:
    reader = request.user if isinstance(request.user, User) else None
    words = form.cleaned_data
    if reader:
        naming.settle(reader, words.get("public_name", ""))
    comment = Comment(
        post=post,
        parent=words["parent"],
        reader=reader,
        name=str(reader) if reader else words["author"],
        email="" if reader else words["email"],
        url="" if reader else words["url"],
        text=words["comment"],
        guest_key="" if reader else guest_key(request) or secrets.token_urlsafe(24),
    )
    comment.render()
    return comment


def _refuse_duplicate(comment: Comment) -> None:
    twins = Comment.objects.on(comment.post).exclude(status=Comment.Status.TRASH)
    twin = twins.filter(
        parent=comment.parent, reader=comment.reader, name=comment.name, text=comment.text
    ).first()
    if twin:
        raise Duplicate(twin)


# --- A guest's browser --------------------------------------------------------


def guest_key(request: HttpRequest) -> str:
    """The key in the guest's signed cookie; empty when there is none, or a forged or an old one."""
    try:
        return TimestampSigner(salt=GUEST_COOKIE).unsign(
            request.COOKIES.get(GUEST_COOKIE, ""), max_age=GUEST_COOKIE_SECONDS
        )
    except BadSignature:
        return ""


def remember_guest(response: HttpResponse, request: HttpRequest, comment: Comment) -> None:
    """Let the browser that wrote `comment` see it while it is held, until it is closed."""
    if comment.guest_key:
        response.set_cookie(
            GUEST_COOKIE,
            TimestampSigner(salt=GUEST_COOKIE).sign(comment.guest_key),
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )


# --- Drafts -------------------------------------------------------------------


@receiver(sign_in_started)
def keep_draft(request: HttpRequest, **kwargs: Any) -> None:
    """What was typed before leaving to sign in waits in the session for the same page."""
    text = request.POST.get("comment", "")[:65_525]
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
