"""Asked again who somebody is: before what, how, and that nothing typed is lost by it."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import User
from comments.models import Decision
from tests.accounts.test_second_factor import code_for
from tests.comments.desks import desk_of, one_of_the_team
from tests.factories import AdministratorFactory, UserFactory
from tests.signing_in import World, profile_of, sign_in_lately

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough pass phrase"
SECRET = "JBSWY3DPEHPK3PXP"
EXPORT = "/admin/comments/decision/export/"
DOWNLOAD, LEAVE = "/accounts/me/download/", "/accounts/me/delete/"
LATE = 301


@pytest.fixture
def boss() -> User:
    user: User = AdministratorFactory()
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def desk(boss: User) -> Client:
    """An administrator's browser that has been open for a while."""
    return sign_in_lately(Client(), boss, seconds_ago=LATE)


def asked_by(answer: Any) -> str:
    """The page that asks; empty where none does."""
    path = urlsplit(answer["Location"]).path if answer.status_code == 302 else ""
    return path if "reauthenticate" in path or "prove" in path else ""


def next_of(answer: Any) -> str:
    return parse_qs(urlsplit(answer["Location"]).query)["next"][0]


def show(client: Client, question: Any, password: str = PASSWORD) -> Any:
    """Answer the question with the password, as its page posts it."""
    page = client.get(question["Location"]).content.decode()
    assert "Is it you?" in page
    form = {"password": password, "next": next_of(question)}
    return client.post("/accounts/reauthenticate/", form)


def facts(user: User, **more: Any) -> dict[str, Any]:
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return {"username": user.username, "name": user.name, "is_active": "on", **joined, **more}


class TestTheMoment:
    def test_signing_in_counts(self, client: Client, boss: User) -> None:
        client.post("/accounts/login/", {"login": boss.username, "password": PASSWORD})
        assert client.get(EXPORT).status_code == 200

    def test_after_five_minutes_it_is_asked_again(self, client: Client, boss: User) -> None:
        with time_machine.travel("2026-01-11 12:00:00+00:00", tick=False) as clock:
            client.post("/accounts/login/", {"login": boss.username, "password": PASSWORD})
            clock.shift(299)
            assert client.get(EXPORT).status_code == 200
            clock.shift(2)
            question = client.get(EXPORT)
            assert asked_by(question) == "/accounts/reauthenticate/"
            assert show(client, question, "wrong").status_code == 200
            assert asked_by(client.get(EXPORT))
            answer = show(client, question)
            assert answer["Location"] == EXPORT
            assert client.get(EXPORT).status_code == 200

    def test_what_another_showed_is_nothing(self, boss: User) -> None:
        client = sign_in_lately(Client(), UserFactory(is_staff=True, is_superuser=True))
        session = client.session
        session["_auth_user_id"] = str(boss.pk)
        session["_auth_user_hash"] = boss.get_session_auth_hash()
        session.save()
        assert asked_by(client.get(EXPORT))


