"""Coming in through each provider: the keys a site has, and the steps of a sign-in."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.providers import catalogue
from tests.fakes import origins
from tests.fakes.providers import PROFILE_PATH, TOKEN_PATH, asked_for

PROVIDERS = ["wordpress", "twitter", "facebook", "google"]
JSON = [("Content-Type", "application/json")]
SECRET = "a-secret"


def profile_of(provider: str, number: int = 7, name: str = "Ada Lovelace", **more: Any) -> Any:
    """What each provider's documentation says its profile looks like, e-mail address included."""
    email = more.pop("email", "ada@example.org")
    shapes: dict[str, Any] = {
        "wordpress": {
            "ID": number,
            "display_name": name,
            "username": "adalovelace",
            "email": email,
            "email_verified": True,
            "verified": True,
            "avatar_URL": "https://0.gravatar.com/avatar/x?s=96&d=identicon",
            "profile_URL": "https://gravatar.com/adalovelace",
            "token_scope": ["auth"],
            "meta": {"links": {"self": "https://public-api.wordpress.com/rest/v1.1/me"}},
        },
        "twitter": {
            "data": {
                "id": str(number),
                "name": name,
                "username": "adalovelace",
                "profile_image_url": "https://pbs.twimg.com/profile_images/1/x_normal.jpg",
                **more,
            }
        },
        "facebook": {
            "id": str(number),
            "name": name,
            "email": email,
            "picture": {
                "data": {
                    "height": 320,
                    "is_silhouette": False,
                    "url": "https://scontent.example/x.jpg",
                    "width": 320,
                }
            },
        },
        "google": {
            "id": str(number),
            "name": name,
            "given_name": name.partition(" ")[0],
            "family_name": name.rpartition(" ")[2],
            "email": email,
            "verified_email": True,
            "picture": "https://lh3.googleusercontent.com/a/x",
        },
    }
    shape = shapes[provider]
    return shape if provider == "twitter" else {**shape, **more}


def as_json(value: Any, *, status: int = 200) -> origins.Behaviour:
    return origins.answer(json.dumps(value).encode(), status=status, headers=JSON)


@dataclass
class World:
    """The providers as one local server, and what it was asked."""

    server: origins.Origin
    start_url: str = field(default="/2011/01/11/a-post/#respond")

    def tells(self, profile: Any, *, status: int = 200) -> None:
        self.server.serve(PROFILE_PATH, as_json(profile, status=status))

    def gives_tokens(self, answer: Any = None, *, status: int = 200) -> None:
        # As WordPress.com's look, which may stand in no address.
        token = answer or {"access_token": "t&o!k$e%n#", "token_type": "bearer", "scope": "auth"}
        self.server.serve(TOKEN_PATH, as_json(token, status=status))

    def asked_of_tokens(self) -> dict[str, str]:
        visits = [visit for visit in self.server.visits if visit.path.startswith(TOKEN_PATH)]
        return dict(parse_qsl(visits[-1].body.decode()))

    def start(self, client: Client, provider: str, **post: str) -> dict[str, str]:
        """Press the button; gives what the provider is asked (client_id, state, scope …)."""
        answer = client.post(f"/accounts/sign-in/{provider}/", {"next": self.start_url, **post})
        assert answer.status_code == 302, answer.content
        return {"location": answer["Location"], **asked_for(answer["Location"])}

    def come_back(self, client: Client, provider: str, state: str, **query: str) -> HttpResponse:
        asked = query or {"code": "a-code"}
        answer: Any = client.get(callback(provider), {"state": state, **asked})
        return answer

    def sign_in(
        self, client: Client, provider: str, profile: Any = None, **post: str
    ) -> HttpResponse:
        """The whole way, with what the provider then tells; gives the callback's answer."""
        self.tells(profile if profile is not None else profile_of(provider))
        asked = self.start(client, provider, **post)
        return self.come_back(client, provider, asked["state"])


def sign_in_lately(client: Client, user: Any, *, seconds_ago: float = 0) -> Client:
    """Signed in, and so long ago somebody last showed that it is them."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() - seconds_ago}
    ]
    session.save()
    return client


def callback(provider: str) -> str:
    allauth_id = {"twitter": "twitter_oauth2"}.get(provider, provider)
    return f"/accounts/{allauth_id}/login/callback/"


@pytest.fixture
def all_providers(settings: Settings) -> Callable[[str], None]:
    """Gives this site keys for all four providers, whose servers then stand at an address."""

    def stand_at(url: str) -> None:
        offered = catalogue.real({name: (f"{name}-id", SECRET) for name in PROVIDERS})
        settings.SIGN_IN_PROVIDERS = offered.providers
        settings.SOCIALACCOUNT_PROVIDERS = offered.allauth
        settings.SIGN_IN_ORIGINS = offered.origins
        settings.SOCIALACCOUNT_ADAPTER = "tests.fakes.providers.DetouredAdapter"
        settings.STAND_IN_URL = url

    return stand_at


@pytest.fixture
def world(all_providers: Callable[[str], None]) -> Iterator[World]:
    with origins.Origin() as server:
        all_providers(server.url)
        world = World(server)
        world.gives_tokens()
        yield world
