"""A newcomer's first visit, from the one command to a comment that everybody reads."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsing import TIMEOUT_MS
from tests.journeys.running import RunningSite, new_site, running_site
from tests.prepared import MODERATOR

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = "Thank you. I have written the number down."


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def has_javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def site(tmp_path: Path, *, has_javascript: bool) -> Iterator[RunningSite]:
    """Once from an empty folder, which takes a while."""
    start = new_site if has_javascript else running_site
    with start(tmp_path) as site:
        yield site


@pytest.fixture
def reader(chromium: Browser, *, has_javascript: bool) -> Iterator[BrowserContext]:
    context = chromium.new_context(java_script_enabled=has_javascript)
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    context.close()


def test_first_visit(site: RunningSite, reader: BrowserContext, chromium: Browser) -> None:
    page = reader.new_page()
    complaints: list[str] = []
    foreign: list[str] = []
    page.on(
        "console",
        lambda m: (
            complaints.append(f"{m.text} {m.location['url']}")
            if m.type == "error" and m.location["url"].startswith(site.url)
            else None
        ),
    )
    page.on("request", lambda r: foreign.append(r.url) if not is_local(r.url) else None)

    nothing = page.request.get(f"{site.url}/nothing/at/all/")
    assert (nothing.status, "urlconf" in nothing.text().lower()) == (404, False)
    read_the_article(page, site)
    assert reader.cookies() == [], "reading sets no cookie"
    sign_in_through_the_sandbox(page, site)
    comment(page)
    approve(chromium, site)

    page.goto(site.article_url)
    expect(page.locator("#comments h2").first).to_have_text("2 thoughts on “Polaris Project”")
    mine = page.locator("article[data-kind=comment]")
    expect(mine).to_contain_text(WORDS)
    expect(mine).not_to_contain_text("awaiting moderation")
    assert complaints == []
    assert foreign == []


def is_local(url: str) -> bool:
    return urlsplit(url).hostname == "127.0.0.1"


def read_the_article(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="Polaris Project", exact=True).first.click()
    expect(page).to_have_url(site.article_url)
    expect(page.locator(".h-entry > .e-content > ol > li")).to_have_count(8)
    expect(page.locator(".h-entry > .e-content")).to_contain_text("1-888-3737-888")
    expect(page.locator("#comments h2").first).to_have_text("One thought on “Polaris Project”")
    pingback = page.locator("article[data-kind=pingback]")
    expect(pingback).to_contain_text(
        "Pingback: Truck Stop Prostitution « Putting an End to Injustice Today"
    )


def sign_in_through_the_sandbox(page: Page, site: RunningSite) -> None:
    """The words typed before are there after."""
    expect(page.locator("#respond")).to_contain_text(
        "Fill in your details below or click an icon to log in:"
    )
    expect(page.locator("[data-provider]")).to_have_count(4)
    page.locator("#respond textarea[name=comment]").fill(WORDS)
    page.locator("[data-provider=google]").click()
    page.locator("input[name=sub]").fill("somebody-of-my-own")
    page.locator("input[name=sub]").press("Enter")
    expect(page).to_have_url(re.compile(re.escape(site.article_url) + "#respond$"))
    expect(page.locator("#respond")).to_contain_text(
        "You are commenting using your Google account."
    )
    expect(page.locator("#respond textarea[name=comment]")).to_have_value(WORDS)


def comment(page: Page) -> None:
    page.get_by_role("button", name="Post Comment").click()
    expect(page).to_have_url(re.compile(r"#comment-\d+$"))
    mine = page.locator("article[data-kind=comment]")
    expect(mine).to_contain_text(WORDS)
    expect(mine).to_contain_text("Your comment is awaiting moderation.")
    expect(page.locator("#comments h2").first).to_have_text("One thought on “Polaris Project”")
    expect(page.locator("#respond textarea[name=comment]")).to_have_value("")


def approve(chromium: Browser, site: RunningSite) -> None:
    context = chromium.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    desk = context.new_page()
    desk.goto(f"{site.url}/admin/")
    desk.locator("input[name=login]").fill(MODERATOR["name"])
    desk.locator("input[name=password]").fill(MODERATOR["password"])
    desk.locator("input[name=password]").press("Enter")
    desk.goto(f"{site.url}/admin/comments/comment/")
    expect(desk.locator("#result_list")).to_contain_text(WORDS)
    desk.locator("#result_list input.action-select").first.check()
    desk.locator("select[name=action]").select_option(label="Approve")
    desk.get_by_role("button", name="Run").or_(desk.get_by_role("button", name="Go")).first.click()
    expect(desk.locator(".messagelist")).to_contain_text("Approved")
    desk.get_by_role("link", name="Approved", exact=True).click()
    expect(desk.locator("#result_list")).to_contain_text(WORDS)
    context.close()
