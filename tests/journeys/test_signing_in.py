"""A real browser signs in through each real provider class.

The provider is oidc-provider-mock, unchanged and over HTTP: what Google, X, Facebook and
WordPress.com answer to our servers comes from there, and the browser consents on its page.
"""

import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator
from html import escape

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from comments.models import Comment
from comments.moderating import decide
from posts.models import Post
from tests.browsing import TIMEOUT_MS
from tests.factories import PostFactory
from tests.fakes.providers import AUTHORIZE_ADDRESSES, asked_for, with_query
from tests.signing_in import PROVIDERS, profile_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    # The stand-in leans on an older part of authlib, which says so.
    pytest.mark.filterwarnings("ignore:authlib.jose", "ignore:get_jwt_config"),
]

LABELS = {
    "wordpress": "WordPress.com",
    "twitter": "Twitter",
    "facebook": "Facebook",
    "google": "Google",
}
WORDS = "Words that took me a while to find."


@pytest.fixture(scope="module")
def identity_server() -> Iterator[str]:
    """A provider that nobody here wrote, and people it knows: `PROVIDER-NUMBER`."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    from oidc_provider_mock import run_server_in_thread  # noqa: PLC0415 - after the setting

    with run_server_in_thread() as server:
        url = f"http://127.0.0.1:{server.server_port}"
        for provider in PROVIDERS:
            for number in (1, 2):
                put(f"{url}/users/{provider}-{number}", profile_of(provider, number))
        yield url


def put(url: str, body: object) -> None:
    request = urllib.request.Request(  # noqa: S310 - a server of this test
        url,
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - as above


class Visitor:
    """Somebody with a browser, and the page each provider shows them first."""

    def __init__(self, context: BrowserContext, site: str, identity_server: str) -> None:
        self.page: Page = context.new_page()
        self.site = site
        self.identity_server = identity_server
        self.asked: dict[str, dict[str, str]] = {}
        self.complaints: list[str] = []
        self.page.on("console", lambda line: self._note(line.text))
        # The stand-in's own pages want a style sheet from elsewhere.
        self.page.route(re.compile(r"^https://(?!.*oauth)"), lambda route: route.abort())
        for provider, address in AUTHORIZE_ADDRESSES.items():
            self.page.route(f"{address}?*", self._first_page_of(provider))

    def _note(self, text: str) -> None:
        if "Policy" in text:
            self.complaints.append(text)

    def _first_page_of(self, provider: str) -> Callable[[Route], None]:
        """The provider's own door. Behind it everything happens at the stand-in."""

        def show(route: Route) -> None:
            self.asked[provider] = asked_for(route.request.url)
            query = {**self.asked[provider], "scope": "profile"}
            onward = with_query(f"{self.identity_server}/oauth2/authorize", **query)
            no = with_query(query["redirect_uri"], error="access_denied", state=query["state"])
            route.fulfill(
                content_type="text/html",
                body=f'<a href="{escape(onward)}">Continue</a> <a href="{escape(no)}">Cancel</a>',
            )

        return show

    def read(self, post: Post) -> None:
        self.page.goto(f"{self.site}{post.get_absolute_url()}")

    def type(self, words: str) -> None:
        self.page.locator("#respond textarea[name=comment]").fill(words)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def consent(self, person: str) -> None:
        self.page.get_by_role("link", name="Continue").click()
        self.page.locator("input[name=sub]").fill(person)
        self.page.get_by_role("button", name="Authorize", exact=True).click()

    def sign_in(self, provider: str, number: int = 1) -> None:
        self.page.locator(f"[data-provider={provider}]").click()
        self.consent(f"{provider}-{number}")

    def expect_to_be_at_the_form_of(self, post: Post) -> None:
        expect(self.page).to_have_url(f"{self.site}{post.get_absolute_url()}#respond")

    def expect_text(self, words: str) -> None:
        expect(self.page.locator("#respond textarea[name=comment]")).to_have_value(words)

    def expect_to_use(self, provider: str) -> None:
        expect(self.page.locator("#respond")).to_contain_text(
            f"You are commenting using your {LABELS[provider]} account."
        )


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def visitor(
    request: pytest.FixtureRequest,
    chromium: Browser,
    live_server: LiveServer,
    identity_server: str,
    all_providers: Callable[[str], None],
) -> Iterator[Visitor]:
    all_providers(identity_server)
    context = chromium.new_context(java_script_enabled=request.param)
    context.set_default_timeout(TIMEOUT_MS)
    visitor = Visitor(context, live_server.url, identity_server)
    yield visitor
    context.close()
    assert visitor.complaints == []


with_javascript = pytest.mark.parametrize("visitor", [True], indirect=True)
without_javascript = pytest.mark.parametrize("visitor", [False], indirect=True)


@pytest.fixture
def article(db: None) -> Post:
    return PostFactory(title="An article", slug="an-article")


