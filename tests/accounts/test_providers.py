"""Each real provider class: what it asks for, what it is told, and what goes wrong out there."""

import base64
import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.adapters import MOST_AT_PROVIDERS
from accounts.models import User
from accounts.profiles import reduced
from tests.fakes import origins
from tests.fakes.providers import AUTHORIZE_ADDRESSES, PROFILE_PATH, TOKEN_PATH
from tests.processes import wait_until
from tests.signing_in import PROVIDERS, World, callback, profile_of

pytestmark = pytest.mark.django_db

every_provider = pytest.mark.parametrize("provider", PROVIDERS)
FAILED = "Logging in did not work"


@every_provider
def test_somebody_comes_in_and_back_where_they_were(
    client: Client, world: World, provider: str
) -> None:
    answer = world.sign_in(client, provider)

    assert answer.status_code == 302
    assert answer["Location"] == world.start_url
    reader = User.objects.get()
    assert reader.name == "Ada Lovelace"
    assert not reader.has_chosen_name
    assert not reader.has_usable_password()
    assert client.session["_auth_user_id"] == str(reader.pk)


@every_provider
def test_coming_again_is_the_same_reader(client: Client, world: World, provider: str) -> None:
    world.sign_in(client, provider)
    world.sign_in(Client(), provider, profile_of(provider, name="Countess Lovelace"))

    assert User.objects.count() == 1
    assert User.objects.get().name == "Ada Lovelace"
    assert SocialAccount.objects.get().uid == "7"


@every_provider
def test_only_a_name_and_a_picture_are_kept(client: Client, world: World, provider: str) -> None:
    for _visit in range(2):
        world.sign_in(Client(), provider)

        account = SocialAccount.objects.get()
        assert account.extra_data.keys() == {"name", "picture"}
        assert account.extra_data["picture"].startswith("https://")
        reader = User.objects.get()
        assert reader.email == ""
        assert "ada" not in reader.username.lower()
        assert not reader.emailaddress_set.exists()
        assert not SocialToken.objects.exists()


def test_what_each_provider_is_asked(client: Client, world: World) -> None:
    asked = {provider: world.start(client, provider) for provider in PROVIDERS}

    for provider, questions in asked.items():
        assert questions["location"].startswith(AUTHORIZE_ADDRESSES[provider] + "?")
        assert questions["client_id"] == f"{provider}-id"
        assert questions["redirect_uri"] == f"http://testserver{callback(provider)}"
        assert len(questions["state"]) >= 16
    assert asked["wordpress"]["scope"] == "auth"
    assert asked["facebook"]["scope"] == "public_profile"
    assert asked["google"]["scope"] == "profile"
    assert set(asked["twitter"]["scope"].split()) == {"users.read", "tweet.read"}
    assert "code_challenge" not in asked["wordpress"] | asked["facebook"]


