"""What a provider tells about somebody, reduced to what we keep: a name and a picture's address.

Every provider spells it in its own way; these are the spellings of their documentation. Profiles
come from outside, so nothing here trusts their shape.
"""

from typing import Any

from accounts.names import cleaned

MAX_URL_LENGTH = 2000


def reduced(profile: Any) -> dict[str, str]:
    """`{"name": …, "picture": …}`, each empty where there is none; nothing else is stored."""
    if not isinstance(profile, dict):
        return {"name": "", "picture": ""}
    # OpenID Connect nests what it knows.
    claims = profile.get("userinfo") or profile.get("id_token") or profile
    claims = claims if isinstance(claims, dict) else {}
    return {"name": name_in(claims), "picture": picture_in(claims)}


def name_in(claims: dict[str, Any]) -> str:
    """The name shown there, else the parts of one, else the handle; never part of an address."""
    parts = [_text(claims.get(key)) for key in ("given_name", "family_name")]
    candidates = (
        _text(claims.get("display_name")),
        _text(claims.get("name")),
        " ".join(filter(None, parts)),
        _text(claims.get("username")),
        _text(claims.get("preferred_username")),
    )
    names = (cleaned(text) for text in candidates if "@" not in text)
    return next((name for name in names if name), "")


def picture_in(claims: dict[str, Any]) -> str:
    """The address of their picture; empty where it is a stand-in or no web address."""
    picture = claims.get("picture")
    if isinstance(picture, dict):  # Facebook: {"data": {"url": …, "is_silhouette": …}}
        inner = picture.get("data")
        picture = inner if isinstance(inner, dict) else {}
        picture = "" if picture.get("is_silhouette") else picture.get("url")
    url = _text(picture or claims.get("avatar_URL") or claims.get("profile_image_url"))
    # X links a thumbnail of 48 pixels; the same name without `_normal` is larger.
    url = url.replace("_normal.", "_400x400.") if "twimg.com/" in url else url
    is_address = url.startswith(("https://", "http://")) and len(url) <= MAX_URL_LENGTH
    return url if is_address else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
