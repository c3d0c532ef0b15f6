"""Signing in through an account a reader already has: the ways there are, and leaving for one."""

from dataclasses import dataclass
from typing import Any, Literal

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.authentication import get_authentication_records
from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.providers.catalogue import LABELS
from accounts.signals import sign_in_started
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address

NEXT = "sign_in_next"


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


def known_to_allauth_as(allauth_id: str) -> Provider | None:
    return next((p for p in available() if p.allauth_id == allauth_id), None)


def label_of(allauth_id: str) -> str:
    """What people call a provider, also one that this site no longer offers."""
    known = known_to_allauth_as(allauth_id)
    name = allauth_id.removeprefix("sandbox-").partition("_")[0]
    return known.label if known else LABELS.get(name, allauth_id)


def used_by(request: HttpRequest) -> Provider | None:
    """The provider this session came in through; None for a password."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    ids = [record["provider"] for record in records if "provider" in record]
    return known_to_allauth_as(ids[-1]) if ids else None


def offer(request: HttpRequest) -> None:
    """The page that answers `request` holds a form that ends at a provider."""
    request.offers_sign_in = True  # type: ignore[attr-defined] # ours


def is_offered(request: HttpRequest) -> bool:
    """Whether the page that answers `request` holds a form that ends at a provider."""
    return getattr(request, "offers_sign_in", False)


def own_path(request: HttpRequest, url: str, *, default: str = "/") -> str:
    """`url` when it leads to a page of this site, else `default`: nobody redirects off it."""
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours and is_whole(url) else default


def is_whole(url: str) -> bool:
    """Whether `url` says by itself where it leads, and not by the page that it stands on."""
    return url.startswith(("/", "http://", "https://"))


def leave_for(
    request: HttpRequest,
    provider: Provider,
    next_url: str,
    process: Literal["login", "connect"] = "login",
) -> HttpResponse:
    """Send the browser to the provider; what was typed so far waits for its return.

    `connect` adds the account that comes back to the present reader. Raises limits.TooFast: each
    start costs a session and, at the end, questions to somebody else's server.
    """
    keep_draft(request)
    limits.check(limits.SIGN_IN_BY_ADDRESS, address_key(client_address(request)))
    request.session[NEXT] = own_path(request, next_url)
    allauth_provider = get_adapter(request).get_provider(request, provider.allauth_id)
    response: HttpResponse = allauth_provider.redirect(
        request, process=process, next_url=request.session[NEXT]
    )
    return response


def way_back(request: HttpRequest) -> str:
    """The page somebody left to sign in; empty where nobody did, or in another browser."""
    return str(request.session.get(NEXT, ""))


def keep_draft(request: HttpRequest) -> None:
    """Whoever put a text field into the form keeps what was typed into it."""
    sign_in_started.send(sender=Provider, request=request)


def sign_out(request: HttpRequest) -> None:
    """Out, with what was typed so far kept for the guest that remains."""
    get_account_adapter(request).logout(request)
    keep_draft(request)
