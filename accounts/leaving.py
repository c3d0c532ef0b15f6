"""A reader takes everything along, or leaves."""

import base64
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import signing_out
from accounts.models import Picture, Session, User
from accounts.signals import personal_data_requested, reader_leaving

Rows = list[dict[str, Any]]


class StaffStays(Exception):
    """Whoever writes or moderates is let go by an administrator, who sees to what they kept."""


def personal_data(reader: User) -> dict[str, Any]:
    """Everything kept about `reader`, ready for JSON.

    Secrets (passwords, keys) are not in it, and nobody else is.
    """
    kept: dict[str, Any] = {
        "made_at": timezone.now(),
        "from": settings.SITE_URL,
        "account": _account(reader),
        "sign_in_accounts": _rows(
            SocialAccount.objects.filter(user=reader),
            *("provider", "uid", "extra_data", "date_joined", "last_login"),
        ),
        "email_addresses": _rows(
            EmailAddress.objects.filter(user=reader), "email", "verified", "primary"
        ),
        "second_factors": _rows(
            Authenticator.objects.filter(user=reader), "type", "created_at", "last_used_at"
        ),
        "picture": _picture(reader),
        "logged_in": _rows(Session.objects.of(reader.pk), "device", "began_on"),
        "changes_to_the_account": _rows(_logged(reader), "action_time", "change_message"),
    }
    answers: list[tuple[Any, Any]] = personal_data_requested.send(sender=User, reader=reader)
    for _receiver, rows in answers:
        kept |= rows or {}
    return kept


def leave(reader: User, *, keeps_comments: bool) -> None:
    """Delete the account and all that hangs on it; comments stay without a name, or go.

    Raises StaffStays. Other browsers are signed out at once, and what their sessions held is gone.
    """
    with transaction.atomic():
        # Whoever became staff a moment ago is.
        locked = User.objects.select_for_update().get(pk=reader.pk)
        if locked.is_staff:
            raise StaffStays
        reader_leaving.send(sender=User, reader=locked, keeps_comments=keeps_comments)
        signing_out.everywhere(locked)
        # Each row repeats the name.
        _logged(locked).update(object_repr=f"@{locked.pk}")
        locked.delete()


def _account(reader: User) -> dict[str, Any]:
    return {
        "number": reader.pk,
        "user_name": reader.username,
        "name": reader.name,
        "name_was_chosen": reader.has_chosen_name,
        "email": reader.email,
        "joined_at": reader.date_joined,
        "last_login_at": reader.last_login,
        "has_password": reader.has_usable_password(),
        "is_staff": reader.is_staff,
    }


def _logged(reader: User) -> QuerySet[LogEntry]:
    """What was done about the account on the desk, by Django's own log."""
    users = ContentType.objects.get_for_model(User)
    return LogEntry.objects.filter(content_type=users, object_id=str(reader.pk))


def _picture(reader: User) -> dict[str, Any] | None:
    picture = Picture.objects.filter(reader=reader).first()
    if picture is None:
        return None
    return {
        "from": picture.provider,
        "asked_at": picture.asked_at,
        "image_webp_base64": base64.b64encode(bytes(picture.image)).decode(),
    }


def _rows(rows: QuerySet[Any], *fields: str) -> Rows:
    return list(rows.order_by("pk").values(*fields))
