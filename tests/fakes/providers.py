"""Where the providers' servers stand in a test: calls to their real addresses end at a local one.

The product's provider classes run unchanged. What asks Google asks Google's address, and this
adapter's transport carries the question to the stand-in instead; a question to an address that no
provider has fails, so nothing ever leaves this machine.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter

from accounts.adapters import SocialAccountAdapter

TOKEN_ADDRESSES = {
    "wordpress": "https://public-api.wordpress.com/oauth2/token",
    "twitter": "https://api.x.com/2/oauth2/token",
    "facebook": "https://graph.facebook.com/v23.0/oauth/access_token",
    "google": "https://oauth2.googleapis.com/token",
}
PROFILE_ADDRESSES = {
    "wordpress": "https://public-api.wordpress.com/rest/v1.1/me",
    "twitter": "https://api.x.com/2/users/me",
    "facebook": "https://graph.facebook.com/v23.0/me",
    "google": "https://www.googleapis.com/oauth2/v2/userinfo",
}
AUTHORIZE_ADDRESSES = {
    "wordpress": "https://public-api.wordpress.com/oauth2/authorize",
    "twitter": "https://x.com/i/oauth2/authorize",
    "facebook": "https://www.facebook.com/v23.0/dialog/oauth",
    "google": "https://accounts.google.com/o/oauth2/v2/auth",
}
TOKEN_PATH = "/oauth2/token"
PROFILE_PATH = "/userinfo"


class Detour(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        address = urlsplit(str(request.url))
        plain = address._replace(query="").geturl()
        query = address.query
        if plain in TOKEN_ADDRESSES.values():
            path = TOKEN_PATH
            if request.method == "GET":
                # Facebook's tokens are asked for by GET, and the stand-in takes POST.
                request.method = "POST"
                request.headers["Content-Type"] = "application/x-www-form-urlencoded"
                request.prepare_body(dict(parse_qsl(query)), None)
                query = ""
        elif plain in PROFILE_ADDRESSES.values():
            path = PROFILE_PATH
            token = dict(parse_qsl(query)).get("access_token")
            if token:
                request.headers["Authorization"] = f"Bearer {token}"
        else:
            raise requests.ConnectionError(f"no provider is at {plain}")
        request.url = f"{settings.STAND_IN_URL}{path}?{query}"
        return super().send(request, *args, **kwargs)


class DetouredAdapter(SocialAccountAdapter):
    def get_requests_session(self) -> requests.Session:
        session: requests.Session = super().get_requests_session()
        session.trust_env = False
        session.mount("https://", Detour())
        return session


def asked_for(location: str) -> dict[str, str]:
    """The questions in the address that a browser is sent to."""
    return dict(parse_qsl(urlsplit(location).query))


def with_query(url: str, **more: str) -> str:
    address = urlsplit(url)
    return address._replace(query=urlencode({**dict(parse_qsl(address.query)), **more})).geturl()
