"""Moderators at work in a real browser: by keyboard, from a phone, in a wave, and two at once."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from comments import moderation_mail, notices
from comments.models import Comment, Decision, DiscussionSettings
from posts.models import Post
from tests.browsing import TIMEOUT_MS
from tests.comments.desks import QUEUE, one_of_the_team
from tests.factories import CommentFactory, PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 360, "height": 740}
Status = Comment.Status
Desk = Callable[..., Page]


@pytest.fixture
def post(db: None) -> Post:
    return PostFactory(title="A letter")


@pytest.fixture
def open_desk(chromium: Browser, live_server: LiveServer) -> Iterator[Desk]:
    """Opens the queue for one of the team, each in a browser of their own."""
    contexts: list[BrowserContext] = []

    def open_for(user: User, query: str = "", **options: object) -> Page:
        context = chromium.new_context(**options)  # type: ignore[arg-type] # playwright's names
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        client = Client()
        client.force_login(user)
        session = {"name": "session", "value": client.cookies["session"].value}
        context.add_cookies([{**session, "url": live_server.url}])  # type: ignore[list-item] # a cookie
        page = context.new_page()
        page.goto(f"{live_server.url}{QUEUE}{query}")
        return page

    yield open_for
    for context in contexts:
        context.close()


@pytest.fixture
def tess(db: None) -> User:
    return one_of_the_team("Moderator", name="Tess", email="tess@example.org")


def words_of(text: str) -> str:
    return Comment.objects.get(text=text).status


def test_a_held_comment_is_approved_by_keyboard_and_taken_back(
    open_desk: Desk, tess: User, post: Post
) -> None:
    for text in ("Oldest", "Middle", "Newest"):
        CommentFactory(post=post, status=Status.PENDING, text=text)
    desk = open_desk(tess)
    rows = desk.locator("#result_list tr.item")
    said = desk.locator("#queue-said")
    expect(rows).to_have_count(3)

    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("approve")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_be_hidden()
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    desk.keyboard.press("a")

    expect(said).to_contain_text("Approved")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_be_focused()
    assert words_of("Middle") == Status.APPROVED
    desk.keyboard.press("d")
    expect(said).to_contain_text("Trash")
    assert words_of("Oldest") == Status.TRASH
    desk.keyboard.press("u")
    expect(desk.locator(".messagelist")).to_contain_text("Taken back: 1.")
    assert words_of("Oldest") == Status.PENDING

    desk.keyboard.press("j")
    desk.keyboard.press("r")
    desk.keyboard.type("as u j? I do")
    expect(desk.locator("details.reply[open] textarea")).to_have_value("as u j? I do")
    desk.get_by_role("button", name="Approve and reply").click()
    expect(desk.locator(".messagelist")).to_contain_text("Your reply is on the page.")
    assert words_of("Newest") == Status.APPROVED


def test_without_javascript_every_button_works(open_desk: Desk, tess: User, post: Post) -> None:
    CommentFactory(post=post, status=Status.PENDING, text="Held")
    desk = open_desk(tess, java_script_enabled=False)

    desk.get_by_role("button", name="I’m on it").click()
    expect(desk.locator("#result_list")).to_contain_text("You are on it")
    desk.locator("tr.item").get_by_role("button", name="Spam", exact=True).click()
    expect(desk.locator(".messagelist")).to_contain_text("Spam")
    assert words_of("Held") == Status.SPAM
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator("#result_list")).to_contain_text("Held")
    assert words_of("Held") == Status.PENDING


def test_a_mail_link_decides_on_a_phone_without_signing_in(
    chromium: Browser, live_server: LiveServer, tess: User, post: Post
) -> None:
    DiscussionSettings.objects.create(mails_are_discreet=False)
    comment = CommentFactory(post=post, status=Status.PENDING, text="Held words", name="Ada")
    moderation_mail.announce(comment)
    notices.deliver()
    link = re.search(r"http://testserver(/moderate/\S+/approve/)", str(mail.outbox[0].body))
    assert link is not None
    context = chromium.new_context(viewport=PHONE, has_touch=True, color_scheme="dark")
    context.set_default_timeout(TIMEOUT_MS)
    phone = context.new_page()

    phone.goto(live_server.url + link[1])
    expect(phone.get_by_role("heading", level=1)).to_have_text("Approve what Ada wrote?")
    expect(phone.get_by_text("Held words")).to_be_visible()
    assert words_of("Held words") == Status.PENDING
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")
    button = phone.get_by_role("button", name="Approve")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    button.tap()

    expect(phone.get_by_role("heading", level=1)).to_have_text("Done")
    assert words_of("Held words") == Status.APPROVED
    phone.goto(live_server.url + link[1])
    expect(phone.get_by_text("This link has been used.")).to_be_visible()
    assert context.cookies() == []
    context.close()


def test_a_wave_of_300_is_cleared_in_one_go(open_desk: Desk, tess: User, post: Post) -> None:
    kept = CommentFactory(post=post, status=Status.PENDING, text="A real question")
    Comment.objects.bulk_create(
        Comment(
            post=post,
            name="Offers",
            text=f"Buy {number}",
            html=f"<p>Buy {number}</p>",
            url="https://spam.example/",
        )
        for number in range(300)
    )
    desk = open_desk(tess, "?q=spam.example")

    desk.get_by_label("all 300 that match, on every page").check()
    desk.get_by_label("Action:").select_option(label="Spam")
    desk.get_by_role("button", name="Go").click()

    expect(desk.locator(".messagelist")).to_contain_text("Spam: 300.", timeout=60_000)
    assert Comment.objects.filter(status=Status.SPAM).count() == 300
    assert Decision.objects.count() == 300
    kept.refresh_from_db()
    assert kept.is_pending
    desk.goto(desk.url.split("?")[0])
    expect(desk.locator("#result_list")).to_contain_text("A real question")


def test_of_two_moderators_racing_the_second_is_told(
    open_desk: Desk, tess: User, post: Post
) -> None:
    CommentFactory(post=post, status=Status.PENDING, text="Contested")
    ana = one_of_the_team("Moderator", name="Ana")
    hers, mine = open_desk(ana), open_desk(tess)

    hers.locator("tr.item").get_by_role("button", name="Approve", exact=True).click()
    expect(hers.locator("#result_list, .nothing").first).not_to_contain_text("Contested")
    mine.keyboard.press("j")
    mine.keyboard.press("s")

    expect(mine.locator("#queue-said")).to_contain_text("Ana was quicker")
    expect(mine.locator("tr.item.is-late")).to_have_count(1)
    assert words_of("Contested") == Status.APPROVED
    assert Decision.objects.count() == 1


def test_a_moderator_is_shown_the_queue_and_kept_out_of_the_rest(
    open_desk: Desk, tess: User, live_server: LiveServer, post: Post
) -> None:
    CommentFactory(post=post, status=Status.PENDING, email="secret@example.org")
    desk = open_desk(tess)
    desk.goto(f"{live_server.url}/admin/")

    shown = desk.locator("#content-main").get_by_role("row")
    expect(desk.locator(".desk")).to_contain_text("comment waits")
    expect(shown.filter(has_text="Users")).to_have_count(0)
    expect(shown.filter(has_text="Posts")).to_have_count(0)
    for path in ("accounts/user/", "auth/group/", "posts/post/", "comments/discussionsettings/"):
        answer = desk.goto(f"{live_server.url}/admin/{path}")
        assert answer is not None
        assert answer.status == 403, path


def test_the_desk_fits_a_phone_in_light_and_dark(open_desk: Desk, tess: User, post: Post) -> None:
    first = CommentFactory(post=post, text="w" * 200, name="N" * 60)
    CommentFactory(
        post=post, parent=first, status=Status.PENDING, text="شكرا لكم", reason="2 links"
    )
    problems: list[str] = []
    for scheme in ("light", "dark"):
        desk = open_desk(tess, "?status=all", viewport=PHONE, color_scheme=scheme)
        desk.on(
            "console",
            lambda line: problems.append(line.text) if line.type in ("error", "warning") else None,
        )
        for path in ("?status=all", f"{first.pk}/change/", f"{first.pk}/writer/", "preferences/"):
            desk.goto(desk.url.split(QUEUE)[0] + QUEUE + path)
            if desk.evaluate("document.documentElement.scrollWidth > innerWidth"):
                problems.append(f"{path} is wider than the screen")
        desk.goto(desk.url.split(QUEUE)[0] + QUEUE + "?status=all")
        for button in desk.locator(".row-buttons button:visible").all():
            box = button.bounding_box()
            if box is None or box["height"] < 44:
                problems.append(f"{button.inner_text()} is too small to touch")
    assert problems == []
