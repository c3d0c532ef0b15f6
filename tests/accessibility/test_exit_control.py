"""Leaving at once: by the link, by three presses of Shift, and what the back button finds."""

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reading(live_server: LiveServer, page: Page) -> Page:
    """A page of the blog, with a neutral site standing where the exit leads."""

    def neutral_site(route: Route) -> None:
        route.fulfill(body="<title>Weather</title>", content_type="text/html")

    page.route("**/exit/", neutral_site)
    page.goto(live_server.url)
    return page


def spoken(page: Page) -> str:
    return page.locator("exit-control [role=status]").inner_text()


def test_three_presses_of_shift_leave(reading: Page) -> None:
    reading.keyboard.press("Shift")
    assert spoken(reading) == "Shift, press 2 more times to exit."
    reading.keyboard.press("Shift")
    assert spoken(reading) == "Shift, press 1 more time to exit."
    reading.keyboard.press("Shift")
    expect(reading).to_have_title("Weather")


def test_another_key_in_between_starts_again(reading: Page) -> None:
    for key in ("Shift", "Shift", "a"):
        reading.keyboard.press(key)
    assert spoken(reading) == "Exit this page expired."
    reading.keyboard.press("Shift")
    assert spoken(reading) == "Shift, press 2 more times to exit."


def test_capital_letters_are_no_presses(reading: Page) -> None:
    for _ in range(3):
        reading.keyboard.press("Shift+A")
    assert spoken(reading) == ""


def test_the_back_button_finds_the_page_uncovered(reading: Page) -> None:
    reading.get_by_role("link", name="Emergency Exit this page").click()
    expect(reading).to_have_title("Weather")
    reading.go_back()
    expect(reading.get_by_role("heading", level=1)).to_be_visible()


def test_the_first_links_lead_to_the_words_and_out(reading: Page) -> None:
    reading.keyboard.press("Tab")
    expect(reading.locator(":focus")).to_have_text("Skip to main content")
    reading.keyboard.press("Tab")
    reading.keyboard.press("Enter")
    expect(reading).to_have_title("Weather")