class TestBeforeWhat:
    @pytest.mark.parametrize(
        ("path", "form"),
        [
            (EXPORT, None),
            (DOWNLOAD, {}),
            ("/accounts/me/logged-in/", None),
            ("/accounts/2fa/totp/activate/", None),
            ("/accounts/2fa/webauthn/add/", None),
            ("/accounts/email/", {"action_add": "", "email": "new@example.org"}),
        ],
    )
    def test_it_is_asked(self, desk: Client, path: str, form: Any) -> None:
        answer = desk.get(path) if form is None else desk.post(path, form)
        assert asked_by(answer) == "/accounts/reauthenticate/"

    @pytest.mark.parametrize(
        "change",
        [
            {"is_staff": "on"},
            {"is_superuser": "on"},
            {"is_active": ""},
            {"groups": ["Administrator", "Moderator"]},
            {"user_permissions": ["view_post"]},
        ],
    )
    def test_a_role_is_given_or_taken(self, desk: Client, change: dict[str, Any]) -> None:
        """Everything that was typed goes through once it is answered."""
        reader = UserFactory()
        if "groups" in change:
            groups = Group.objects.filter(name__in=change["groups"])
            change = {"groups": [group.pk for group in groups]}
        if "user_permissions" in change:
            change = {"user_permissions": [Permission.objects.get(codename="view_post").pk]}
        form = {k: v for k, v in facts(reader, name="Néw & <b>", **change).items() if v != ""}
        url = f"/admin/accounts/user/{reader.pk}/change/?_changelist_filters=q%3Dada"
        question = desk.post(url, form)
        assert asked_by(question)
        before = User.objects.get(pk=reader.pk)
        assert (before.name, before.is_staff, before.groups.count()) == (reader.name, False, 0)

        answer = show(desk, question)
        assert answer["Location"].startswith("/admin/accounts/user/")
        after = User.objects.get(pk=reader.pk)
        assert after.name == "Néw & <b>"
        assert after.is_staff == ("is_staff" in change)
        assert after.is_superuser == ("is_superuser" in change)
        assert after.is_active == ("is_active" not in change)
        assert [group.pk for group in after.groups.order_by("pk")] == sorted(
            change.get("groups", [])
        )
        assert [row.pk for row in after.user_permissions.all()] == change.get(
            "user_permissions", []
        )

    def test_a_name_is_changed_without(self, desk: Client) -> None:
        reader = UserFactory()
        url = f"/admin/accounts/user/{reader.pk}/change/"
        assert not asked_by(desk.post(url, facts(reader, name="New")))
        assert User.objects.get(pk=reader.pk).name == "New"

    def test_an_address_is_changed(self, desk: Client) -> None:
        """A mailed link to it sets a new password."""
        colleague = UserFactory(is_staff=True, email="theirs@example.org")
        url = f"/admin/accounts/user/{colleague.pk}/change/"
        form = facts(colleague, is_staff="on", email="mine@example.org")
        question = desk.post(url, form)
        assert asked_by(question)
        colleague.refresh_from_db()
        assert colleague.email == "theirs@example.org"
        show(desk, question)
        colleague.refresh_from_db()
        assert colleague.email == "mine@example.org"

    def test_a_group_gets_another_permission(self, desk: Client) -> None:
        group = Group.objects.get(name="Author")
        url = f"/admin/auth/group/{group.pk}/change/"
        other = Permission.objects.get(codename="delete_category").pk
        question = desk.post(url, {"name": "Author", "permissions": [other]})
        assert asked_by(question)
        assert group.permissions.count() > 1
        show(desk, question)
        assert [row.pk for row in group.permissions.all()] == [other]
        assert asked_by(
            sign_in_lately(Client(), AdministratorFactory(password="x"), seconds_ago=LATE).post(
                f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"}
            )
        )

    def test_an_account_is_deleted(self, desk: Client) -> None:
        reader = UserFactory()
        question = desk.post(f"/admin/accounts/user/{reader.pk}/delete/", {"post": "yes"})
        assert asked_by(question)
        assert User.objects.filter(pk=reader.pk).exists()
        show(desk, question)
        assert not User.objects.filter(pk=reader.pk).exists()

    def test_another_password_is_set_and_never_kept_in_a_session(
        self, client: Client, boss: User
    ) -> None:
        reader = UserFactory(is_staff=True)
        url = f"/admin/accounts/user/{reader.pk}/password/"
        sign_in_lately(client, boss)
        assert client.get(url).status_code == 200
        sign_in_lately(client, boss, seconds_ago=LATE)
        form = {"password1": "hush hush hush", "password2": "hush hush hush"}
        question = client.post(url, {**form, "usable_password": "true"})
        assert "hush" not in json.dumps(dict(client.session))
        assert show(client, question)["Location"] == url
        assert "fill in the form once more" in client.get(url).content.decode()

    def test_a_lost_second_factor_is_taken_away(self, desk: Client) -> None:
        tess = one_of_the_team("Moderator")
        factor = TOTP.activate(tess, SECRET).instance
        Authenticator.objects.create(user=tess, type="recovery_codes", data={"seed": "x"})
        laptop = desk_of(tess)
        page = desk.get("/admin/mfa/authenticator/").content.decode()
        assert str(tess) in page
        url = f"/admin/mfa/authenticator/{factor.pk}"
        assert factor.data["secret"] not in desk.get(f"{url}/change/").content.decode()
        question = desk.post(f"{url}/delete/", {"post": "yes"})
        assert asked_by(question)
        show(desk, question)
        assert not Authenticator.objects.exists()
        assert laptop.get("/admin/").status_code == 302

    def test_but_of_a_superuser_by_superusers_alone(self, boss: User) -> None:
        factor = TOTP.activate(boss, SECRET).instance
        desk = desk_of(one_of_the_team("Administrator"))
        url = f"/admin/mfa/authenticator/{factor.pk}"
        assert desk.get(f"{url}/change/").status_code == 200
        assert desk.post(f"{url}/delete/", {"post": "yes"}).status_code == 403

    def test_the_log_of_decisions_with_its_filters(self, desk: Client, boss: User) -> None:
        Decision.objects.create(moderator=boss, what="ban", why="One of them")
        question = desk.get(f"{EXPORT}?what__exact=ban")
        assert show(desk, question)["Location"] == f"{EXPORT}?what__exact=ban"


