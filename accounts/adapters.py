"""How allauth meets our accounts: readers come through a provider, nobody signs up by password."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest

from accounts.models import User

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Passwords are for staff, and an administrator makes those accounts."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """Suggest the provider's display name; keep no address: e-mail never joins accounts."""
        user: User = super().populate_user(request, sociallogin, data)
        names = (data.get("name"), data.get("first_name"), data.get("last_name"))
        user.name = (names[0] or " ".join(filter(None, names[1:])) or data.get("username") or "")[
            :245
        ]
        user.email = ""
        sociallogin.email_addresses = []
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """The page tells the reader what to do next; why it failed is for the log."""
        log.warning("sign-in through %s failed: %s %r", provider, error, exception)
