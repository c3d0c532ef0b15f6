"""How often somebody may sign in, sign up and take everything along."""

import pytest
from django.test import Client

from accounts.models import User
from polarisblog.network import limits
from tests.factories import UserFactory
from tests.signing_in import World, profile_of

pytestmark = pytest.mark.django_db


def test_starting_to_sign_in_is_throttled(client: Client, world: World) -> None:
    for _start in range(limits.SIGN_IN_BY_ADDRESS.windows[0].count):
        world.start(client, "google")
    answer = client.post("/accounts/sign-in/google/", {"comment": "my words"})

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_new_accounts_are_throttled_and_known_ones_are_not(world: World) -> None:
    most = limits.SIGN_UP_BY_ADDRESS.windows[0].count
    for number in range(1, most + 1):
        world.sign_in(Client(), "google", profile_of("google", number))
    answer = world.sign_in(Client(), "google", profile_of("google", most + 1))

    assert answer.status_code == 429
    assert User.objects.count() == most
    assert world.sign_in(Client(), "google", profile_of("google", 1)).status_code == 302


def test_downloads_are_throttled(client: Client) -> None:
    client.force_login(UserFactory())
    for _download in range(limits.EXPORT.windows[0].count):
        assert client.post("/accounts/me/download/").status_code == 200
    assert client.post("/accounts/me/download/").status_code == 429
