"""WordPress.com as a sign-in provider: who somebody is there, and nothing else.

Source: developer.wordpress.com, "OAuth2 Authentication" and "WordPress.com Connect"; the profile is
`GET /rest/v1.1/me`.
"""

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount, ProviderException
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from accounts.providers.wordpress.views import WordPressAdapter


class WordPressAccount(ProviderAccount):
    def get_avatar_url(self) -> str | None:
        return self.account.extra_data.get("avatar_URL") or None

    def get_profile_url(self) -> str | None:
        return self.account.extra_data.get("profile_URL") or None


class WordPressProvider(OAuth2Provider):
    id = "wordpress"
    name = "WordPress.com"
    account_class = WordPressAccount
    oauth2_adapter_class = WordPressAdapter

    def get_default_scope(self) -> list[str]:
        """`auth` opens `/me` alone; every other scope opens somebody's blogs to us."""
        return ["auth"]

    def extract_uid(self, data: Any) -> str:
        """The numeric ID, as text: names and addresses change hands there, the number never does.

        Raises ProviderException where it is missing, empty or no number.
        """
        number = data.get("ID") if isinstance(data, dict) else None
        digits = str(number) if isinstance(number, int | str) and number is not True else ""
        if not (digits.isascii() and digits.isdigit() and int(digits) > 0):
            raise ProviderException("WordPress.com answered without a numeric ID")
        return str(int(digits))

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"name": data.get("display_name"), "username": data.get("username")}


provider_classes = [WordPressProvider]
