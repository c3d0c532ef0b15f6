"""A second factor: how its secrets are kept, and when staff may go on without one."""

import base64
import logging
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import User

log = logging.getLogger(__name__)

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_missing(request: HttpRequest, user: User | AnonymousUser) -> bool:
    """Whether `user` must prove a second factor before doing staff's work, and did not here."""
    needs_one = settings.STAFF_NEEDS_MFA and user.is_authenticated and user.is_staff
    return bool(needs_one and not _was_used(request, user))


def has_one(user: User) -> bool:
    """An authenticator app or a passkey; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def marked(request: HttpRequest, user: User | AnonymousUser) -> User | AnonymousUser:
    """`user` as this session may act: without the second factor that staff need, as a reader.

    Their powers outside the desk (drafts, articles with a password, comments that nobody screens)
    are asked for by permission, and whoever is unproven has none. No query.
    """
    if isinstance(user, User):
        user.is_unproven = is_missing(request, user)
    return user


def _was_used(request: HttpRequest, user: Any) -> bool:
    """Whether this session came in with a second factor, however else it came in."""
    records = get_authentication_records(request, user)
    return any(record["method"] == "mfa" for record in records)


@receiver(authenticator_added)
def count_setting_up_as_use(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Setting one up proves it: a right code was typed, or the key was touched."""
    if authenticator.type in FACTORS:
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=str(authenticator.type)
        )


def spend(user: User, code: str) -> bool:
    """Whether nobody used this right `code` of theirs before (RFC 6238, section 5.2).

    allauth remembers it for one step, but with a tolerance it is right for longer.
    """
    steps = 2 * app_settings.TOTP_TOLERANCE + 1
    key = f"second-factor-spent:{user.pk}:{normalize_user_code(code)}"
    return bool(cache.add(key, "y", timeout=steps * app_settings.TOTP_PERIOD))


class Adapter(DefaultMFAAdapter):
    """Secrets are encrypted with a key derived from SECRET_KEY: a stolen backup opens no desk."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Where SECRET_KEY was lost no code is right any more; recovery is an administrator's."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.error("a second factor was stored under another SECRET_KEY and opens nothing now")
            # Never an empty secret: its codes could be computed by anybody.
            unknown: str = generate_totp_secret()
            return unknown


# What allauth encrypts of a factor: the app's secret, the recovery codes' seed, or the codes.
ENCRYPTED = ("secret", "seed")
ENCRYPTED_LISTS = ("migrated_codes",)


def reencrypt() -> tuple[int, int]:
    """Encrypt every factor with SECRET_KEY, whatever key it has now; how many were, and are lost.

    One row, one transaction: whoever signs in meanwhile waits for an instant, and nobody's used
    recovery codes come back.
    """
    done = lost = 0
    encrypted = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    for number in encrypted.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=number).first()
            if row is None:
                continue
            try:
                row.data = _rotated(row.data)
            except InvalidToken:
                lost += 1
                continue
            row.save(update_fields=["data"])
            done += 1
    return done, lost


def _rotated(data: dict[str, Any]) -> dict[str, Any]:
    cipher = _cipher()

    def rotate(token: str) -> Any:
        return cipher.rotate(token.encode()).decode()

    singles = {name: rotate(data[name]) for name in ENCRYPTED if name in data}
    lists = {
        name: [rotate(each) for each in data[name]] for name in ENCRYPTED_LISTS if name in data
    }
    return {**data, **singles, **lists}


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret: str | bytes) -> bytes:
    digest = salted_hmac("accounts.second_factor", "", secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest)
