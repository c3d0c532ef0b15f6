"""A moderator adds a passkey in a real browser, under our own content security policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import AdministratorFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long enough pass phrase"


@pytest.fixture
def desk(live_server: LiveServer, settings: Settings) -> str:
    settings.STAFF_NEEDS_MFA = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    moderator = AdministratorFactory(username="miriam")
    moderator.set_password(PASSWORD)
    moderator.save()
    return f"{live_server.url}/admin/"


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A browser with a fingerprint reader that says yes."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    assert complaints == []


def test_a_passkey_opens_the_desk(page: Page, desk: str) -> None:
    page.goto(desk)
    page.get_by_label("Username").fill("miriam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.locator("h1")).to_have_text("Second factor")
    expect(page.locator(".messages")).to_contain_text("please add a second factor")

    page.get_by_role("link", name="Add a key").click()
    expect(page.locator("h1")).to_have_text("Add Security Key")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("h1")).to_have_text("Recovery Codes")
    page.get_by_role("link", name="The desk").last.click()
    expect(page).to_have_url(desk)

    page.context.clear_cookies()
    page.goto(desk)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(desk)
    expect(page.locator("#site-name")).to_be_visible()
