"""Every kind of page, light and dark, wide and narrow, against axe's rules and its own edges."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from comments.models import Comment
from posts.models import HelpLine, Post, RelatedPost
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    CommentFactory,
    PostFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "w" * 200
NAME = "A name that goes on until it has sixty letters, all of them"
PUBLIC_PAGES = (
    "/",
    "POST",
    "CLOSED",
    "CATEGORY",
    "AUTHOR",
    "/nowhere/",
    "/search/?q=post&comments=1",
    "/archives/",
    "/safety/",
    "/es/",
    "/comments/note/",
    "/accounts/login/",
    "/accounts/sign-in/",
)
STAFF_PAGES = (
    "/admin/",
    "/admin/comments/comment/",
    "/admin/comments/decision/",
    "/accounts/logout/",
    "POST",
)


@pytest.fixture
def addresses() -> dict[str, str]:
    """A post with everything a conversation may hold, and one that takes no comments."""
    HelpLine.objects.create(
        name="A line that helps",
        phone="1-555-010-0100",
        text_number="55501",
        text_word="HELLO",
        tty="711",
        chat_url="https://help.example.org/chat",
        reviewed_on="2026-01-01",
    )
    post: Post = PostFactory(
        title="A post", body=f"<p>{WORD}</p><ol><li><strong>One.</strong> First.</li></ol>"
    )
    first = CommentFactory(post=post, name=NAME, text=WORD, url="https://example.org")
    CommentFactory(post=post, name="نور", text="شكرا لكم على هذا المقال", parent=first)
    CommentFactory(
        post=post, name="Elsewhere", text="", kind=Comment.Kind.PINGBACK, url="https://example.org"
    )
    CommentFactory(post=post, text=WORD, status=Comment.Status.PENDING, reason="Contains 2 links")
    closed: Post = PostFactory(title=WORD, comments_open=False, author=UserFactory(name=WORD))
    category = CategoryFactory(name=WORD)
    for one in (post, closed):
        one.categories.add(category)
        one.tags.create(name=WORD, slug=f"tag-{one.pk}")
    RelatedPost.objects.create(post=post, other=closed, rank=1)
    return {
        "POST": post.get_absolute_url(),
        "CLOSED": closed.get_absolute_url(),
        "CATEGORY": category.get_absolute_url(),
        "AUTHOR": f"/author/{closed.author_id}/",
    }


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[320, 1280])
def screen(
    request: pytest.FixtureRequest, chromium: Browser, scheme: str
) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        color_scheme=scheme,  # type: ignore[arg-type] # one of playwright's words
        viewport={"width": request.param, "height": 800},
    )
    yield context
    context.close()


def faults(page: Page, url: str) -> list[str]:
    """What axe, the content security policy and the page's right edge say against the page."""
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Policy" in line.text else None)
    page.goto(url)
    found = [
        f"{fault['id']}: {fault['nodes'][0]['html']}"
        for fault in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found + refused


def test_readers_pages_have_no_faults(
    live_server: LiveServer, screen: BrowserContext, addresses: dict[str, str]
) -> None:
    page = screen.new_page()
    for path in PUBLIC_PAGES:
        assert faults(page, live_server.url + addresses.get(path, path)) == [], path


def test_staff_pages_have_no_faults(
    live_server: LiveServer, screen: BrowserContext, addresses: dict[str, str], client: Client
) -> None:
    client.force_login(AdministratorFactory())
    session = {"name": "session", "value": client.cookies["session"].value}
    screen.add_cookies([{**session, "url": live_server.url}])
    page = screen.new_page()
    for path in STAFF_PAGES:
        assert faults(page, live_server.url + addresses.get(path, path)) == [], path
