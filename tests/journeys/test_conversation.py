"""Readers converse in a real browser: with JavaScript and without, and with trouble on the way."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.mail import EmailMessage
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from comments import notices
from comments.models import Comment, DiscussionSettings, Report, Subscription
from posts.models import Post
from tests.browsing import TIMEOUT_MS
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def post(db: None) -> Post:
    return PostFactory(title="A letter")


@pytest.fixture
def url(live_server: LiveServer, post: Post) -> str:
    return f"{live_server.url}{post.get_absolute_url()}"


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def reader(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=request.param)
    context.set_default_timeout(TIMEOUT_MS)
    yield context.new_page()
    context.close()


def write(page: Page, words: str, name: str = "Ada") -> None:
    page.locator("#respond textarea[name=comment]").fill(words)
    if page.locator("#respond input[name=author]").count():
        page.locator("#respond input[name=author]").fill(name)


def send(page: Page) -> None:
    page.get_by_role("button", name="Post Comment").click()
    expect(page).to_have_url(re.compile(r"#comment-\d+$"))


def test_a_guest_answers_edits_and_deletes(reader: Page, url: str, post: Post) -> None:
    first = CommentFactory(post=post, name="Esi", text="A question")
    reader.goto(url)

    reader.locator(f"#comment-{first.pk}").get_by_role("link", name="Reply").click()
    expect(reader.locator("#respond-heading")).to_have_text("Leave a Reply to Esi")
    write(reader, "An *answer*")
    send(reader)
    mine = reader.locator("article", has_text="An answer")
    expect(mine).to_contain_text("Your comment is awaiting moderation.")
    expect(mine).to_have_attribute("data-depth", "2")
    expect(reader.locator("#comments h2").first).to_have_text("One thought on “A letter”")

    mine.get_by_role("link", name="Edit").click()
    reader.locator("textarea[name=comment]").fill("A better answer")
    reader.get_by_role("button", name="Save").click()
    mine = reader.locator("article", has_text="A better answer")
    expect(mine).to_contain_text("edited")

    mine.get_by_role("link", name="Delete").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Delete your comment?")
    reader.get_by_role("button", name="Delete").click()
    expect(reader.locator("article.h-cite")).to_have_count(1)
    assert Comment.objects.get(parent=first).status == Comment.Status.TRASH


def test_a_like_and_a_report(reader: Page, url: str, post: Post) -> None:
    comment = CommentFactory(post=post)
    reader.goto(url)
    like = reader.locator(f"#comment-{comment.pk} button.like")

    like.click()
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(like).to_have_text("Like 1")
    like.click()
    expect(like).to_have_attribute("aria-pressed", "false")
    expect(like).to_have_text("Like")

    reader.locator(f"#comment-{comment.pk}").get_by_role("link", name="Report").click()
    reader.get_by_label("Somebody may be in danger").check()
    reader.get_by_role("button", name="Send the report").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert Report.objects.get().reason == "danger"


def test_pages_orders_and_folded_threads(reader: Page, url: str, post: Post) -> None:
    DiscussionSettings.objects.create(threads_per_page=2)
    threads = [CommentFactory(post=post, text=f"Thread {n}") for n in range(5)]
    CommentFactory(post=post, parent=threads[0], text="Folded away")
    reader.goto(url)

    reader.get_by_text("1 reply", exact=True).click()
    expect(reader.get_by_text("Folded away")).to_be_hidden()
    reader.get_by_role("link", name="Newer comments").click()
    expect(reader).to_have_url(re.compile("/comment-page-2/"))
    expect(reader.get_by_text("Thread 2")).to_be_visible()
    reader.get_by_role("link", name="Newest first").click()
    expect(reader.locator("article.h-cite").first).to_contain_text("Thread 4")
    reader.goto(url.replace(post.get_absolute_url(), threads[4].get_absolute_url()))
    expect(reader).to_have_url(re.compile(rf"/comment-page-3/#comment-{threads[4].pk}$"))
    expect(reader.locator(f"#comment-{threads[4].pk}")).to_be_in_viewport()


def test_a_preview_and_a_refusal_lose_nothing(reader: Page, url: str) -> None:
    reader.goto(url)
    reader.locator("textarea[name=comment]").fill("Some *words* of mine")
    reader.get_by_role("button", name="Preview").click()
    expect(reader.locator("#preview em")).to_have_text("words")
    expect(reader.locator("textarea[name=comment]")).to_have_value("Some *words* of mine")

    reader.get_by_role("button", name="Post Comment").click()
    expect(reader.locator("#respond-errors")).to_contain_text("Please give a name")
    expect(reader.locator("textarea[name=comment]")).to_have_value("Some *words* of mine")
    assert not Comment.objects.exists()


def test_mail_is_asked_for_confirmed_and_ended(
    reader: Page, url: str, live_server: LiveServer, mailoutbox: list[EmailMessage]
) -> None:
    reader.goto(url)
    write(reader, "Please tell me")
    reader.get_by_label("Notify me of new comments via email.").check()
    reader.get_by_label("Which comments").select_option(label="Every comment on this article")
    reader.locator("#respond input[name=email]").fill("ada@example.org")
    send(reader)
    notices.deliver()

    link = re.search(r"http://testserver(/\S+)", str(mailoutbox[0].body))
    assert link
    reader.goto(live_server.url + link[1])
    expect(reader.get_by_role("listitem")).to_contain_text("Every comment on this article")
    reader.get_by_role("button", name="Yes, send it").click()
    expect(reader.locator("main .note")).to_contain_text("It is confirmed.")
    assert Subscription.objects.confirmed().count() == 1
    reader.goto(f"{live_server.url}{link[1]}unsubscribe/")
    reader.get_by_role("button", name="End it").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("No more mail about this")
    assert not Subscription.objects.exists()


def test_a_closed_conversation_says_so(reader: Page, url: str, post: Post) -> None:
    CommentFactory(post=post)
    Post.objects.update(comments_open=False)
    reader.goto(url)

    expect(reader.locator("#respond")).to_have_text("Comments are closed.")
    expect(reader.get_by_role("link", name="Reply")).to_have_count(0)


def test_keys_alone_write_send_and_find_the_new_comment(page: Page, url: str, post: Post) -> None:
    """Ctrl+Enter sends, once however often it is pressed, and the new comment has the focus."""
    page.goto(url)
    write(page, "By keys alone, with *emphasis*")
    expect(page.locator("#preview em")).to_have_text("emphasis")
    for _ in range(3):
        page.locator("textarea[name=comment]").press("Control+Enter")

    expect(page).to_have_url(re.compile(r"#comment-\d+$"))
    expect(page.locator("article.h-cite")).to_be_focused()
    expect(page.locator("#respond .sending")).to_have_text("Your comment is on the page.")
    expect(page.locator("textarea[name=comment]")).to_have_value("")
    assert Comment.objects.count() == 1


def test_the_form_comes_to_the_comment_and_goes_back(page: Page, url: str, post: Post) -> None:
    first = CommentFactory(post=post, name="Esi")
    CommentFactory(post=post)
    page.goto(url)
    page.locator("textarea[name=comment]").fill("Half a thought")

    page.locator(f"#comment-{first.pk} .reply").press("Enter")
    expect(page.locator(f".response:has(> #comment-{first.pk}) > comment-form")).to_be_visible()
    expect(page.locator("textarea[name=comment]")).to_be_focused()
    page.get_by_role("link", name="Cancel reply").press("Enter")

    expect(page.locator("#respond-heading")).to_have_text("Leave a Reply")
    expect(page.locator(f"#comment-{first.pk} .reply")).to_be_focused()
    expect(page.locator("textarea[name=comment]")).to_have_value("Half a thought")


def test_the_text_outlives_a_lost_connection(page: Page, url: str, context: BrowserContext) -> None:
    page.goto(url)
    write(page, "Words on a train")
    page.locator("textarea[name=comment]").press("End")
    context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Post Comment").click()
    context.set_offline(False)

    page.goto(url)

    expect(page.locator("textarea[name=comment]")).to_have_value("Words on a train")
    assert not Comment.objects.exists()


def test_the_text_outlives_an_expired_session(
    page: Page, url: str, live_server: LiveServer
) -> None:
    client = Client()
    client.force_login(UserFactory())
    session = {"name": "session", "value": client.cookies["session"].value}
    page.context.add_cookies([{**session, "url": live_server.url}])
    page.goto(url)
    write(page, "Words of a long evening")
    client.session.flush()
    client.logout()

    page.get_by_role("button", name="Post Comment").click()

    expect(page.locator("#respond-errors")).to_contain_text(
        "Please give a name", timeout=TIMEOUT_MS
    )
    expect(page.locator("textarea").first).to_have_value("Words of a long evening")


def test_the_room_left_is_said_near_the_end(page: Page, url: str) -> None:
    page.goto(url)
    room = page.locator(".room")
    page.locator("textarea[name=comment]").fill("x" * 60_000)
    expect(room).to_be_hidden()
    page.locator("textarea[name=comment]").fill("x" * 65_500)
    expect(room).to_have_text("25 characters left")
    page.locator("textarea[name=comment]").fill("😀" * 65_526)
    expect(room).to_have_text("1 characters too many")


def test_taking_part_loads_five_files_and_no_page_has_faults(
    page: Page, url: str, live_server: LiveServer, post: Post
) -> None:
    """What a reader's page asks for at first; and axe's judgement of the pages around it."""
    asked: list[str] = []
    first = CommentFactory(post=post)
    CommentFactory(post=post, parent=first)
    page.on("request", lambda r: asked.append(r.url) if "/img/" not in r.url else None)
    page.goto(url, wait_until="networkidle")
    assert len(asked) == 5, asked
    followed = Subscription.objects.create(
        email="a@example.org", kind="post", post=post, confirmed_at=first.created_at
    )
    write(page, "Mine")
    send(page)
    mine = Comment.objects.latest("pk")

    paths = [f"comments/{mine.pk}/edit/", f"comments/{mine.pk}/delete/"]
    paths += [f"comments/{first.pk}/report/", f"subscriptions/{followed.token}/"]
    paths += [f"{post.get_absolute_url()[1:]}follow/", post.get_absolute_url()[1:]]
    paths += [f"subscriptions/{followed.token}/unsubscribe/"]
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            page.goto(f"{live_server.url}/{path}")
            found = Axe().run(page).response["violations"]
            assert [(path, fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
