"""What must not reach production: the sandbox itself, and any identity provider like it."""

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def check_identity_providers(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """Errors where strangers could sign in as anybody although DEBUG is off."""
    if settings.DEBUG:
        return []
    errors: list[CheckMessage] = []
    if apps.is_installed("accounts.sandbox"):
        errors.append(
            Error(
                "The sign-in sandbox is installed although DEBUG is off.",
                hint="It lets everybody sign in as anybody. Remove accounts.sandbox.",
                id="sandbox.E001",
            )
        )
    errors += [
        Error(
            f"The identity provider {address} cannot be trusted.",
            hint="With DEBUG off an OpenID Connect provider needs https and a public name.",
            id="sandbox.E002",
        )
        for address in openid_addresses()
        if not is_trustworthy(address)
    ]
    return errors


def openid_addresses() -> Iterable[str]:
    providers = getattr(settings, "SOCIALACCOUNT_PROVIDERS", {})
    for app in providers.get("openid_connect", {}).get("APPS", []):
        yield app.get("settings", {}).get("server_url", "")


def is_trustworthy(address: str) -> bool:
    """https, and not this very machine."""
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not host or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
