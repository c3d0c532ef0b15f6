"""Where somebody is logged in: what the list says, what it keeps to itself, and how it ends."""

import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.base import UpdateError
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import tasks
from accounts.devices import words_of
from accounts.models import Session, User
from comments import banning
from tests.comments.desks import desk_of, one_of_the_team
from tests.factories import AdministratorFactory, UserFactory
from tests.processes import ROOT
from tests.signing_in import World, sign_in_lately

pytestmark = pytest.mark.django_db

LISTED, END, ME = "/accounts/me/logged-in/", "/accounts/me/logged-in/end/", "/accounts/me/"
PASSWORD = "a long enough pass phrase"
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36"
)


def staff() -> User:
    user: User = AdministratorFactory(email="ada@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, user: User, **headers: str) -> Client:
    form = {"login": user.username, "password": PASSWORD}
    assert client.post("/accounts/login/", form, headers=headers).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(ME).status_code == 200


def session_of(client: Client) -> Session:
    return Session.objects.get(pk=client.session.session_key)


class TestTheList:
    def test_says_browser_system_and_day(self, client: Client) -> None:
        user = staff()
        with time_machine.travel("2026-03-04 10:00:00+00:00"):
            log_in(Client(), user, user_agent=PHONE)
            log_in(client, user, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
            page = client.get(LISTED).content.decode()

        assert re.search(r"<strong>Chrome, Android</strong>\s*since March 4, 2026", page)
        assert re.search(r"Firefox, Linux</strong>.*?\s*<span>This one</span>", page, re.DOTALL)
        assert page.count("Log out there") == 1

    def test_holds_no_address_no_version_and_no_key(self, client: Client) -> None:
        log_in(client, staff(), user_agent=PHONE, x_forwarded_for="198.51.100.7")
        row = session_of(client)
        page = client.get(LISTED).content.decode()

        kept = f"{row.get_decoded()} {row.device} {row.began_on}"
        for secret in ("127.0.0.1", "198.51.100.7", "Pixel", "141", "Mozilla"):
            assert secret not in kept
            assert secret not in page
        assert row.pk not in page
        assert client.get(LISTED)["Cache-Control"].startswith("max-age=0, no-cache, no-store")

    def test_is_for_nobody_else(self, client: Client) -> None:
        """Somebody who finds the browser open does not learn of a second phone."""
        user = staff()
        sign_in_lately(client, user, seconds_ago=301)
        assert client.get(LISTED)["Location"].startswith("/accounts/reauthenticate/")
        assert Client().get(LISTED)["Location"].startswith("/accounts/sign-in/")
        log_in(Client(), user, user_agent=PHONE)
        assert "Android" not in client.get(ME).content.decode()
        sign_in_lately(other := Client(), UserFactory())
        assert "Android" not in other.get(LISTED).content.decode()

    def test_costs_the_same_however_long_it_is(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        user = staff()
        log_in(client, user)
        client.get(LISTED)
        with django_assert_num_queries(4):
            client.get(LISTED)
        for _browser in range(20):
            log_in(Client(), user)
        with django_assert_num_queries(4):
            client.get(LISTED)

    @pytest.mark.parametrize(
        ("user_agent", "words"),
        [
            ("", ""),
            ("x" * 9000, ""),
            ("curl/8", ""),
            (PHONE, "Chrome, Android"),
            (
                "… (iPhone; CPU OS 18_0 like Mac OS X) … FxiOS/140 Safari/1",
                "Firefox, iPhone",
            ),
            ("… (Macintosh; Intel Mac OS X 10_15) … Version/18 Safari/605", "Safari, Mac"),
            ("… (Windows NT 10.0; Win64) … Chrome/141 Safari/537 Edg/141", "Edge, Windows"),
        ],
    )
    def test_knows_a_few_coarse_words(self, user_agent: str, words: str) -> None:
        assert words_of(user_agent) == words


class TestEnding:
    def test_one(self, client: Client) -> None:
        user = staff()
        phone, laptop = log_in(Client(), user), log_in(Client(), user)
        log_in(client, user)
        answer = client.post(END, {"session": session_of(phone).handle}, follow=True)

        assert "Logged out in 1 other browser." in answer.content.decode()
        assert [is_in(phone), is_in(laptop), is_in(client)] == [False, True, True]

    def test_all_others_at_once_and_without_a_question(self, client: Client) -> None:
        user = staff()
        others = [log_in(Client(), user) for _browser in range(3)]
        bystander = sign_in_lately(Client(), UserFactory())
        sign_in_lately(client, user, seconds_ago=9999)
        page = client.get(ME).content.decode()
        assert f'action="{END}"' in page
        answer = client.post(END, follow=True)

        assert "Logged out in 3 other browsers." in answer.content.decode()
        assert not any(is_in(other) for other in others)
        assert is_in(client)
        assert is_in(bystander)
        assert "There was no other" in client.post(END, follow=True).content.decode()

    def test_nobody_elses(self, client: Client) -> None:
        victim = log_in(Client(), staff())
        sign_in_lately(client, UserFactory())
        for handle in (session_of(victim).handle, session_of(victim).pk, "", "x" * 5000, "\0"):
            assert client.post(END, {"session": handle}).status_code == 303
        client.post(END)
        assert is_in(victim)

    def test_not_by_somebody_elses_page(self, client: Client) -> None:
        checked = Client(enforce_csrf_checks=True)
        checked.force_login(staff())
        assert checked.post(END, headers={"origin": "https://evil.example"}).status_code == 403

    def test_what_is_ended_stays_ended(self, client: Client) -> None:
        """A request that runs meanwhile does not bring the session back."""
        user = staff()
        log_in(client, user)
        late = client.session
        assert late["_auth_user_id"] == str(user.pk)
        Session.objects.of(user.pk).delete()
        late["more"] = 1
        with pytest.raises(UpdateError):
            late.save()
        assert not is_in(client)


class TestOthersEndTheirs:
    @pytest.fixture
    def member(self) -> User:
        user = staff()
        user.is_superuser = False
        user.save()
        user.groups.add(Group.objects.get(name="Moderator"))
        return user

    @pytest.fixture
    def fields(self, member: User) -> dict[str, object]:
        return {
            "username": member.username,
            "name": member.name,
            "email": member.email,
            "is_active": "on",
            "is_staff": "on",
            "groups": [group.pk for group in member.groups.all()],
            "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00:00",
        }

    def test_an_administrator_logs_a_lost_laptop_out(self, member: User) -> None:
        laptop = log_in(Client(), member)
        desk = desk_of(AdministratorFactory())
        chosen = {"action": "sign_out_everywhere", "_selected_action": [member.pk]}
        answer = desk.post("/admin/accounts/user/", chosen, follow=True)

        assert "Logged out in 1 browser." in answer.content.decode()
        assert not is_in(laptop)
        history = desk.get(f"/admin/accounts/user/{member.pk}/history/").content.decode()
        assert "Logged out everywhere." in history

    def test_nobody_logs_out_whom_they_may_not_change(self, member: User) -> None:
        boss = AdministratorFactory()
        boss_desk, chosen = desk_of(boss), {"action": "sign_out_everywhere"}
        desk_of(one_of_the_team("Administrator")).post(
            "/admin/accounts/user/", {**chosen, "_selected_action": [boss.pk]}
        )
        assert boss_desk.get("/admin/").status_code == 200
        answer = desk_of(member).post("/admin/accounts/user/", {**chosen, "_selected_action": [1]})
        assert answer.status_code == 403

    @pytest.mark.parametrize("change", [{"groups": []}, {"is_staff": ""}, {"is_active": ""}])
    def test_another_role_ends_what_was_let_in_before(
        self, member: User, fields: dict[str, object], change: dict[str, object]
    ) -> None:
        browser = log_in(Client(), member)
        desk = desk_of(AdministratorFactory())
        posted = {name: value for name, value in {**fields, **change}.items() if value != ""}
        url = f"/admin/accounts/user/{member.pk}/change/"

        assert desk.post(url, {**fields, "name": "Another"}).status_code == 302
        assert is_in(browser)
        assert desk.post(url, posted).status_code == 302
        assert not is_in(browser)

    def test_a_password_set_for_them_ends_theirs(self, member: User) -> None:
        browser = log_in(Client(), member)
        form = {"password1": "another long phrase", "password2": "another long phrase"}
        url = f"/admin/accounts/user/{member.pk}/password/"
        desk = desk_of(AdministratorFactory())

        assert desk.post(url, {**form, "usable_password": "true"}).status_code == 302
        assert not Session.objects.of(member.pk).exists()
        assert not is_in(browser)

    def test_a_ban_ends_theirs(self, world: World) -> None:
        browser = Client()
        world.sign_in(browser, "google")
        assert is_in(browser)
        banning.ban(by=staff(), terms=banning.Terms(), reader=User.objects.get(is_staff=False))
        assert not is_in(browser)


class TestANewPassword:
    def test_ends_all_others(self, client: Client) -> None:
        user = staff()
        other = log_in(Client(), user)
        log_in(client, user)
        fresh = "another long phrase"
        form = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}

        assert client.post("/accounts/password/change/", form).status_code == 302
        assert not is_in(other)
        assert is_in(client)
        assert [row.pk for row in Session.objects.of(user.pk)] == [client.session.session_key]

    def test_by_mail_ends_all(self, client: Client) -> None:
        user = staff()
        thief = log_in(Client(), user)
        client.post("/accounts/password/reset/", {"email": "ada@example.org"})
        link = re.search(r"http://testserver(/\S+/key/\S+)", mail.outbox[0].body)
        assert link
        form_url = client.get(link[1])["Location"]
        fresh = "another long phrase"
        client.post(form_url, {"password1": fresh, "password2": fresh})

        assert not is_in(thief)
        assert not Session.objects.of(user.pk).exclude(pk=client.session.session_key).exists()


class TestAsTrustedSystemsDo:
    def test_a_mailed_link_leads_here_and_works_once(self, client: Client) -> None:
        staff()
        url = "/accounts/password/reset/"
        client.post(url, {"email": "ada@example.org"}, headers={"host": "localhost"})
        link = re.search(r"http://(\S+?)(/\S+/key/\S+)", mail.outbox[0].body)
        assert link
        assert link[1] == "testserver"
        form_url = client.get(link[2])["Location"]
        fresh = "another long phrase"
        assert client.post(form_url, {"password1": fresh, "password2": fresh}).status_code == 302
        again = Client().get(link[2])
        assert again.status_code == 200
        assert "password1" not in again.content.decode()

    def test_cookies_are_bound_to_the_host_where_there_is_tls(self) -> None:
        """As a browser wants it of `__Host-`: Secure, and no Domain (RFC 6265bis, 4.1.3.2)."""
        names = ("SESSION_COOKIE", "CSRF_COOKIE")
        facts = ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "DOMAIN")
        wanted = [f"{name}_{fact}" for name in names for fact in facts]
        program = (
            "import json; from django.conf import settings as s; "
            f"print(json.dumps([getattr(s, n, None) for n in {wanted!r}]))"
        )
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "polarisblog.settings",
            "SITE_URL": "https://blog.example",
            "DATA_DIR": tempfile.mkdtemp(),
            "SECRET_KEY": "x",
        }
        answer = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=True,
        )
        assert json.loads(answer.stdout) == [
            *("__Host-session", True, True, "Lax", None),
            *("__Host-csrf", True, True, "Lax", None),
        ]

    def test_the_number_changes_with_signing_in(self, client: Client, world: World) -> None:
        world.start(client, "google")
        before = client.session.session_key
        world.sign_in(client, "google")
        assert client.session.session_key != before
        assert not Session.objects.filter(pk=before).exists()

    def test_the_old_number_opens_nothing_after_logging_out(self, client: Client) -> None:
        log_in(client, staff())
        kept = client.cookies["session"].value
        client.post("/accounts/sign-out/")
        thief = Client()
        thief.cookies["session"] = kept
        assert not is_in(thief)

    def test_what_has_ended_is_forgotten(self, client: Client) -> None:
        log_in(client, staff())
        log_in(Client(), AdministratorFactory(username="b", password=User.objects.get().password))
        gone = Session.objects.exclude(pk=client.session.session_key)
        gone.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
        tasks.forget_sessions.call()

        assert [row.pk for row in Session.objects.all()] == [client.session.session_key]
