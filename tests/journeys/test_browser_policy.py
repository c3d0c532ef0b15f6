"""Every kind of page in a real browser: none asks for what its content security policy refuses."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from comments.models import Comment
from tests.browsing import TIMEOUT_MS
from tests.factories import AdministratorFactory, CommentFactory, PostFactory
from tests.walking import desk_pages

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PUBLIC = (
    *("/", "POST", "POST?respond", "/search/?q=words&comments=1", "/archives/", "/safety/"),
    *("/nowhere/", "/es/", "/comments/note/", "/accounts/login/", "/accounts/sign-in/"),
    *("/accounts/password/reset/", "/accounts/left/", "/moderate/forged/approve/"),
    *("/subscriptions/forged/", "/robots.txt", "/feed/json/"),
)
ACCOUNT = (
    *("/accounts/me/", "/accounts/me/delete/", "/accounts/logout/", "/accounts/2fa/"),
    *("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/"),
    *("/accounts/2fa/recovery-codes/", "/accounts/password/change/", "/accounts/email/"),
    *("/accounts/reauthenticate/", "/accounts/2fa/webauthn/reauthenticate/"),
)
# What a browser refused is told in the page; a line in the console could be overlooked.
TELL = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
    window.refused.push(`${event.effectiveDirective}: ${event.sample || event.blockedURI}`);
});
"""
# What happened until now is told in a task of its own, which comes first.
TOLD = "new Promise((tell) => setTimeout(() => tell(window.refused ?? []), 0))"
TRY = """new Promise((heard) => {
    document.addEventListener("securitypolicyviolation", heard, { once: true });
    try { document.body.innerHTML = "<b>x</b>" } catch {}
}).then(() => true)"""


class Watched:
    """A browser, and all that its pages were refused or broke at."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.seen = 0
        context.set_default_timeout(TIMEOUT_MS)
        context.add_init_script(TELL)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(f"{error}"))

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path, wait_until="load")
        self.seen += 1
        self.note(path)
        return self.page

    def note(self, path: str) -> None:
        refused = self.page.evaluate(TOLD)
        self.complaints += [f"{path} {line}" for line in refused]


@pytest.fixture
def watched(chromium: Browser, live_server: LiveServer) -> Iterator[Watched]:
    context = chromium.new_context()
    yield Watched(context, live_server.url)
    context.close()


def sign_in(watched: Watched) -> None:
    client = Client()
    client.force_login(AdministratorFactory(name="Ada"))
    session = {"name": "session", "value": client.cookies["session"].value, "url": watched.url}
    watched.page.context.add_cookies([session])  # type: ignore[list-item] # a cookie


def test_a_reader_meets_nothing_that_is_refused(watched: Watched) -> None:
    post = PostFactory()
    CommentFactory(post=post)
    for path in PUBLIC:
        watched.open(path.replace("POST", post.get_absolute_url()))

    page = watched.open(post.get_absolute_url())
    page.locator("textarea[name=comment]").fill("Some *emphasis* of mine")
    expect(page.locator("#preview em")).to_have_text("emphasis")
    page.locator("button.like").first.click()
    expect(page.locator("button.like .count").first).to_have_text(" 1")
    page.keyboard.press("Shift")
    watched.note("the form")

    assert watched.complaints == []
    # They hold, and are not merely unheard: what every page must refuse is told of.
    page.evaluate(TRY)
    watched.note("a test")
    assert [line.split(":")[0] for line in watched.complaints] == [
        "a test require-trusted-types-for"
    ]


def test_the_team_meets_nothing_that_is_refused(watched: Watched) -> None:
    post = PostFactory()
    comment = CommentFactory(post=post, status=Comment.Status.PENDING)
    sign_in(watched)
    for path in (*ACCOUNT, *desk_pages()):
        watched.open(path)
    watched.open(f"{post.get_absolute_url()}#comment-{comment.pk}")
    assert watched.seen > 60
    assert watched.complaints == []
