"""Signing in through an account a reader already has: the ways there are, and leaving for one."""

from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.signals import sign_in_started

LABELS = {
    "wordpress": "WordPress.com",
    "twitter": "Twitter",
    "facebook": "Facebook",
    "google": "Google",
}


@dataclass(frozen=True)
class Provider:
    """One way to sign in: `name` is ours and stays; `allauth_id` is where allauth finds it."""

    name: str
    allauth_id: str

    @property
    def label(self) -> str:
        """What people call it."""
        return LABELS[self.name]

    @property
    def is_sandbox(self) -> bool:
        return self.allauth_id.startswith("sandbox-")

    @property
    def sign_in_url(self) -> str:
        return reverse("sign_in", args=[self.name])


def available() -> list[Provider]:
    """The providers this site has keys for (or the sandbox's four), in the form's order."""
    return [Provider(name, allauth_id) for name, allauth_id in settings.SIGN_IN_PROVIDERS.items()]


def named(name: str) -> Provider | None:
    """The available provider called `name`."""
    return next((provider for provider in available() if provider.name == name), None)


def used_by(request: HttpRequest) -> Provider | None:
    """The provider this session came in through; None for a password."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    ids = [record["provider"] for record in records if "provider" in record]
    return next((p for p in available() if ids and p.allauth_id == ids[-1]), None)


def own_path(request: HttpRequest, url: str, *, default: str = "/") -> str:
    """`url` when it leads to a page of this site, else `default`: nobody redirects off it."""
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else default


def leave_for(request: HttpRequest, provider: Provider, next_url: str) -> HttpResponse:
    """Send the browser to the provider; what was typed so far waits for its return."""
    sign_in_started.send(sender=Provider, request=request)
    allauth_provider = get_adapter(request).get_provider(request, provider.allauth_id)
    response: HttpResponse = allauth_provider.redirect(
        request, process="login", next_url=own_path(request, next_url)
    )
    return response
