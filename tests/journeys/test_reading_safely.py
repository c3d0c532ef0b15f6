"""A reader at risk walks the blog: nobody else is told, no link is broken, and there is always
a way out, by link, by keyboard and without JavaScript."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.browsing import TIMEOUT_MS
from tests.journeys.running import RunningSite

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEUTRAL = "https://www.weather.gov/"
MOST_PAGE_BYTES = 30_000
MOST_REQUESTS = 5
IMAGE = re.compile(r"\.(svg|png|ico|avif|webp|jpe?g)(#.*)?$")


@pytest.fixture
def site(full_blog: RunningSite) -> RunningSite:
    return full_blog


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def reader(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(java_script_enabled=request.param)
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    context.close()


def test_the_whole_site_asks_no_other_host_and_no_link_is_broken(
    site: RunningSite, chromium: Browser
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if "Policy" in m.text else None)

    broken = walk(page, site)

    assert broken == {}
    assert [url for url in asked if urlsplit(url).netloc != urlsplit(site.url).netloc] == []
    assert refused == []
    assert context.cookies() == [], "reading sets no cookie"
    context.close()


def walk(page: Page, site: RunningSite) -> dict[str, str]:
    """Open every page that can be reached; gives the links that lead nowhere, and where they stood.

    Forms (`/respond/`), the desk and signing in are left to their own tests; so is the way out.
    """
    waiting, seen, broken = {f"{site.url}/": "the start"}, set[str](), dict[str, str]()
    while waiting:
        url, place = waiting.popitem()
        seen.add(url)
        if re.search(
            r"\.(xml|txt|png|webmanifest|svg|ico|css|js)$|/feed/|/oembed/", urlsplit(url).path
        ):
            answer = page.request.get(url)
            status, links = answer.status, list[str]()
        else:
            visit = page.goto(url)
            assert visit
            status = visit.status
            links = page.eval_on_selector_all(
                # Where other sites post to is nothing to be read.
                "a[href], link[href]:not([rel~=me], [rel~=webmention], [rel~=pingback])",
                "all => all.map(one => one.href)",
            )
            anchors = page.eval_on_selector_all(
                "a[href^='#']",
                "all => all.map(a => a.hash.slice(1)).filter(id => !document.getElementById(id))",
            )
            broken |= {f"{url}#{anchor}": url for anchor in anchors}
        if status != 200:
            broken[url] = place
        for link in links:
            target = urljoin(url, link).partition("#")[0]
            if is_for_walking(target, site) and target not in seen:
                waiting[target] = url
    assert len(seen) > 40, seen
    return broken


def is_for_walking(url: str, site: RunningSite) -> bool:
    path = urlsplit(url).path
    is_ours = urlsplit(url).netloc == urlsplit(site.url).netloc
    return is_ours and not re.search(r"/(exit|respond|admin|accounts)/", path)


def test_a_post_is_light(site: RunningSite, chromium: Browser) -> None:
    """All that crosses the wire, headers of the answers included, as Chromium counts it."""
    context = chromium.new_context()
    page = context.new_page()
    wire = context.new_cdp_session(page)
    sizes: dict[str, float] = {}
    urls: dict[str, str] = {}
    wire.on(
        "Network.requestWillBeSent", lambda e: urls.update({e["requestId"]: e["request"]["url"]})
    )
    wire.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}),
    )
    wire.send("Network.enable")

    page.goto(site.article_url, wait_until="networkidle")

    counted = {urls[key]: size for key, size in sizes.items() if not IMAGE.search(urls[key])}
    assert len(counted) <= MOST_REQUESTS, list(counted)
    assert sum(counted.values()) <= MOST_PAGE_BYTES, counted
    context.close()


@pytest.fixture
def way_out(reader: BrowserContext) -> list[Request]:
    """The requests that reached the neutral site, which stands in for the real one here."""
    arrived: list[Request] = []

    def neutral_site(route: Route) -> None:
        arrived.append(route.request)
        route.fulfill(body="<title>Weather</title>", content_type="text/html")

    reader.route(f"{NEUTRAL}**", neutral_site)
    return arrived


def test_the_link_leads_out_and_tells_nobody_where_from(
    site: RunningSite, reader: BrowserContext, way_out: list[Request]
) -> None:
    page = reader.new_page()
    for start in ("/2011/01/11/polaris-project/", "/es/safety/", "/no/"):
        page.goto(site.url + start)
        page.locator("exit-control a").click()
        expect(page).to_have_title("Weather")
    assert len(way_out) == 3
    assert not any(request.headers.get("referer") for request in way_out)


def test_the_second_link_of_every_page_leads_out(
    site: RunningSite, reader: BrowserContext, way_out: list[Request]
) -> None:
    page = reader.new_page()
    page.goto(site.article_url)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Exit this page")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Weather")


def test_three_presses_of_shift_lead_out_and_end_the_session(
    site: RunningSite, chromium: Browser
) -> None:
    context = chromium.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    context.route(
        f"{NEUTRAL}**",
        lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html"),
    )
    page = context.new_page()
    page.goto(f"{site.url}/accounts/login/")
    page.locator("input[name=login]").fill("moderator")
    page.locator("input[name=password]").fill("a long enough pass phrase")
    page.locator("input[name=password]").press("Enter")
    page.goto(site.article_url)
    page.evaluate("sessionStorage.setItem('draft', 'words')")
    assert context.cookies(site.url)

    for _ in range(3):
        page.keyboard.press("Shift")

    expect(page).to_have_title("Weather")
    assert context.cookies(site.url) == []
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('draft')") is None
    page.goto(f"{site.url}/admin/")
    expect(page.locator("input[name=password]")).to_be_visible()
    context.close()


def test_the_way_out_stays_in_sight_and_is_not_printed(site: RunningSite, page: Page) -> None:
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(site.article_url)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("exit-control a")).to_be_in_viewport()
        box = page.locator("exit-control a").bounding_box()
        assert box
        assert box["height"] >= 44
    page.emulate_media(media="print")
    expect(page.locator("exit-control a")).to_be_hidden()
