"""An author's day in a real browser, under the real content security policy."""

import io
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from PIL import Image as Pillow
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from polarisblog.background.working import Worker
from posts.models import Image, Post
from tests.browsing import TIMEOUT_MS
from tests.factories import AdministratorFactory, PostFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

POSTS = "/admin/posts/post/"
MARKDOWN = "## Why we went\\n\\n* one\\n* two **loud**\\n\\n[the line](https://example.org/)"
PASTE = """(editor, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text.replaceAll("\\\\n", "\\n"));
    const paste = { clipboardData, bubbles: true, cancelable: true };
    editor.dispatchEvent(new ClipboardEvent("paste", paste));
}"""


class Desk:
    """A signed-in author's browser, and everything it complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.context = context
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, line: object) -> None:
        text = str(getattr(line, "text", ""))
        # The preview is a page whose scripts are told not to run, and says so.
        if getattr(line, "type", "") == "error" and "document's frame is sandboxed" not in text:
            self.complaints.append(text)

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def write(self, path: str) -> Page:
        page = self.open(path)
        expect(page.locator(".tiptap")).to_be_visible()
        return page


def signed_in(context: BrowserContext, live_server: LiveServer) -> Desk:
    client = Client()
    client.force_login(AdministratorFactory(name="Ada"))
    session = {"name": "session", "value": client.cookies["session"].value}
    context.add_cookies([{**session, "url": live_server.url}])
    return Desk(context, live_server.url)


@pytest.fixture
def desk(context: BrowserContext, live_server: LiveServer) -> Desk:
    return signed_in(context, live_server)


@pytest.fixture
def plain_desk(chromium: Browser, live_server: LiveServer) -> Iterator[Desk]:
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(TIMEOUT_MS)
    yield signed_in(context, live_server)
    context.close()


def photograph() -> bytes:
    buffer = io.BytesIO()
    Pillow.new("RGB", (600, 400), (20, 40, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_writing_a_post_from_the_first_word_to_the_reader(desk: Desk) -> None:
    page = desk.write(f"{POSTS}add/")
    page.locator("#id_title").fill("A night at the station")
    page.locator(".tiptap").click()
    page.keyboard.type("We put up posters. ")
    page.locator(".prose-menubar__button[title*='bold' i]").click()
    page.keyboard.type("Forty of them.")
    expect(page.get_by_text(re.compile(r"Kept at .* 7 words, 1 min to read"))).to_be_visible()

    page.get_by_role("button", name="Preview while writing").click()
    preview = page.frame_locator("live-preview iframe")
    expect(preview.locator(".e-content strong")).to_have_text("Forty of them.")
    page.locator(".tiptap").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" By hand.")
    expect(preview.locator(".e-content")).to_contain_text("By hand.")

    page.locator("input[name=_publish]").click()
    expect(page.locator(".messagelist")).to_contain_text("added successfully")
    page.get_by_role("link", name="See it on the site").click()
    expect(page.locator("h1")).to_have_text("A night at the station")
    expect(page.locator(".e-content strong")).to_contain_text("Forty of them.")
    assert desk.complaints == []


def test_markdown_is_pasted_as_what_it_means(desk: Desk) -> None:
    page = desk.write(f"{POSTS}add/")
    editor = page.locator(".tiptap")
    editor.click()
    editor.evaluate(PASTE, MARKDOWN)

    expect(editor.locator("h2")).to_have_text("Why we went")
    expect(editor.locator("li strong")).to_have_text("loud")
    expect(editor.locator("a[href='https://example.org/']")).to_have_text("the line")
    editor.locator("li strong").click()
    editor.evaluate(PASTE, "plain words, 2 times 3")
    expect(editor).to_contain_text("plain words, 2 times 3")
    assert desk.complaints == []


def test_leaving_with_unsaved_words_is_asked_about_and_loses_none(desk: Desk) -> None:
    post = PostFactory(title="Half done", body="<p>Saved words.</p>")
    page = desk.write(f"{POSTS}{post.pk}/change/")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator(".tiptap").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" And more.")
    expect(page.get_by_text("Kept at")).to_be_visible()
    desk.open("/admin/")
    assert asked == ["beforeunload"]

    page = desk.write(f"{POSTS}{post.pk}/change/")
    expect(page.locator(".tiptap")).not_to_contain_text("And more.")
    page.get_by_role("link", name="Bring it back").click()
    expect(page.locator(".tiptap")).to_contain_text("Saved words. And more.")
    page.locator("input[name=_continue]").click()
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    desk.open("/admin/")
    assert asked == ["beforeunload"], "nothing to ask about after saving"
    assert "And more." in Post.objects.get().body


def test_a_picture_goes_from_the_disk_into_the_text(desk: Desk) -> None:
    page = desk.write(f"{POSTS}add/")
    page.locator("#id_title").fill("With a picture")
    page.locator(".tiptap").click()
    page.locator(".prose-menubar__button[title*='figure' i]").click()
    with desk.context.expect_page() as opened:
        page.get_by_role("button", name="Browse...").click()
    library = opened.value
    library.get_by_role("link", name="Add picture").click()
    file = {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    library.locator("#id_upload").set_input_files([file])  # type: ignore[list-item] # a payload
    library.locator("#id_alt").fill("A lamp in a window")
    library.locator("input[name=_save]").click()
    with library.expect_event("close"):
        library.locator(".library a").first.click()
    expect(page.locator("dialog input[name=altText]")).to_have_value("A lamp in a window")
    page.get_by_role("button", name="Insert", exact=True).click()
    expect(page.locator(".tiptap img")).to_have_js_property("naturalWidth", 600)
    page.locator("input[name=_publish]").click()
    expect(page.locator(".messagelist")).to_contain_text("added successfully")

    Worker(interval=0, batch=True).run()
    assert Image.objects.get().rendered_at
    page.goto(desk.url + Post.objects.get().get_absolute_url())
    picture = page.locator(".e-content picture img")
    expect(picture).to_have_attribute("width", "600")
    assert picture.evaluate("image => image.decode().then(() => image.currentSrc)").endswith("avif")
    assert desk.complaints == []


def test_the_focal_point_is_set_with_a_click(desk: Desk) -> None:
    client = Client()
    client.force_login(AdministratorFactory())
    upload = io.BytesIO(photograph())
    upload.name = "x.jpg"
    client.post(
        "/admin/posts/image/add/", {"upload": upload, "alt": "x", "focal_x": 50, "focal_y": 50}
    )
    page = desk.open(f"/admin/posts/image/{Image.objects.get().pk}/change/")
    page.locator("focal-point img").click(position={"x": 60, "y": 300})
    expect(page.locator("#id_focal_x")).to_have_value("10")
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    assert (Image.objects.get().focal_x, Image.objects.get().focal_y) == (10, 75)
    assert desk.complaints == []


def test_everything_can_be_written_without_javascript(plain_desk: Desk) -> None:
    page = plain_desk.open(f"{POSTS}add/")
    page.locator("#id_title").fill("By hand")
    page.locator("#id_body").fill("<p>Typed as <em>HTML</em>.</p>")
    page.locator("#id_tag_names").fill("plain, simple")
    page.locator("input[name=_publish]").click()
    page.get_by_role("link", name="See it on the site").click()
    expect(page.locator(".e-content em")).to_have_text("HTML")
    assert {tag.name for tag in Post.objects.get().tags.all()} == {"plain", "simple"}


# Half-way through a transition a colour is none that anybody chose.
SETTLED = "Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))"


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_the_desk_has_no_faults(
    chromium: Browser, live_server: LiveServer, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type] # one of playwright's words
    )
    context.set_default_timeout(TIMEOUT_MS)
    desk = signed_in(context, live_server)
    post = PostFactory(title="w" * 100, author=None)
    client = Client()
    client.force_login(AdministratorFactory())
    for words in ("<p>One.</p>", "<p>Two.</p>"):
        form = {"title": "x", "body": words, "status": "published", "tag_names": ""}
        client.post(
            f"{POSTS}{post.pk}/change/",
            {**form, "seen_version": Post.objects.get().version, "slug": "x"},
        )
    assert Post.objects.get().version == 2
    for path in (
        f"{POSTS}{post.pk}/change/",
        f"{POSTS}{post.pk}/versions/",
        f"{POSTS}add/",
        POSTS,
        "/admin/posts/image/",
        "/admin/posts/image/add/",
    ):
        page = desk.open(path)
        assert desk.complaints == [], path
        page.evaluate(SETTLED)
        # Axe would write a style sheet into the page to look at the others, and be refused.
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == [], path
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        desk.complaints.clear()
    context.close()
