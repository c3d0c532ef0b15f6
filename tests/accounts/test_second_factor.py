"""A second factor: open to all, required of staff, encrypted where it is kept."""

import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, hotp_value, yield_hotp_counters_from_time
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.second_factor import Adapter
from comments.models import Ban, Comment, MailKey
from polarisblog.network.models import Counter
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.signing_in import World

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough pass phrase"


@pytest.fixture
def required(settings: Settings) -> None:
    settings.STAFF_NEEDS_MFA = True


@pytest.fixture
def moderator() -> User:
    user: User = AdministratorFactory()
    user.set_password(PASSWORD)
    user.save()
    return user


def code_for(secret: str) -> str:
    return f"{hotp_value(secret, list(yield_hotp_counters_from_time())[1]):06d}"


def add_app(client: Client) -> str:
    """Add an authenticator app as a person does; gives its secret."""
    page = client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    if "Is it you?" in page:
        form = {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"}
        page = client.post("/accounts/reauthenticate/", form, follow=True).content.decode()
    found = re.search(r"<code>(\w+)</code>", page)
    assert found
    assert 'src="/accounts/2fa/totp/code.svg"' in page
    assert "data:" not in page
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_for(found[1])})
    assert answer.status_code == 302
    return found[1]


def log_in(client: Client, user: User, next_url: str = "/admin/") -> str:
    form = {"login": user.username, "password": PASSWORD, "next": next_url}
    return str(client.post("/accounts/login/", form)["Location"])


