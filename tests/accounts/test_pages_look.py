"""The pages about one's own account are held against axe's rules and their own edges."""

import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.accessibility.test_axe import faults
from tests.signing_in import World

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PAGES = [
    *("/accounts/me/", "/accounts/me/delete/", "/accounts/sign-in/", "/accounts/sign-in/new/"),
    *("/accounts/email/", "/accounts/2fa/", "/accounts/2fa/totp/activate/"),
    *("/accounts/2fa/webauthn/add/", "/accounts/3rdparty/login/cancelled/", "/accounts/left/"),
]


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_they_have_no_faults(
    live_server: LiveServer,
    chromium: Browser,
    world: World,
    client: Client,
    width: int,
    scheme: str,
) -> None:
    world.sign_in(client, "google")
    world.sign_in(client, "facebook")
    User.objects.update(name="A name that goes on until it has sixty letters, all of them")
    context = chromium.new_context(
        color_scheme=scheme,  # type: ignore[arg-type] # one of playwright's words
        viewport={"width": width, "height": 800},
    )
    session = {"name": "session", "value": client.cookies["session"].value}
    context.add_cookies([{**session, "url": live_server.url}])
    page = context.new_page()
    for path in PAGES if width < 1000 else PAGES[:4]:
        assert faults(page, live_server.url + path) == [], path
    context.close()
