"""Whatever address is given as the next one, nobody is led to another site."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import AdministratorFactory
from tests.signing_in import World

pytestmark = pytest.mark.django_db

# Ways in which browsers and servers have been made to disagree about where an address leads.
# Source: WHATWG URL Standard, 4.4 (what a parser strips and takes for a slash); OWASP,
# "Unvalidated Redirects and Forwards".
ELSEWHERE: list[str] = json.loads(Path(__file__).with_name("elsewhere.json").read_text("utf-8"))


def stays_here(location: str) -> bool:
    """As a browser reads it: one leading slash and no second in any disguise, or our own host."""
    if set(location) & set("\r\n\t\0\\"):
        return False
    if location.startswith(("http://testserver/", "http://testserver?")):
        return True
    return location.startswith(("/", "?")) and not location.startswith("//")


def led(answer: object) -> str:
    return getattr(answer, "headers", {}).get("Location", "/")


@pytest.fixture
def member(world: World) -> User:
    user: User = AdministratorFactory(username="ada")
    user.set_password("a long enough pass phrase")
    user.save()
    return user


def test_there_are_enough() -> None:
    assert len(set(ELSEWHERE)) >= 48


@pytest.mark.parametrize("place", ELSEWHERE)
def test_no_door_leads_elsewhere(member: User, place: str) -> None:
    client = Client()
    answers = [
        client.get("/accounts/login/", {"next": place}),
        client.post("/accounts/sign-out/", {"next": place}),
        client.post("/accounts/login/", {"login": "nobody", "password": "x", "next": place}),
        client.get("/admin/login/", {"next": place}),
    ]
    client.force_login(member)
    answers += [
        client.get("/accounts/login/", {"next": place}),
        client.get("/accounts/reauthenticate/", {"next": place}),
        client.post("/accounts/sign-out/", {"next": place}),
    ]
    client.force_login(member)
    answers.append(client.post("/accounts/logout/", {"next": place}))
    word = {"login": "ada", "password": "a long enough pass phrase", "next": place}
    answers.append(Client(REMOTE_ADDR="192.0.2.9").post("/accounts/login/", word))
    assert [led(answer) for answer in answers if not stays_here(led(answer))] == []
    assert all(answer.status_code < 500 for answer in answers)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_no_page_offers_a_link_elsewhere(world: World, place: str) -> None:
    for path in ("/accounts/sign-in/", "/accounts/sign-in/google/"):
        page = Client().get(path, {"next": place}).content.decode()
        offered = re.findall(r'(?:href|value|action)="([^"]*)"', page)
        evil = [unescape(text) for text in offered if "evil" in text or "javascript" in text]
        assert [text for text in evil if not stays_here(text)] == []


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/",
        "///evil.example/..",
        "/\\evil.example",
        "/%5cevil.example",
        "/%2fevil.example",
        "/es//evil.example",
        "/es/%2f%2fevil.example",
        "/es//",
        "//es",
        "/.//evil.example",
        "/?p=//evil.example",
        "/?p=-1",
        "/?p=1e9",
        "/evil.example/%2e%2e",
    ],
)
def test_no_path_is_turned_into_a_host(db: None, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code in (200, 301, 302, 404)
    assert stays_here(led(answer))