@pytest.mark.parametrize("provider", ["google", "twitter"])
def test_the_code_is_bound_to_this_browser_by_pkce(
    client: Client, world: World, provider: str
) -> None:
    world.tells(profile_of(provider))
    asked = world.start(client, provider)
    world.come_back(client, provider, asked["state"])

    verifier = world.asked_of_tokens()["code_verifier"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    assert asked["code_challenge_method"] == "S256"
    assert asked["code_challenge"] == challenge.decode().rstrip("=")


def test_allauths_own_button_asks_for_no_more_than_ours(client: Client, world: World) -> None:
    answer = client.get("/accounts/google/login/?scope=https://mail.google.com/")

    assert answer["Location"] == "/accounts/sign-in/google/"
    assert client.post("/accounts/google/login/?scope=x")["Location"] == "/accounts/sign-in/google/"
    for closed in ("google", "facebook"):
        assert client.post(f"/accounts/{closed}/login/token/").status_code == 404


@pytest.mark.parametrize("number", [None, "", "None", "7x", 0, -7, True, 7.5, [7], {"a": 7}, "７"])
def test_wordpress_without_a_number_lets_nobody_in(
    client: Client, world: World, number: object
) -> None:
    profile = profile_of("wordpress") | {"ID": number}
    answer = world.sign_in(client, "wordpress", profile)

    assert answer.status_code == 401
    assert FAILED in answer.content.decode()
    assert not User.objects.exists()


def test_wordpress_profile_without_its_number_lets_nobody_in(client: Client, world: World) -> None:
    profile = profile_of("wordpress")
    del profile["ID"]

    assert world.sign_in(client, "wordpress", profile).status_code == 401
    assert not User.objects.exists()


GARBAGE = [{}, [], "text", 7, {"data": None}, {"data": []}, {"id": None}, {"id": 7}, {"id": ""}]


@every_provider
@pytest.mark.parametrize("profile", GARBAGE, ids=repr)
def test_a_garbage_profile_is_a_failure_in_words(
    client: Client, world: World, provider: str, profile: object
) -> None:
    answer = world.sign_in(client, provider, profile)

    assert answer.status_code == 401
    assert FAILED in answer.content.decode()
    assert not User.objects.exists()


@every_provider
@pytest.mark.parametrize("path", [TOKEN_PATH, PROFILE_PATH])
@pytest.mark.parametrize(
    "behaviour",
    [
        origins.answer(b"oops", status=500),
        origins.raw(b""),
        origins.page("<p>Down for maintenance"),
        origins.answer(b"{", headers=[("Content-Type", "application/json")]),
        origins.answer(b"\xff\xfe", headers=[]),
    ],
    ids=["error", "hung up", "a web page", "half of JSON", "no type"],
)
def test_a_dead_server_is_a_failure_in_words(
    client: Client,
    world: World,
    provider: str,
    path: str,
    behaviour: origins.Behaviour,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.tells(profile_of(provider))
    world.server.serve(path, behaviour)
    asked = world.start(client, provider)
    with caplog.at_level(logging.WARNING):
        answer = world.come_back(client, provider, asked["state"])

    assert answer.status_code == 401
    page = answer.content.decode()
    assert FAILED in page
    assert f'href="{world.start_url}"' in page
    assert "sign-in" in caplog.text
    assert not User.objects.exists()


@every_provider
def test_whoever_says_no_is_led_back(client: Client, world: World, provider: str) -> None:
    asked = world.start(client, provider)
    answer = world.come_back(client, provider, asked["state"], error="access_denied")

    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "nothing was shared with us" in page
    assert f'href="{world.start_url}"' in page


def test_any_other_refusal_is_logged(
    client: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    asked = world.start(client, "google")
    answer = world.come_back(client, "google", asked["state"], error="org_internal")

    assert answer.status_code == 401
    assert "org_internal" in caplog.text


@every_provider
def test_a_callback_counts_once_in_one_browser_for_one_provider(
    client: Client, world: World, provider: str
) -> None:
    world.tells(profile_of(provider))
    state = world.start(client, provider)["state"]

    assert world.come_back(Client(), provider, state).status_code == 401, "another browser"
    other = "google" if provider != "google" else "wordpress"
    assert world.come_back(client, other, state).status_code == 401, "another provider"
    assert world.come_back(client, provider, "x" * 16).status_code == 401, "a made-up state"
    assert client.get(callback(provider), {"code": "c"}).status_code == 401, "no state"
    assert world.come_back(client, provider, state).status_code == 302
    assert world.come_back(client, provider, state).status_code == 401, "a replay"
    assert User.objects.count() == 1


def test_the_callback_of_an_unknown_provider_is_404(client: Client) -> None:
    assert client.get(callback("google")).status_code == 404
    assert client.get("/accounts/google/login/").status_code == 404


class TestWhatIsTakenFromAProfile:
    @settings(max_examples=40, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["name", "picture", "data", "url", "userinfo", "given_name"]),
                    inner,
                )
            ),
        )
    )
    def test_any_shape_gives_two_strings(self, profile: object) -> None:
        kept = reduced(profile)

        assert kept.keys() == {"name", "picture"}
        assert all(isinstance(text, str) for text in kept.values())
        assert len(kept["name"]) <= 100

    def test_a_silhouette_is_no_picture(self) -> None:
        profile = profile_of("facebook")
        profile["picture"]["data"]["is_silhouette"] = True

        assert reduced(profile)["picture"] == ""

    @pytest.mark.parametrize("url", ["javascript:x", "data:image/png;base64,x", "//x/y", "", "x"])
    def test_only_a_web_address_is_a_picture(self, url: str) -> None:
        assert reduced({"picture": url})["picture"] == ""

    def test_no_name_is_made_of_an_address(self) -> None:
        assert reduced({"name": "ada@example.org", "username": "ada"})["name"] == "ada"
        assert reduced({"name": "ada@example.org"})["name"] == ""


@pytest.mark.django_db(transaction=True)
def test_two_callbacks_at_once_make_one_reader(world: World) -> None:
    world.tells(profile_of("google"))
    clients = [Client() for _browser in range(4)]
    states = [world.start(client, "google")["state"] for client in clients]

    def come_back(number: int) -> int:
        try:
            return world.come_back(clients[number], "google", states[number]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(come_back, range(4)))
    assert set(answers) <= {302, 401}
    assert 302 in answers
    assert User.objects.count() == SocialAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_provider_that_hangs_keeps_few_waiting_and_tells_the_others_at_once(
    world: World, settings: Settings
) -> None:
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 4
    world.server.serve(TOKEN_PATH, origins.silent)

    def sign_in(_: int) -> HttpResponse:
        try:
            client = Client()
            asked = world.start(client, "google")
            return world.come_back(client, "google", asked["state"])
        finally:
            connection.close()

    with ThreadPoolExecutor(MOST_AT_PROVIDERS) as pool:
        waiting = [pool.submit(sign_in, number) for number in range(MOST_AT_PROVIDERS)]
        wait_until(lambda: len(world.server.visits) == MOST_AT_PROVIDERS)
        told = sign_in(0)
        assert not any(each.done() for each in waiting)
        answers = [told, *(each.result() for each in waiting)]
    assert len(world.server.visits) == MOST_AT_PROVIDERS
    for answer in answers:
        assert answer.status_code == 401
        assert FAILED in answer.content.decode()
        assert f'href="{world.start_url}"' in answer.content.decode()
    assert not User.objects.exists()
