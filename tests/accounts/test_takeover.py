"""Nobody gets into an account by knowing, or owning, its e-mail address."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.factories import AdministratorFactory, UserFactory
from tests.signing_in import PROVIDERS, World, profile_of

pytestmark = pytest.mark.django_db

MAIL = "victim@example.org"


def victim(kind: str) -> User:
    is_staff = kind == "staff"
    user: User = (AdministratorFactory if is_staff else UserFactory)(email=MAIL)
    if kind == "no password":
        user.set_unusable_password()
    else:
        user.set_password("a long enough pass phrase")
    user.save()
    return user


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("kind", ["staff", "password", "no password"])
@pytest.mark.parametrize("is_confirmed_here", [True, False])
@pytest.mark.parametrize("is_confirmed_there", [True, False])
def test_the_same_address_opens_nothing(
    client: Client,
    world: World,
    provider: str,
    kind: str,
    is_confirmed_here: bool,
    is_confirmed_there: bool,
) -> None:
    known = victim(kind)
    password = known.password
    EmailAddress.objects.create(user=known, email=MAIL, verified=is_confirmed_here, primary=True)
    confirmed = dict.fromkeys(("email_verified", "verified_email", "verified"), is_confirmed_there)
    answer = world.sign_in(client, provider, profile_of(provider, email=MAIL, **confirmed))

    assert answer.status_code == 302
    newcomer = User.objects.exclude(pk=known.pk).get()
    assert client.session["_auth_user_id"] == str(newcomer.pk)
    assert not newcomer.is_staff
    assert newcomer.email == ""
    assert not newcomer.emailaddress_set.exists()
    known.refresh_from_db()
    assert known.password == password
    assert not known.socialaccount_set.exists()


def test_the_same_number_at_two_providers_is_two_readers(world: World) -> None:
    for provider in PROVIDERS:
        world.sign_in(Client(), provider, profile_of(provider, number=7))

    assert User.objects.count() == len(PROVIDERS)


def test_a_handle_like_a_user_name_opens_nothing(client: Client, world: World) -> None:
    moderator = AdministratorFactory(username="adalovelace")
    world.sign_in(client, "twitter")

    assert client.session["_auth_user_id"] != str(moderator.pk)


class TestPasswords:
    def log_in(self, client: Client, name: str) -> bool:
        form = {"login": name, "password": "a long enough pass phrase"}
        client.post("/accounts/login/", form)
        return "_auth_user_id" in client.session

    def test_are_for_staff_alone(self, client: Client) -> None:
        assert self.log_in(client, victim("staff").username)
        assert not self.log_in(Client(), victim("password").username)

    def test_a_reader_is_mailed_no_link(self, client: Client) -> None:
        victim("password")
        client.post("/accounts/password/reset/", {"email": MAIL})
        client.post("/accounts/password/reset/", {"email": "nobody@example.org"})

        assert mail.outbox == []

    def test_staff_are_mailed_one(self, client: Client) -> None:
        victim("staff")
        answer = client.post("/accounts/password/reset/", {"email": MAIL})

        assert answer.status_code == 302
        assert len(mail.outbox) == 1
        assert "http://testserver/accounts/password/reset/key/" in mail.outbox[0].body

    @pytest.mark.parametrize("address", ["/accounts/password/set/", "/accounts/password/change/"])
    def test_a_reader_sets_none(self, client: Client, address: str) -> None:
        client.force_login(UserFactory())

        assert client.get(address).status_code == 302
        assert client.post(address, {"password1": "x" * 12}).status_code == 302

    def test_failures_are_counted(self, client: Client) -> None:
        user = victim("staff")
        for _attempt in range(5):
            client.post("/accounts/login/", {"login": user.username, "password": "wrong"})
        assert not self.log_in(client, user.username)


def test_the_session_is_a_new_one_after_signing_in(client: Client, world: World) -> None:
    world.tells(profile_of("google"))
    asked = world.start(client, "google")
    before = client.cookies["session"].value
    world.come_back(client, "google", asked["state"])

    assert client.cookies["session"].value != before
    assert "_auth_user_id" not in Client(headers={"cookie": f"session={before}"}).session


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "%0d%0ax",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    client: Client, world: World, elsewhere: str
) -> None:
    answer = world.sign_in(client, "google", next=elsewhere)

    assert answer["Location"] in ("/", elsewhere.strip())
    assert "evil" not in answer["Location"]


def test_a_closed_account_stays_closed(client: Client, world: World) -> None:
    world.sign_in(Client(), "google")
    User.objects.update(is_active=False)
    answer = world.sign_in(client, "google")

    page = client.get(answer["Location"]).content.decode()
    assert "This account is closed" in page
    assert "_auth_user_id" not in client.session
