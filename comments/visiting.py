"""Who is at the other end: a signed-in reader, a guest's browser that wrote here, or a stranger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.models import User
from comments.models import Comment, CommentQuerySet
from polarisblog.network.origins import has_session

GUEST_COOKIE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Visitor:
    """`guest_key` is what a guest's signed cookie holds; empty without one."""

    reader: User | None = None
    guest_key: str = ""

    @property
    def is_stranger(self) -> bool:
        """Whether nothing distinguishes them: strangers all see the same bytes."""
        return self.reader is None and not self.guest_key

    @property
    def key(self) -> str:
        """Stands for this visitor in likes and reports; empty for a stranger."""
        if self.is_stranger:
            return ""
        who = f"reader {self.reader.pk}" if self.reader else f"guest {self.guest_key}"
        return salted_hmac("comments.visitor", who, algorithm="sha256").hexdigest()

    def own(self, comments: CommentQuerySet) -> CommentQuerySet:
        """Those of `comments` that this visitor can be shown to have written."""
        return comments.written_by(
            reader_id=self.reader.pk if self.reader else None, guest_key=self.guest_key
        )

    def wrote(self, comment: Comment) -> bool:
        if self.reader:
            return comment.reader_id == self.reader.pk
        return bool(self.guest_key) and comment.guest_key == self.guest_key


def visitor(request: HttpRequest) -> Visitor:
    """Asks the session only where the browser sent one."""
    if has_session(request) and isinstance(request.user, User):
        return Visitor(reader=request.user)
    return Visitor(guest_key=guest_key(request))


def guest_key(request: HttpRequest) -> str:
    """The key in the guest's signed cookie; empty when there is none, or a forged or an old one."""
    try:
        return TimestampSigner(salt="guest").unsign(
            request.COOKIES.get(settings.GUEST_COOKIE_NAME, ""), max_age=GUEST_COOKIE_SECONDS
        )
    except BadSignature:
        return ""


def acting(request: HttpRequest) -> Visitor:
    """The visitor, and for a stranger who does something a guest with a new key."""
    found = visitor(request)
    return Visitor(guest_key=secrets.token_urlsafe(24)) if found.is_stranger else found


def remember(response: HttpResponse, guest_key: str) -> None:
    """Let this browser show what it wrote and take it back, until it is closed or a day is over."""
    if guest_key:
        response.set_cookie(
            settings.GUEST_COOKIE_NAME,
            TimestampSigner(salt="guest").sign(guest_key),
            httponly=True,
            samesite="Lax",
            secure=settings.IS_HTTPS,
        )
