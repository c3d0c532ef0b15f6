"""How allauth meets our accounts: readers come through a provider, nobody signs up by password."""

import logging
import secrets
import threading
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import joining, profiles, proving, signing_in, throttling
from accounts.models import User
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address

log = logging.getLogger(__name__)

# A quarter of the web server's threads: so many at most wait for providers that hang, and readers
# go on being answered by the others.
MOST_AT_PROVIDERS = 4
_at_providers = threading.BoundedSemaphore(MOST_AT_PROVIDERS)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Passwords are for staff, and an administrator makes those accounts."""
        return False

    def logout(self, request: HttpRequest) -> None:
        """A draft outlives a change of account: whoever changes wrote it a moment ago."""
        drafts = {key: value for key, value in request.session.items() if key.endswith("_draft")}
        super().logout(request)
        request.session.update(drafts)

    def is_safe_url(self, url: str | None) -> bool:
        """A page of this site, by an address that says so by itself."""
        return signing_in.is_whole(url or "") and bool(super().is_safe_url(url))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Asks by our measure: allauth never asks whoever comes in through a site alone."""
        proving.require(context.request)
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """A password or a factor; for who has neither, a site. See accounts.passwords."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and not user.is_staff:
            methods = [each for each in methods if each["id"] != "reauthenticate"]
        if methods or not user.is_authenticated or not proving.providers_of(user):
            return methods
        words = _("Log in once more")
        return [{"id": "prove", "description": words, "url": reverse("prove")}]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        throttling.before_password(request, str(credentials.get("username", "")))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user:
            throttling.right_password(request, str(credentials.get("username", "")))
        return user

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: Any, signup: Any
    ) -> None:
        """No mailbox is filled through us, whoever asks: reader, guest, or one of many accounts."""
        email = emailconfirmation.email_address.email
        limits.check(limits.CONFIRMATION_BY_EMAIL, email.casefold())
        super().send_confirmation_mail(request, emailconfirmation, signup)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Of this site, whatever the asker called it: a mail leads nowhere that they chose."""
        return self._here(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return self._here(super().get_email_confirmation_url(request, emailconfirmation))

    @staticmethod
    def _here(url: str) -> str:
        return f"{settings.SITE_URL}{urlsplit(url).path}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """The whole site sees one address of whoever asks."""
        return client_address(request)

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("me")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": _(
            "This is your only way in. Add another one first, or delete your account."
        ),
        "connected_other": _("That account belongs to another reader here."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """Suggest the provider's name, and drop all else before anything is stored.

        Runs for every sign-in before the account is looked up, so that what is written for somebody
        who comes back is the reduced profile, too. No address is kept: e-mail never joins accounts.
        """
        profile = profiles.reduced(sociallogin.account.extra_data)
        user: User = sociallogin.user
        user.username = f"reader-{secrets.token_hex(8)}"
        user.name = profile["name"]
        user.email = ""
        sociallogin.email_addresses = []
        sociallogin.account.extra_data = profile
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Somebody signed in who comes with an unknown account is asked what they mean."""
        if sociallogin.state.get("process") == AuthProcess.REDIRECT:
            return proving.hear(request, sociallogin)
        is_connecting = sociallogin.state.get("process") == "connect"
        if request.user.is_authenticated and not is_connecting and not sociallogin.is_existing:
            raise ImmediateHttpResponse(joining.ask(request, sociallogin))
        return None

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        limits.check(limits.SIGN_UP_BY_ADDRESS, address_key(client_address(request)))
        # Of two callbacks at once for one new account the second fails whole, and leaves no reader
        # behind whom nobody can be.
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
        return user

    def validate_disconnect(self, account: SocialAccount, accounts: QuerySet[Any]) -> None:
        """A password that opens nothing is no way in; see accounts.passwords."""
        if not account.user.is_staff and not accounts.exclude(pk=account.pk).exists():
            raise self.validation_error("no_password")

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("me")

    def get_requests_session(self) -> Any:
        """What asks a provider, for at most SOCIALACCOUNT_REQUESTS_TIMEOUT seconds, in turn."""
        session = super().get_requests_session()
        ask = session.request

        def ask_in_turn(*args: Any, **kwargs: Any) -> Any:
            if not _at_providers.acquire(blocking=False):
                raise OAuth2Error("too many are waiting for providers")
            try:
                return ask(*args, **kwargs)
            finally:
                _at_providers.release()

        session.request = ask_in_turn
        return session

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """The page tells the reader what to do next; why it failed is for the log."""
        log.warning(
            "sign-in through %s failed: %s %r %s",
            provider,
            error,
            exception,
            request.GET.get("error", "")[:100],
        )
