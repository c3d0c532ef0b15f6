"""WordPress.com's documented OAuth 2 endpoints. PKCE is not documented there and stays off."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2Adapter,
    OAuth2CallbackView,
    OAuth2LoginView,
)
from django.http import HttpRequest


class WordPressAdapter(OAuth2Adapter):
    provider_id = "wordpress"
    authorize_url = "https://public-api.wordpress.com/oauth2/authorize"
    access_token_url = "https://public-api.wordpress.com/oauth2/token"  # noqa: S105 # an address
    profile_url = "https://public-api.wordpress.com/rest/v1.1/me"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        # Tokens hold characters such as & ! $ %, so they go into the header and never into an URL.
        headers = {"Authorization": f"Bearer {token.token}"}
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, headers=headers)
            if not answer.ok:
                raise OAuth2Error(f"the profile was refused with {answer.status_code}")
            profile = answer.json()
        return self.get_provider().sociallogin_from_response(request, profile)


oauth2_login = OAuth2LoginView.adapter_view(WordPressAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(WordPressAdapter)
