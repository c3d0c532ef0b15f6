"""Signing somebody out in other browsers: because they ask, or because who they are has changed."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import Session, User


def everywhere(reader: User, *, but: HttpRequest | None = None) -> int:
    """End every session of `reader`, but for the one that `but` came with; gives how many."""
    theirs = Session.objects.of(reader.pk)
    if but is not None:
        theirs = theirs.exclude(pk=but.session.session_key)
    ended, _by_model = theirs.delete()
    return ended


def there(request: HttpRequest, reader: User, handle: str) -> int:
    """End the one other session that `handle` names; 0 where there is none (any more)."""
    mine = [row for row in Session.objects.of(reader.pk) if row.handle == handle]
    keys = {row.pk for row in mine} - {request.session.session_key}
    ended, _by_model = Session.objects.filter(pk__in=keys).delete()
    return ended


@receiver([password_changed, password_set, password_reset])
def after_a_new_password(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Django takes no such session any more; this also takes it off the list."""
    everywhere(user, but=request)