@pytest.mark.parametrize(
    ("provider", "visitor"),
    [*((provider, True) for provider in PROVIDERS), ("facebook", False)],
    indirect=["visitor"],
)
def test_a_reader_comes_in_and_comments_under_a_name_of_their_own(
    visitor: Visitor, article: Post, provider: str
) -> None:
    visitor.read(article)
    visitor.type(WORDS)
    visitor.sign_in(provider)

    visitor.expect_to_be_at_the_form_of(article)
    visitor.expect_to_use(provider)
    visitor.expect_text(WORDS)
    asked = visitor.asked[provider]
    assert asked["client_id"] == f"{provider}-id"
    assert ("code_challenge" in asked) is (provider in ("google", "twitter"))

    name = visitor.page.get_by_label("Your name will appear as")
    expect(name).to_have_value("Ada Lovelace")
    name.fill("North Star")
    visitor.press("Post Comment")
    expect(visitor.page).to_have_url(re.compile(r"#comment-\d+$"))
    visitor.expect_text("")
    expect(visitor.page.locator("#respond")).to_contain_text("North Star")
    expect(name).to_have_count(0)

    decide(Comment.objects.get(), Comment.Status.APPROVED, by=None)
    strangers = visitor.page.context.browser.new_context()  # type: ignore[union-attr] # it has one
    page = strangers.new_page()
    page.goto(f"{visitor.site}{article.get_absolute_url()}")
    expect(page.locator("article[data-kind=comment]")).to_contain_text("North Star")
    seen = page.locator("#comments ol.thread").inner_html()
    assert "Lovelace" not in seen
    assert LABELS[provider] not in seen
    assert strangers.cookies() == []
    strangers.close()


@without_javascript
def test_whoever_turns_back_at_the_provider_finds_their_words(
    visitor: Visitor, article: Post
) -> None:
    visitor.read(article)
    visitor.type(WORDS)
    visitor.page.locator("[data-provider=facebook]").click()
    visitor.page.get_by_role("link", name="Cancel").click()
    expect(visitor.page.locator("h1")).to_have_text("You are not logged in")
    visitor.page.get_by_role("link", name="Back to where you were").click()

    visitor.expect_to_be_at_the_form_of(article)
    visitor.expect_text(WORDS)
    assert not User.objects.exists()


@without_javascript
def test_changing_to_a_new_account_makes_no_second_reader_unasked(
    visitor: Visitor, article: Post
) -> None:
    visitor.read(article)
    visitor.sign_in("facebook")
    visitor.expect_to_use("facebook")
    visitor.type(WORDS)
    visitor.press("Change")
    visitor.sign_in("google")
    expect(visitor.page.locator("h1")).to_have_text("This Google account is new here")
    assert User.objects.count() == 1
    visitor.press("It is mine: add it to Ada Lovelace")

    visitor.expect_to_be_at_the_form_of(article)
    visitor.expect_to_use("google")
    visitor.expect_text(WORDS)
    assert User.objects.count() == 1


@without_javascript
def test_changing_to_another_reader_keeps_the_words(visitor: Visitor, article: Post) -> None:
    visitor.read(article)
    visitor.sign_in("wordpress")
    visitor.type(WORDS)
    visitor.press("Change")
    visitor.sign_in("twitter", 2)
    visitor.press("Begin as another reader")

    visitor.expect_to_be_at_the_form_of(article)
    visitor.expect_to_use("twitter")
    visitor.expect_text(WORDS)
    assert User.objects.count() == 2

    visitor.press("Change")
    visitor.sign_in("wordpress")
    visitor.expect_to_be_at_the_form_of(article)
    visitor.expect_to_use("wordpress")
    visitor.expect_text(WORDS)
    assert User.objects.count() == 2


def test_logging_out_keeps_the_words(visitor: Visitor, article: Post) -> None:
    visitor.read(article)
    visitor.sign_in("google")
    visitor.type(WORDS)
    visitor.press("Log Out")

    visitor.expect_to_be_at_the_form_of(article)
    visitor.expect_text(WORDS)
    expect(visitor.page.get_by_label("Name")).to_be_visible()


@with_javascript
def test_the_form_says_where_the_browser_is_going(visitor: Visitor, article: Post) -> None:
    # The words are gone with the page, so the page writes down what it said.
    visitor.page.add_init_script(
        "document.addEventListener('submit', () => sessionStorage.setItem("
        "'said', document.querySelector('.sending').textContent))"
    )
    visitor.read(article)
    visitor.sign_in("google")
    visitor.expect_to_use("google")
    assert visitor.page.evaluate("sessionStorage.getItem('said')") == "Connecting to Google…"


@without_javascript
def test_a_reader_takes_everything_along_and_leaves(visitor: Visitor, article: Post) -> None:
    visitor.read(article)
    visitor.type(WORDS)
    visitor.sign_in("wordpress")
    visitor.press("Post Comment")
    visitor.page.get_by_role("link", name="Your account").click()
    with visitor.page.expect_download() as download:
        visitor.press("Download it")
    kept = json.loads(download.value.path().read_text())
    assert kept["account"]["name"] == "Ada Lovelace"
    assert [row["provider"] for row in kept["sign_in_accounts"]] == ["wordpress"]
    assert [row["text"] for row in kept["comments"]] == [WORDS]

    visitor.page.get_by_role("link", name="Delete this account").click()
    visitor.page.get_by_label("Type the word").fill("delete")
    visitor.press("Delete my account")
    expect(visitor.page.locator("h1")).to_have_text("Your account is deleted")
    assert not User.objects.exists()
    comment = Comment.objects.get()
    assert (comment.name, comment.text, comment.reader) == ("A former reader", WORDS, None)