@pytest.mark.django_db(transaction=True)  # what follows a commit matters here
@pytest.mark.usefixtures("required")
class TestStaff:
    def test_do_not_reach_the_desk_without_one(self, client: Client, moderator: User) -> None:
        log_in(client, moderator)
        for path in ("/admin/", "/admin/comments/comment/", "/admin/accounts/user/"):
            assert client.get(path)["Location"] == "/accounts/2fa/"
        assert client.post("/admin/accounts/user/add/", {"username": "x"}).status_code == 302
        assert "please add a second factor" in client.get("/accounts/2fa/").content.decode()
        assert not User.objects.filter(username="x").exists()

    def test_reach_it_once_they_added_one(self, client: Client, moderator: User) -> None:
        log_in(client, moderator)
        add_app(client)

        assert client.get("/admin/").status_code == 200

    def test_are_asked_for_it_the_next_time(self, client: Client, moderator: User) -> None:
        log_in(client, moderator)
        secret = add_app(client)
        Authenticator.objects.filter(type="totp").update(last_used_at=None)
        later = Client()
        assert log_in(later, moderator) == "/accounts/2fa/authenticate/"
        assert later.get("/admin/").status_code == 302
        answer = later.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})

        assert answer["Location"] == "/admin/"
        assert later.get("/admin/").status_code == 200

    def test_a_code_that_was_used_opens_nothing_for_as_long_as_it_is_right(
        self, client: Client, moderator: User
    ) -> None:
        with time_machine.travel("2026-01-11 12:00:01+00:00", tick=False) as clock:
            log_in(client, moderator)
            secret = add_app(client)
            clock.shift(3600)
            code = code_for(secret)
            clock.shift(-30)
            first, second = Client(), Client()
            log_in(first, moderator)
            first.post("/accounts/2fa/authenticate/", {"code": code})
            assert first.get("/admin/").status_code == 200, "right half a minute early"
            clock.shift(80)
            log_in(second, moderator)
            answer = second.post("/accounts/2fa/authenticate/", {"code": f"{code[:3]} {code[3:]}"})
            assert answer.status_code == 200
            assert second.get("/admin/").status_code == 302
            second.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
            assert second.get("/admin/").status_code == 200

    def test_who_come_in_through_wordpress_need_one(self, client: Client, world: World) -> None:
        world.sign_in(Client(), "wordpress")
        User.objects.update(is_staff=True, is_superuser=True)
        world.sign_in(client, "wordpress")

        assert client.get("/admin/")["Location"] == "/accounts/2fa/"
        add_app(client)
        assert client.get("/admin/").status_code == 200
        later = Client()
        answer = world.sign_in(later, "wordpress")
        assert answer["Location"] == "/accounts/2fa/authenticate/"
        assert "_auth_user_id" not in later.session

    def test_with_one_from_before_still_prove_it(self, client: Client, moderator: User) -> None:
        """A session that came in without the second factor does not inherit it."""
        early = Client()
        log_in(early, moderator)
        log_in(client, moderator)
        secret = add_app(client)

        assert early.get("/admin/")["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
        early.post("/accounts/2fa/reauthenticate/", {"code": code_for(secret), "next": "/admin/"})
        assert early.get("/admin/").status_code == 200

    def test_may_log_out(self, client: Client, moderator: User) -> None:
        log_in(client, moderator)
        assert client.post("/admin/logout/").status_code == 200
        assert "_auth_user_id" not in client.session

    def test_recovery_codes_alone_are_none(self, client: Client, moderator: User) -> None:
        Authenticator.objects.create(user=moderator, type="recovery_codes", data={"seed": "x"})
        log_in(client, moderator)

        assert client.get("/admin/")["Location"] == "/accounts/2fa/"


@pytest.mark.django_db(transaction=True)  # as above
@pytest.mark.usefixtures("required")
class TestPowersOutsideTheDesk:
    """Whoever came in without the second factor reads and writes as a reader does."""

    @pytest.fixture
    def proven(self, moderator: User) -> Client:
        desk = Client()
        log_in(desk, moderator)
        add_app(desk)
        return desk

    @pytest.fixture
    def early(self, moderator: User, proven: Client) -> Client:
        """Signed in as the same moderator before there was a second factor."""
        early = Client()
        early.force_login(User.objects.get(pk=moderator.pk))
        return early

    def answers(self, client: Client, *paths: str) -> list[int]:
        return [client.get(path).status_code for path in paths]

    @pytest.mark.parametrize("status", ["draft", "review", "scheduled"])
    def test_drafts(self, early: Client, proven: Client, status: str) -> None:
        post = PostFactory(status=status)
        url = post.get_absolute_url()
        paths = (url, f"/?p={post.pk}", f"{url}respond/", f"{url}comment-page-2/", f"{url}follow/")

        assert self.answers(early, *paths) == [404] * 5
        assert early.post(f"{url}respond/preview/", {"comment": "x"}).status_code == 404
        assert self.answers(proven, url, f"/?p={post.pk}", f"{url}respond/") == [200, 301, 200]

    def test_what_a_password_protects(self, early: Client, proven: Client) -> None:
        post = PostFactory(body="<p>Only for some.</p>")
        post.protect("open sesame")
        post.save()
        url = post.get_absolute_url()

        assert "Only for some" not in early.get(url).content.decode()
        assert early.get(f"{url}respond/").status_code == 403
        assert "Only for some" in proven.get(url).content.decode()

    def test_comments_that_nobody_screens(self, early: Client, proven: Client) -> None:
        post = PostFactory()
        url = f"{post.get_absolute_url()}respond/"
        for client, words in ((early, "From a stolen session"), (proven, "From the team")):
            assert client.post(url, {"comment": words}).status_code == 303
            Counter.objects.all().delete()
        first, second = Comment.objects.order_by("pk")

        assert [first.status, second.status] == ["pending", "approved"]
        edited = {"comment": "Buy https://a.example https://b.example https://c.example"}
        assert early.post(f"/comments/{second.pk}/edit/", edited).status_code == 303
        second.refresh_from_db()
        assert second.status == "pending"

    def test_a_ban_is_no_less_for_them(self, early: Client, moderator: User) -> None:
        Ban.objects.create(reader=moderator)
        answer = early.post(f"{PostFactory().get_absolute_url()}respond/", {"comment": "Words"})
        assert answer.status_code == 403

    def test_links_in_mails_open_without_it(self, moderator: User) -> None:
        comment = CommentFactory(status="pending")
        token = MailKey.objects.issue(comment, moderator)
        assert Client().get(f"/moderate/{token}/approve/").status_code == 200


def test_readers_and_strangers_see_the_desk_closed_as_ever(
    client: Client, settings: Settings
) -> None:
    settings.STAFF_NEEDS_MFA = True
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    client.force_login(UserFactory())
    assert client.get("/admin/", follow=True).status_code == 403


def test_where_it_is_not_required_a_password_opens_the_desk(
    client: Client, moderator: User
) -> None:
    assert log_in(client, moderator) == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_a_reader_adds_one_and_is_asked_for_it(client: Client, world: World) -> None:
    world.sign_in(client, "google")
    assert "Add a second factor" in client.get("/accounts/me/").content.decode()
    add_app(client)
    assert "Look after it" in client.get("/accounts/me/").content.decode()
    later = Client()
    world.sign_in(later, "google")

    assert "_auth_user_id" not in later.session


class TestSecrets:
    def test_are_encrypted_where_they_are_kept(self, client: Client, moderator: User) -> None:
        log_in(client, moderator)
        secret = add_app(client)

        for row in Authenticator.objects.all():
            assert secret not in str(row.data)
            assert all(len(str(value)) > 60 for value in row.data.values() if value)

    def test_survive_a_new_secret_key_that_remembers_the_old(
        self, client: Client, moderator: User, settings: Settings
    ) -> None:
        log_in(client, moderator)
        secret = add_app(client)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another"
        stored = Authenticator.objects.get(type="totp").wrap()

        assert stored.validate_code(code_for(secret))

    def test_open_nothing_under_another_secret_key(
        self, client: Client, moderator: User, settings: Settings
    ) -> None:
        log_in(client, moderator)
        secret = add_app(client)
        settings.SECRET_KEY = "another"
        later = Client()
        log_in(later, moderator)
        for code in (code_for(secret), code_for("A" * 32), ""):
            assert later.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
        assert "_auth_user_id" not in later.session

    def test_the_picture_for_the_app_is_for_its_reader_alone(self, client: Client) -> None:
        assert client.get("/accounts/2fa/totp/code.svg").status_code == 302
        client.force_login(UserFactory())
        answer = client.get("/accounts/2fa/totp/code.svg")
        assert answer["Content-Type"] == "image/svg+xml"
        assert answer["Cache-Control"] == "no-store"


class TestWhatAnOwnerIsTold:
    def problems(self) -> set[str | None]:
        return {problem.id for problem in run_checks(include_deployment_checks=True)}

    def test_that_staff_need_no_second_factor(self, settings: Settings) -> None:
        assert "accounts.W002" in self.problems()
        settings.STAFF_NEEDS_MFA = True
        assert "accounts.W002" not in self.problems()

    @pytest.mark.parametrize("keys", [("id", ""), ("", "secret")])
    def test_that_half_of_a_key_is_none(self, settings: Settings, keys: tuple[str, str]) -> None:
        settings.PROVIDER_KEYS = {"google": keys, "facebook": ("", ""), "twitter": ("a", "b")}
        assert "accounts.W001" in self.problems()

    def test_that_anybody_may_walk_in(self, settings: Settings) -> None:
        dummy = "allauth.socialaccount.providers.dummy"
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, dummy]
        assert "accounts.E001" in self.problems()