class TestWhatWaits:
    def test_is_not_done_where_it_was_given_up(self, desk: Client) -> None:
        """The answer to one question does not do what another was asked about."""
        reader = UserFactory()
        desk.post(f"/admin/accounts/user/{reader.pk}/delete/", {"post": "yes"})
        other = desk.get(EXPORT)
        assert show(desk, other)["Location"] == EXPORT
        assert User.objects.filter(pk=reader.pk).exists()

    def test_is_not_done_at_another_address(self, desk: Client) -> None:
        reader = UserFactory()
        desk.post(f"/admin/accounts/user/{reader.pk}/delete/", {"post": "yes"})
        form = {"password": PASSWORD, "next": "/accounts/me/"}
        assert desk.post("/accounts/reauthenticate/", form)["Location"] == "/accounts/me/"
        assert User.objects.filter(pk=reader.pk).exists()

    def test_holds_no_address_and_no_cookie(self, desk: Client) -> None:
        desk.post(f"/admin/accounts/user/{UserFactory().pk}/delete/", {"post": "yes"})
        kept = json.dumps(dict(desk.session))
        assert "post=yes" in kept
        assert "127.0.0.1" not in kept
        assert desk.session.session_key not in kept


def reader_of(provider: str, number: int = 7) -> User:
    reader: User = UserFactory(name="Ada")
    reader.set_unusable_password()
    reader.save()
    profile = {"name": "Ada", "picture": ""}
    SocialAccount.objects.create(
        user=reader, provider=provider, uid=str(number), extra_data=profile
    )
    return reader


