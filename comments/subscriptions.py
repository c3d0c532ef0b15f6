"""A reader asks for mail, confirms it by mail, and ends it with one click."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_removed
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User
from comments import notices, tasks
from comments.models import Comment, Subscription
from polarisblog.network import limits
from posts.models import Post

Kind = Subscription.Kind


@dataclass(frozen=True)
class Wish:
    """What somebody asked for with one form: an address and what it is to hear of."""

    email: str
    kinds: tuple[str, ...]
    reader: User | None = None


def subscribe(wish: Wish, post: Post | None, comment: Comment | None = None) -> bool:
    """Write the wish down and ask its address once whether it meant it. Repeating changes nothing.

    In force at once, which gives True, only where the same signed-in reader confirmed the same
    address before, here or in their account: anybody can type somebody else's, and learns nothing
    of what that follows, not even by how often they may ask. Raises limits.TooFast where an address
    was asked for too often.
    """
    with transaction.atomic():
        asked_with = secrets.token_hex(16)
        asked = [_written(wish, kind, post, comment) for kind in wish.kinds]
        waiting = [subscription for subscription in asked if not subscription.confirmed_at]
        if _is_proven(wish):
            Subscription.objects.filter(pk__in=[one.pk for one in waiting]).update(
                confirmed_at=timezone.now(), reader=wish.reader
            )
            return True
        limits.check(limits.CONFIRMATION_BY_EMAIL, wish.email.casefold())
        if not waiting:
            return False
        Subscription.objects.filter(pk__in=[one.pk for one in waiting]).update(
            asked_with=asked_with
        )
        waiting[0].asked_with = asked_with
        notices.ask_to_confirm(waiting[0])
        tasks.deliver.enqueue()
        return False


def _written(wish: Wish, kind: str, post: Post | None, comment: Comment | None) -> Subscription:
    about: dict[str, object] = {}
    if kind in (Kind.REPLIES, Kind.THREAD):
        about = {"comment": comment}
    elif kind == Kind.POST:
        about = {"post": post}
    found = Subscription.objects.of(wish.email).filter(kind=kind, **about).first()
    if found:
        return found
    return Subscription.objects.create(
        email=wish.email,
        kind=kind,
        post=None if kind == Kind.BLOG else post,
        comment=None if kind == Kind.BLOG else comment,
        reader=wish.reader,
    )


def _is_proven(wish: Wish) -> bool:
    if wish.reader is None:
        return False
    if wish.email.casefold() == wish.reader.confirmed_email.casefold():
        return True
    return Subscription.objects.confirmed().of(wish.email).filter(reader=wish.reader).exists()


def confirm(subscription: Subscription) -> None:
    """The address says yes to all that the mail asked it about. Again is no harm."""
    together = Subscription.objects.of(subscription.email).filter(
        asked_with=subscription.asked_with, confirmed_at=None
    )
    together.update(confirmed_at=timezone.now())


def end(subscriptions: Iterable[Subscription]) -> None:
    """Nothing more is sent, not even what is queued; the address goes with its last row."""
    Subscription.objects.filter(pk__in=[subscription.pk for subscription in subscriptions]).delete()


# --- The address in the account -----------------------------------------------


@receiver(email_changed)
def follow(
    user: User, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **more: Any
) -> None:
    """Another address is confirmed in its place: their mail goes there from now on."""
    if from_email_address:
        theirs = Subscription.objects.of(from_email_address.email).filter(reader=user)
        theirs.update(email=to_email_address.email)


@receiver(email_removed)
def end_at(user: User, email_address: EmailAddress, **more: Any) -> None:
    """Whoever takes the address away has no more mail there; what guests asked for stays."""
    end(Subscription.objects.of(email_address.email).filter(reader=user))