class TestRotatingTheKey:
    """SECRET_KEY is replaced; the former one goes through SECRET_KEY_FALLBACKS and then away."""

    def use(self, settings: Settings, key: str, *former: str) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, list(former)

    def secrets(self) -> list[str]:
        adapter = Adapter()
        rows = Authenticator.objects.order_by("type")
        return [adapter.decrypt(row.data.get("secret") or row.data["seed"]) for row in rows]

    def test_what_was_encrypted_opens_without_the_former_key(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.use(settings, "former")
        user = UserFactory()
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(user)
        before = self.secrets()
        for _ in range(2):
            self.use(settings, "fresh", "former")
            assert self.secrets() == before
            call_command("reencrypt")
            assert "2 second factors are encrypted with SECRET_KEY" in capsys.readouterr().out
        self.use(settings, "fresh")
        assert self.secrets() == before

    def test_what_no_key_opens_is_counted_and_kept(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.use(settings, "lost")
        TOTP.activate(UserFactory(), "JBSWY3DPEHPK3PXP")
        self.use(settings, "fresh", "former")
        call_command("reencrypt")
        assert (
            "1 were made with a key that is not in SECRET_KEY_FALLBACKS" in capsys.readouterr().err
        )
        self.use(settings, "lost")
        assert self.secrets() == ["JBSWY3DPEHPK3PXP"]
