"""The sign-in providers this product knows, and what allauth must hear about each.

No Django in here: the settings file reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Known:
    """`name` is ours and stays; `allauth_id` is where allauth finds the provider, in `app`.

    `origins` are where its pages live: a browser lets our forms lead there and nowhere else.
    """

    name: str
    label: str
    allauth_id: str
    app: str
    origins: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


# In the order the form shows them. PKCE: Google and X take it; Facebook's token request is a GET,
# and there allauth sends the challenge but never the verifier; WordPress.com documents none.
KNOWN = (
    Known(
        "wordpress",
        "WordPress.com",
        "wordpress",
        "accounts.providers.wordpress",
        ("https://public-api.wordpress.com", "https://wordpress.com"),
    ),
    Known(
        "twitter",
        "Twitter",
        "twitter_oauth2",
        "allauth.socialaccount.providers.twitter_oauth2",
        ("https://x.com", "https://twitter.com"),
        {"FIELDS": ["id", "name", "username", "profile_image_url"]},
    ),
    Known(
        "facebook",
        "Facebook",
        "facebook",
        "allauth.socialaccount.providers.facebook",
        ("https://www.facebook.com", "https://m.facebook.com"),
        {
            "METHOD": "oauth2",
            "SCOPE": ["public_profile"],
            "FIELDS": ["id", "name", "picture.width(320).height(320)"],
            "OAUTH_PKCE_ENABLED": False,
            "VERSION": "v23.0",
        },
    ),
    Known(
        "google",
        "Google",
        "google",
        "allauth.socialaccount.providers.google",
        ("https://accounts.google.com",),
        {"SCOPE": ["profile"], "OAUTH_PKCE_ENABLED": True},
    ),
)
LABELS = {known.name: known.label for known in KNOWN}

Keys = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class SignIn:
    """The ways in that a site offers, as the settings file needs them."""

    providers: dict[str, str]
    allauth: dict[str, Any]
    apps: list[str]
    origins: list[str]


def keys(read: Callable[[str, str], str]) -> dict[str, tuple[str, str]]:
    """Each provider's ID and secret as the environment names them; empty where it does not."""
    found = {}
    for known in KNOWN:
        prefix = known.name.upper()
        secret = read(f"{prefix}_CLIENT_SECRET", "") or read(f"{prefix}_SECRET", "")
        found[known.name] = (read(f"{prefix}_CLIENT_ID", "").strip(), secret.strip())
    return found


def real(keys: Keys) -> SignIn:
    """Every provider whose ID and secret are both there."""
    offered = [known for known in KNOWN if all(keys.get(known.name, ("", "")))]
    return SignIn(
        providers={known.name: known.allauth_id for known in offered},
        allauth={
            known.allauth_id: {**known.options, "APPS": [_app(known, *keys[known.name])]}
            for known in offered
        },
        apps=[known.app for known in offered],
        origins=[origin for known in offered for origin in known.origins],
    )


def sandboxed(url: str) -> SignIn:
    """All of them, each answered by the development sandbox at `url`.

    The ids begin with `sandbox-`, so that no such account ever matches a real provider's.
    """
    apps = [
        {
            "provider_id": f"sandbox-{known.name}",
            "name": f"{known.label} (sandbox)",
            "client_id": f"SANDBOX-not-the-real-{known.label}",
            "secret": "not-a-secret",
            "settings": {"server_url": url},
        }
        for known in KNOWN
    ]
    return SignIn(
        providers={known.name: f"sandbox-{known.name}" for known in KNOWN},
        allauth={"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": apps}},
        apps=[],
        origins=[url],
    )


def _app(known: Known, client_id: str, secret: str) -> dict[str, str]:
    return {"name": known.label, "client_id": client_id, "secret": secret}