class TestReadersWithoutAPassword:
    def come_back(self, world: World, client: Client, wanted: str, profile: Any) -> Any:
        world.tells(profile)
        answer = client.post("/accounts/prove/google/", {"next": wanted})
        query = parse_qs(urlsplit(answer["Location"]).query)
        assert query["prompt"] == ["select_account"]
        return world.come_back(client, "google", query["state"][0])

    def test_show_it_through_their_site(self, world: World) -> None:
        client = sign_in_lately(Client(), reader_of("google"), seconds_ago=LATE)
        question = client.post(DOWNLOAD)
        assert asked_by(question) == "/accounts/prove/"
        page = client.get(question["Location"]).content.decode()
        assert 'data-provider="google"' in page
        assert "facebook" not in page
        back = self.come_back(world, client, DOWNLOAD, profile_of("google"))
        assert back["Location"].startswith("/accounts/prove/done/")
        answer = client.get(back["Location"])

        assert answer["Content-Disposition"].startswith("attachment")
        assert json.loads(answer.content)["account"]["name"] == "Ada"
        assert not asked_by(client.post(DOWNLOAD))
        assert User.objects.count() == 1

    def test_delete_their_account_with_what_they_chose(self, world: World) -> None:
        client = sign_in_lately(Client(), reader_of("google"), seconds_ago=LATE)
        question = client.post(LEAVE, {"comments": "remove", "confirmation": "delete"})
        assert asked_by(question) == "/accounts/prove/"
        assert User.objects.exists()
        back = self.come_back(world, client, LEAVE, profile_of("google"))
        assert client.get(back["Location"])["Location"] == "/accounts/left/"
        assert not User.objects.exists()

    @pytest.mark.parametrize("is_known", [True, False])
    def test_are_not_taken_for_somebody_else(self, world: World, is_known: bool) -> None:
        if is_known:
            reader_of("google", 8)
        known = User.objects.count()
        client = sign_in_lately(Client(), reader_of("google"), seconds_ago=LATE)
        client.post(DOWNLOAD)
        back = self.come_back(world, client, DOWNLOAD, profile_of("google", 8))

        assert back["Location"] == "/accounts/prove/?next=%2Faccounts%2Fme%2Fdownload%2F"
        assert "somebody else’s account" in client.get(back["Location"]).content.decode()
        assert client.get(f"/accounts/prove/done/?next={DOWNLOAD}").status_code == 302
        assert asked_by(client.post(DOWNLOAD))
        assert User.objects.count() == known + 1

    def test_a_stranger_proves_nothing(self, world: World) -> None:
        assert Client().post("/accounts/prove/google/")["Location"].startswith("/accounts/sign-in/")
        assert Client().get("/accounts/prove/done/")["Location"].startswith("/accounts/sign-in/")

    def test_nor_through_a_site_that_is_not_theirs(self, world: World) -> None:
        client = sign_in_lately(Client(), reader_of("google"), seconds_ago=LATE)
        assert client.post("/accounts/prove/facebook/").status_code == 404

    def test_lead_nowhere_else(self, world: World) -> None:
        client = sign_in_lately(Client(), reader_of("google"), seconds_ago=LATE)
        back = self.come_back(world, client, "https://evil.example/", profile_of("google"))
        assert back["Location"] == "/accounts/prove/done/?next=%2Faccounts%2Fme%2F"
        answer = client.get("/accounts/prove/done/?next=//evil.example/")
        assert answer["Location"] == "/accounts/me/"

    @pytest.mark.usefixtures("world")
    def test_use_the_second_factor_where_they_have_one(self) -> None:
        reader = reader_of("google")
        TOTP.activate(reader, SECRET)
        client = sign_in_lately(Client(), reader, seconds_ago=LATE)
        question = client.post(LEAVE, {"comments": "keep", "confirmation": "delete"})
        assert asked_by(question) == "/accounts/2fa/reauthenticate/"
        assert client.get("/accounts/prove/").status_code == 200
        form = {"code": code_for(SECRET), "next": next_of(question)}
        answer = client.post("/accounts/2fa/reauthenticate/", form)
        assert answer["Location"] == "/accounts/left/"
        assert not Authenticator.objects.exists()

    @pytest.mark.usefixtures("world")
    def test_who_left_the_team_are_not_asked_for_a_password_that_opens_nothing(self) -> None:
        reader = reader_of("google")
        reader.set_password(PASSWORD)
        reader.save()
        client = sign_in_lately(Client(), reader, seconds_ago=LATE)
        assert asked_by(client.post(DOWNLOAD)) == "/accounts/prove/"

    def test_of_whom_nothing_can_be_asked_keep_what_is_theirs(self) -> None:
        client = sign_in_lately(Client(), reader_of("a-site-of-old"), seconds_ago=LATE)
        assert client.post(DOWNLOAD).status_code == 200

    def test_staff_of_whom_nothing_can_be_asked_log_in_anew(self) -> None:
        user = AdministratorFactory()
        user.set_unusable_password()
        user.save()
        answer = sign_in_lately(Client(), user, seconds_ago=LATE).get(EXPORT)
        assert answer.status_code == 403
        assert "log in again" in answer.content.decode()
