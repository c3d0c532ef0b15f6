"""Every limit is reached through the front door, says when to come back, and is not talked past.

One line for each limit; a new one without a line here fails.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xmlrpc.client import Fault, ResponseError, dumps, loads

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from comments.models import Comment
from polarisblog.network import limits
from polarisblog.network.limits import Limit
from posts.models import Post
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.processes import ROOT
from tests.signing_in import World, profile_of, sign_in_lately

pytestmark = pytest.mark.django_db

WORDS = "Words that took a while to find"
PASSWORD = "a long enough pass phrase"
EVERY_LIMIT = {limit.name: limit for limit in vars(limits).values() if isinstance(limit, Limit)}


@dataclass
class Site:
    """What the attempts are made at."""

    world: World
    post: Post
    locked: Post
    comment: Comment
    staff: User
    reader: User

    def signed_in(self, user: User) -> Client:
        return sign_in_lately(Client(), user)


@pytest.fixture
def site(world: World) -> Site:
    world.tells(profile_of("google"))
    locked = PostFactory()
    locked.protect("open sesame")
    locked.save()
    staff = AdministratorFactory(email="staff@example.org")
    staff.set_password(PASSWORD)
    staff.save()
    TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    return Site(world, PostFactory(), locked, CommentFactory(), staff, UserFactory())


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-01-11 12:00:00+00:00", tick=False) as coordinates:
        yield coordinates


def neighbour(number: int, household: int = 1) -> str:
    """One of the addresses that a household has for itself."""
    return f"2001:db8:0:{household:x}::{number + 1:x}"


def forged(number: int) -> dict[str, str]:
    """What a client may claim to be, another one each time."""
    address = f"203.0.113.{number % 250 + 1}"
    return {
        "HTTP_X_FORWARDED_FOR": f"{address}, 198.51.100.{number % 250 + 1}:4711",
        "HTTP_X_REAL_IP": address,
        "HTTP_FORWARDED": f"for={address};proto=https",
        "HTTP_CF_CONNECTING_IP": address,
        "HTTP_TRUE_CLIENT_IP": address,
        "HTTP_X_CLIENT_IP": address,
        "HTTP_CLIENT_IP": address,
    }


Act = Callable[[Site, int, dict[str, Any]], Any]


def posted(path: str, form: Callable[[Site, int], dict[str, Any]], who: str = "") -> Act:
    """A form sent to `path` (of whose places `{site…}` holds the values) by a guest or by `who`."""

    def act(site: Site, number: int, extra: dict[str, Any]) -> Any:
        client = site.signed_in(getattr(site, who)) if who else Client()
        return client.post(path.format(site=site), form(site, number), **extra)

    return act


def respond(site: Site, number: int, extra: dict[str, Any], client: Client | None = None) -> Any:
    form = {"comment": f"{WORDS}, {number}", "author": "Ada"}
    url = f"{site.post.get_absolute_url()}respond/"
    return (client or Client()).post(url, form, **extra)


def respond_as_reader(site: Site, number: int, extra: dict[str, Any]) -> Any:
    return respond(site, number, extra, site.signed_in(site.reader))


def report(site: Site, number: int, extra: dict[str, Any]) -> Any:
    # Each about another one: enough reports take a comment away.
    form = {"reason": "harm", "words": WORDS}
    return Client().post(f"/comments/{CommentFactory().pk}/report/", form, **extra)


def search(site: Site, number: int, extra: dict[str, Any]) -> Any:
    return Client().get("/search/", {"q": f"words {number}"}, **extra)


def sign_up(site: Site, number: int, extra: dict[str, Any]) -> Any:
    client = Client(**extra)
    # Starting has a limit of its own; so does each household here.
    return site.world.sign_in(client, "google", profile_of("google", number + 100))


def ping(site: Site, number: int, extra: dict[str, Any]) -> Any:
    target = "http://testserver/nothing-here/"
    body = dumps((f"http://blog{number}.example/", target), "pingback.ping")
    return Client().post("/xmlrpc.php", body, content_type="text/xml", **extra)


def trackback(site: Site, number: int, extra: dict[str, Any]) -> Any:
    url = f"{site.post.get_absolute_url()}trackback/"
    return Client().post(url, {"url": "not an address"}, **extra)


def mention(host: str, target: str = "http://testserver/nothing-here/") -> Act:
    def act(site: Site, number: int, extra: dict[str, Any]) -> Any:
        at = target.format(site=site)
        form = {"source": f"http://{host.format(number)}/{number}", "target": at}
        return Client().post("/webmention/", form, **extra)

    return act


def fixed(**form: Any) -> Callable[[Site, int], dict[str, Any]]:
    return lambda site, number: form


def log_in(name: str) -> Callable[[Site, int], dict[str, Any]]:
    return lambda site, number: {"login": name.format(site=site, number=number), "password": "no"}


def numbered(site: Site, number: int) -> dict[str, Any]:
    return {"email": f"a{number}@example.org", "kinds": ["post"]}


TO_STAFF, TO_ADA = fixed(email="staff@example.org"), fixed(email="a@example.org", kinds=["post"])
LOG_IN, LOCKED = "/accounts/login/", "{site.locked.dated_path}"
FOLLOW, PREVIEW = "{site.post.dated_path}follow/", "{site.post.dated_path}respond/preview/"
LIKE = "/comments/{site.comment.pk}/like/"
NOTE, DOWNLOAD, SIGN_IN = "/comments/note/", "/accounts/me/download/", "/accounts/sign-in/google/"
NEW_PASSWORD, CHANGE = "/accounts/password/reset/", "/accounts/password/change/"
PROVE, CODE = "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/"
STAFF, ANYBODY = "{site.staff.username}", "somebody{number}"
WRITTEN = "http://testserver{site.post.dated_path}"

# How it is reached, and whether it counts askers by their address.
ATTEMPTS: dict[str, tuple[Act, bool]] = {
    "comment-by-address": (respond, True),
    "comment-by-reader": (respond_as_reader, False),
    "preview": (posted(PREVIEW, fixed(comment=WORDS)), True),
    "like": (posted(LIKE, fixed()), True),
    "private-note": (posted(NOTE, fixed(words=WORDS, answer="no")), True),
    "report": (report, True),
    "subscribe-by-address": (posted(FOLLOW, numbered), True),
    "confirmation-by-email": (posted(FOLLOW, TO_ADA), False),
    "search": (search, True),
    "export": (posted(DOWNLOAD, fixed(), "reader"), False),
    "post-password": (posted(LOCKED, fixed(password="no")), True),
    "sign-in-by-address": (posted(SIGN_IN, fixed(next="/")), True),
    "log-in-by-address": (posted(LOG_IN, log_in(ANYBODY)), True),
    "wrong-password": (posted(LOG_IN, log_in(STAFF)), True),
    "wrong-password-by-account": (posted(LOG_IN, log_in(STAFF)), False),
    "wrong-code": (posted(CODE, fixed(code="000000"), "staff"), False),
    "prove-by-reader": (posted(PROVE, fixed(password="no"), "staff"), False),
    "new-password-by-address": (posted(NEW_PASSWORD, numbered), True),
    "new-password-by-email": (posted(NEW_PASSWORD, TO_STAFF), False),
    "account-change": (posted(CHANGE, fixed(oldpassword="no"), "staff"), False),
    "sign-up-by-address": (sign_up, True),
    "pingback-by-address": (ping, True),
    "trackback-by-address": (trackback, True),
    "webmention-by-address": (mention("blog{}.example"), True),
    "linkback-by-source-host": (mention("victim.example", WRITTEN), False),
}
# Where the answer is in the protocol's own words.
MACHINES = {name for name in ATTEMPTS if re.search("back-|mention", name)}
# Where somebody's words are in the form, and are handed back.
KEEPS_WORDS = {"comment-by-address", "comment-by-reader", "preview", "private-note", "report"}


def wait_told(answer: Any) -> int:
    """The seconds to wait; 0 where the attempt was taken, whatever came of it."""
    if answer["Content-Type"].startswith("text/xml") and answer.status_code == 200:
        try:
            loads(answer.content)
        except Fault as fault:
            found = re.search(r"try again in (\d+) seconds", fault.faultString)
            return int(found[1]) if found else 0
        except ResponseError:  # a trackback's answer is no XML-RPC
            return 0
    return int(answer["Retry-After"]) if answer.status_code == 429 else 0


def test_every_limit_has_a_line() -> None:
    assert set(ATTEMPTS) == set(EVERY_LIMIT)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_is_reached_says_when_to_come_back_and_believes_no_claim(
    site: Site, name: str, clock: time_machine.Traveller
) -> None:
    (act, by_address), limit = ATTEMPTS[name], EVERY_LIMIT[name]
    window = limit.windows[0]

    def attempt(number: int, household: int | None = None) -> Any:
        home = (1 if by_address else number + 2) if household is None else household
        # Every second one from the same address, so that nothing hangs on the last half alone.
        extra = {"REMOTE_ADDR": neighbour(number % 2 * number, home), **forged(number)}
        return act(site, number, extra)

    waits = [wait_told(attempt(number)) for number in range(window.count)]
    assert waits == [0] * window.count
    refused = attempt(window.count)
    assert wait_told(refused) == window.period_seconds

    page = refused.content.decode()
    if name not in MACHINES:
        assert refused.status_code == 429
        assert re.search(r"(?i)(please )?(wait|try again)", page)
        assert "no-store" in refused.get("Cache-Control", "no-store")
    if name in KEEPS_WORDS:
        assert WORDS in page
    assert "a long enough" not in page
    if by_address:
        assert wait_told(attempt(window.count + 1, household=999)) == 0
    clock.shift(window.period_seconds)
    assert wait_told(attempt(window.count + 2)) == 0


class TestBehindProxies:
    @pytest.mark.parametrize("name", ["log-in-by-address", "search"])
    def test_the_entry_of_our_own_proxy_counts(
        self, site: Site, name: str, settings: Settings
    ) -> None:
        settings.TRUSTED_PROXY_COUNT = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        act, limit = ATTEMPTS[name][0], EVERY_LIMIT[name]

        def attempt(number: int, real: str) -> int:
            claim = {**forged(number), "HTTP_X_FORWARDED_FOR": f"203.0.113.{number}, {real}"}
            return wait_told(act(site, number, {"REMOTE_ADDR": "10.0.0.1", **claim}))

        for number in range(limit.windows[0].count):
            assert attempt(number, "198.51.100.7") == 0
        assert attempt(98, "198.51.100.7")
        assert attempt(99, "198.51.100.8") == 0


class TestGuessing:
    """Source: OWASP, "Blocking Brute Force Attacks": nobody is kept out by others' guesses."""

    def guess(self, site: Site, password: str, household: int) -> Any:
        form = {"login": site.staff.username, "password": password}
        return Client().post("/accounts/login/", form, REMOTE_ADDR=neighbour(0, household))

    def test_of_others_at_one_place_keep_nobody_out(self, site: Site) -> None:
        for _guess in range(50):
            self.guess(site, "no", household=1)
        assert self.guess(site, PASSWORD, household=1).status_code == 429
        assert self.guess(site, PASSWORD, household=2)["Location"] == "/accounts/2fa/authenticate/"

    def test_from_everywhere_leave_the_mailed_link(self, site: Site) -> None:
        for household in range(limits.WRONG_PASSWORD_BY_ACCOUNT.windows[0].count):
            self.guess(site, "no", household + 10)
        assert self.guess(site, PASSWORD, household=2).status_code == 429
        client = Client(REMOTE_ADDR=neighbour(0, 2))
        client.post("/accounts/password/reset/", {"email": "staff@example.org"})
        link = re.search(r"http://testserver(/\S+/key/\S+)", mail.outbox[0].body)
        assert link
        form_url = client.get(link[1])["Location"]
        fresh = "another long phrase"
        answer = client.post(form_url, {"password1": fresh, "password2": fresh})
        assert answer["Location"] == "/accounts/2fa/authenticate/"

    def test_a_right_one_is_no_guess_and_wins_no_more_of_them(self, site: Site) -> None:
        for _round in range(9):
            assert self.guess(site, PASSWORD, household=1).status_code == 302
        for _guess in range(4):
            self.guess(site, "no", household=1)
        assert self.guess(site, PASSWORD, household=1).status_code == 302
        assert self.guess(site, "no", household=1).status_code == 200
        assert self.guess(site, "no", household=1).status_code == 429

    def test_the_name_in_other_letters_is_the_same(self, site: Site) -> None:
        for number in range(5):
            form = {"login": site.staff.username.upper() if number % 2 else site.staff.username}
            Client().post("/accounts/login/", {**form, "password": "no"})
        form = {"login": site.staff.username.title(), "password": "no"}
        assert Client().post("/accounts/login/", form).status_code == 429

    def test_with_the_cache_away_they_are_counted_all_the_same(
        self, site: Site, settings: Settings
    ) -> None:
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://127.0.0.1:1/0",
            }
        }
        for _guess in range(5):
            assert self.guess(site, "no", household=1).status_code == 200
        assert self.guess(site, "no", household=1).status_code == 429
        assert self.guess(site, PASSWORD, household=2).status_code == 302


GUESS = """
import json, sys, django
from django.conf import settings
name, count = sys.argv[1], int(sys.argv[2])
database = json.loads(sys.argv[3])
settings.DATABASES["default"].update(database)
django.setup()
from django.test import Client
print([Client().post("/accounts/login/", {"login": name, "password": "no"}).status_code
       for _ in range(count)])
"""


@pytest.mark.django_db(transaction=True)
def test_two_processes_share_a_count(transactional_db: None) -> None:
    wanted = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    database = {name: str(connection.settings_dict[name] or "") for name in wanted}
    command = [sys.executable, "-c", GUESS, "ada", "3", json.dumps(database)]
    answers = [
        json.loads(
            subprocess.run(
                command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
            ).stdout
        )
        for _process in range(2)
    ]
    assert answers == [[200, 200, 200], [200, 200, 429]]
