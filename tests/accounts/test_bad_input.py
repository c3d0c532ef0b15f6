"""Whatever is sent to whichever of our addresses, the answer is for people and never a 500."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import AdministratorFactory
from tests.signing_in import World, profile_of

pytestmark = pytest.mark.django_db

JUNK = {
    "name": "\u202e" * 10,
    "answer": "x",
    "account": "9" * 30,
    "next": "//evil.example/\n",
    "comment": "\ud7ff" * 7_000,
    "signed_request": "é.é",
    "email": "x" * 400,
    "code": "\u0661" * 6,
    "credential": '{"id": []}',
    "confirmation": "x",
    "comments": "neither",
    "login": "x\u200b",
    "password": "x" * 5000,
    "action_add": "",
}
FILLERS = {
    "slug": "google",
    "int": "99999999999999999999",
    "str": "x%0A%E2%80%AE",
    "": "sandbox-x",
}


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    """Every address below /accounts/, its variables filled with something odd."""
    found = []
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, prefix + route)
        elif not route.startswith("^"):
            found.append(prefix + filled(route))
    return found


def filled(route: str) -> str:
    for part in route.split("<")[1:]:
        variable = part.partition(">")[0]
        kind = variable.partition(":")[0] if ":" in variable else "str"
        route = route.replace(f"<{variable}>", FILLERS.get(kind, "x"))
    return route


ALL = sorted({f"/{a}" for a in addresses(get_resolver().url_patterns) if a.startswith("accounts/")})


def test_there_are_many() -> None:
    assert len(ALL) > 50


@pytest.mark.parametrize("is_staff", [None, True], ids=["stranger", "staff"])
def test_no_address_breaks(world: World, is_staff: bool | None) -> None:
    world.tells(profile_of("google"))
    client = Client(raise_request_exception=False)
    moderator = AdministratorFactory() if is_staff else None
    broken = []
    for address in ALL:
        for method in ("get", "post"):
            if moderator and "_auth_user_id" not in client.session:
                client.force_login(moderator)
            answer = getattr(client, method)(address, JUNK)
            if answer.status_code >= 500:
                broken.append(f"{method} {address}: {answer.status_code}")
    assert broken == []
