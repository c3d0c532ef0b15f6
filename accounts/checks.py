"""What an owner should know about how people sign in here."""

from collections.abc import Sequence

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from accounts.providers.catalogue import LABELS

DUMMY = "allauth.socialaccount.providers.dummy"


@register(Tags.security)
def check_half_configured(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """A provider with an ID and no secret, or the other way round, stays away without a word."""
    return [
        checks.Warning(
            f"{LABELS[name]} has {'an ID but no secret' if client_id else 'a secret but no ID'}.",
            hint=f"Set both {name.upper()}_CLIENT_ID and {name.upper()}_CLIENT_SECRET, or neither.",
            id="accounts.W001",
        )
        for name, (client_id, secret) in settings.PROVIDER_KEYS.items()
        if bool(client_id) != bool(secret)
    ]


@register(Tags.security)
def check_nobody_walks_in(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    if settings.DEBUG or not apps.is_installed(DUMMY):
        return []
    hint = "It lets everybody sign in as anybody. Remove it."
    return [Error("allauth's dummy provider is installed.", hint=hint, id="accounts.E001")]


@register(Tags.security, deploy=True)
def check_second_factor(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    if settings.STAFF_NEEDS_MFA:
        return []
    return [
        checks.Warning(
            "Staff may work without a second factor.",
            hint="A stolen password opens the desk. Set STAFF_NEEDS_MFA=on.",
            id="accounts.W002",
        )
    ]
