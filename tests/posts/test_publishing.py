"""What publishing does, from wherever it is done, and where posts are found afterwards."""

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from polarisblog import settings as product
from polarisblog.background import keeping
from polarisblog.background.working import Worker
from posts import publishing
from posts.models import OldAddress, Post
from posts.signals import post_published, post_withdrawn
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    CommentFactory,
    PostFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


@contextmanager
def hearing() -> Iterator[list[str]]:
    """What is announced meanwhile."""
    heard: list[str] = []

    def published(post: Post, **kwargs: object) -> None:
        heard.append(f"published {post.slug}")

    def withdrawn(post: Post, **kwargs: object) -> None:
        assert post.pk
        heard.append(f"withdrawn {post.slug}")

    post_published.connect(published)
    post_withdrawn.connect(withdrawn)
    try:
        yield heard
    finally:
        post_published.disconnect(published)
        post_withdrawn.disconnect(withdrawn)


def stored(**facts: object) -> Post:
    return publishing.store(PostFactory.build(**facts))


def test_what_is_published_changed_and_taken_back_is_announced_after_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with hearing() as heard:
        for status in ("draft", "review", "published", "published", "withdrawn", "draft"):
            with django_capture_on_commit_callbacks(execute=True):
                post = Post.objects.first() or PostFactory.build(slug="a")
                post.status = status
                publishing.store(post)
                before = list(heard)
            assert not before or before != heard or status in ("draft", "withdrawn")
        with django_capture_on_commit_callbacks(execute=True):
            post.status = "published"
            publishing.store(post)
        with django_capture_on_commit_callbacks(execute=True):
            publishing.delete(post)

    assert heard == ["published a", "published a", "withdrawn a", "published a", "withdrawn a"]


def test_a_moved_post_leads_on_from_every_address_it_had(client: Client) -> None:
    post = stored(slug="first", published_at=NOON)
    addresses = [post.get_absolute_url()]
    post.slug = "second"
    publishing.store(post)
    addresses.append(post.get_absolute_url())
    post.published_at = NOON - datetime.timedelta(days=30)
    publishing.store(post)

    for old in addresses:
        answer = client.get(old)
        assert (answer.status_code, answer["Location"]) == (301, post.get_absolute_url())
    assert client.get(post.get_absolute_url()).status_code == 200


def test_a_post_that_returns_to_an_old_address_is_there_again(client: Client) -> None:
    post = stored(slug="first", published_at=NOON)
    for slug in ("second", "first"):
        post.slug = slug
        publishing.store(post)

    assert client.get(post.get_absolute_url()).status_code == 200
    assert not OldAddress.objects.filter(path=post.get_absolute_url()).exists()


@pytest.mark.parametrize("kind", Post.Kind.values)
def test_an_address_may_be_written_in_any_script(
    client: Client, settings: Settings, kind: str
) -> None:
    post = stored(slug="خط-المساعدة", kind=kind, published_at=NOON)
    url = post.get_absolute_url()
    page = client.get(url)
    post.slug = "求助" * 100
    publishing.store(post)

    assert page.status_code == 200
    assert f'<link rel="canonical" href="{settings.SITE_URL}{url}">' in page.content.decode()
    assert client.get(post.get_absolute_url()).status_code == 200
    assert client.get(url)["Location"] == post.get_absolute_url()
    asked = {"url": f"{settings.SITE_URL}{post.get_absolute_url()}"}
    assert client.get("/oembed/", asked).json()["title"] == post.title


def test_a_draft_leaves_no_trace_where_nobody_has_seen_it(client: Client) -> None:
    post = stored(slug="first", status="draft", published_at=NOON)
    first = post.get_absolute_url()
    post.slug = "second"
    publishing.store(post)

    assert client.get(first).status_code == 404
    assert not OldAddress.objects.exists()


def test_an_old_address_says_nothing_of_a_post_that_was_taken_back(client: Client) -> None:
    post = stored(slug="first", published_at=NOON)
    first = post.get_absolute_url()
    post.slug, post.status = "second", "draft"
    publishing.store(post)

    assert client.get(first).status_code == 404


@pytest.mark.parametrize("name", ["p", "page_id"])
def test_wordpress_short_addresses_lead_to_the_post(client: Client, name: str) -> None:
    post, draft = stored(), stored(status="draft")

    answer = client.get(f"/?{name}={post.pk}")
    assert (answer.status_code, answer["Location"]) == (301, post.get_absolute_url())
    for number in (draft.pk, 999_999, "x", "-1", "9" * 30, "²"):
        assert client.get("/", {name: number}).status_code == 404


def test_a_withdrawn_post_is_gone_in_words(client: Client) -> None:
    post = stored(status="withdrawn", title="Not for strangers")

    answer = client.get(post.get_absolute_url())

    assert answer.status_code == 410
    assert b"withdrawn" in answer.content
    assert b"Not for strangers" not in answer.content


# --- Ahead of time ---------------------------------------------------------------


def work() -> None:
    keeping.enqueue_due_tasks()
    Worker(interval=0, batch=True).run()


@pytest.mark.django_db(transaction=True)
def test_a_scheduled_post_appears_on_time_and_is_announced_once(
    client: Client, settings: Settings
) -> None:
    task = "posts.tasks.publish_due"
    settings.PERIODIC_TASKS = {task: product.PERIODIC_TASKS[task]}
    with time_machine.travel(NOON, tick=False) as clock, hearing() as heard:
        post = stored(published_at=NOON + datetime.timedelta(hours=1))
        assert post.status == Post.Status.SCHEDULED
        clock.shift(datetime.timedelta(minutes=59))
        publishing.publish_due()
        assert client.get(post.get_absolute_url()).status_code == 404
        clock.shift(datetime.timedelta(minutes=1))
        work()
        work()
        assert client.get(post.get_absolute_url()).status_code == 200

    assert heard == [f"published {post.slug}"]
    assert [(r.version, r.note) for r in post.revisions.all()] == [
        (2, "Published on schedule"),
        (1, ""),
    ]


@pytest.mark.django_db(transaction=True)
def test_many_workers_publish_a_scheduled_post_once() -> None:
    post = stored(status="scheduled", published_at=timezone.now() + datetime.timedelta(hours=1))
    Post.objects.update(published_at=timezone.now() - datetime.timedelta(seconds=1))

    def publish(_: int) -> list[int]:
        try:
            return publishing.publish_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        published = [pk for found in pool.map(publish, range(6)) for pk in found]

    assert published == [post.pk]
    assert DBTaskResult.objects.filter(task_path="posts.tasks.announce_post").count() == 1
    assert Post.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_a_post_that_was_rescheduled_meanwhile_is_not_published() -> None:
    post = stored(published_at=timezone.now() + datetime.timedelta(hours=1))
    assert publishing.publish_due() == []
    assert Post.objects.get().status == post.status == Post.Status.SCHEDULED


def test_scheduled_for_the_past_is_published() -> None:
    assert stored(status="scheduled").status == Post.Status.PUBLISHED


# --- Passwords ---------------------------------------------------------------------


def protected(**facts: object) -> Post:
    post = PostFactory.build(body="<p>Only for friends.</p>", **facts)
    post.protect("star light")
    return publishing.store(post)


def test_a_password_opens_a_post_in_this_browser_only(client: Client) -> None:
    post = protected()
    url = post.get_absolute_url()
    strangers = client.get(url)
    assert b"Only for friends" not in strangers.content
    assert not strangers.cookies

    wrong = client.post(url, {"password": "sunshine"})
    assert wrong.status_code == 422
    assert "not the password" in wrong.content.decode()
    right = client.post(url, {"password": "star light"})
    assert (right.status_code, right["Location"]) == (303, url)
    opened = client.get(url)
    assert b"Only for friends" in opened.content
    assert opened["Cache-Control"] == "private, no-store"
    assert b"Only for friends" not in Client().get(url).content


def test_another_password_closes_the_post_again(client: Client) -> None:
    post = protected()
    client.post(post.get_absolute_url(), {"password": "star light"})
    post.protect("another")
    publishing.store(post)

    assert b"Only for friends" not in client.get(post.get_absolute_url()).content


def test_passwords_are_not_guessed_for_long(client: Client) -> None:
    post = protected()
    statuses = [
        client.post(post.get_absolute_url(), {"password": str(n)}).status_code for n in range(12)
    ]

    assert statuses == [422] * 10 + [429] * 2


def test_a_password_is_asked_before_comments_too(client: Client) -> None:
    post = protected()
    answer = client.post(f"{post.get_absolute_url()}respond/", {"comment": "Hello to you all"})

    assert answer.status_code == 403
    assert not post.comments.exists()


def test_what_is_said_below_a_protected_post_is_in_no_feed(client: Client) -> None:
    post = protected()
    CommentFactory(post=post, text="Between friends only")
    CommentFactory(text="For everybody to hear")

    feed = client.get("/comments/feed/").content.decode()
    assert "For everybody to hear" in feed
    assert "Between friends only" not in feed
    assert client.get(f"{post.get_absolute_url()}feed/").status_code == 403


def test_a_protected_post_shows_none_of_its_words_in_lists(client: Client) -> None:
    protected(title="Known by its title")

    page = client.get("/").content.decode()
    assert "Known by its title" in page
    assert "Only for friends" not in page


def test_the_password_is_not_kept_as_it_was_typed() -> None:
    assert "star light" not in protected().password


def test_a_password_form_of_another_site_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True, headers={"origin": "https://elsewhere.example"})
    post = protected()
    assert browser.post(post.get_absolute_url(), {"password": "star light"}).status_code == 403


# --- Secret previews -----------------------------------------------------------------


def test_a_secret_link_shows_a_draft_until_it_is_revoked(client: Client) -> None:
    post = stored(status="draft", body="<p>Early words.</p>")
    post.share_preview()
    url = post.get_preview_url().removeprefix("http://testserver")

    answer = client.get(url)
    assert b"Early words" in answer.content
    assert answer["Cache-Control"] == "private, no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    post.share_preview()
    assert client.get(url).status_code == 404
    post.revoke_preview()
    assert client.get("/preview//").status_code == 404
    assert client.get(f"/preview/{'x' * 43}/").status_code == 404


# --- Pages ------------------------------------------------------------------------------


def test_a_page_lives_at_one_word_and_in_no_list(client: Client) -> None:
    page = stored(kind="page", slug="about-us", title="About us")

    assert page.get_absolute_url() == "/about-us/"
    assert b"About us" in client.get("/about-us/").content
    assert b"About us" not in client.get("/").content
    moved = client.get(page.dated_path)
    assert (moved.status_code, moved["Location"]) == (301, "/about-us/")
    assert client.get("/about-them/").status_code == 404


def test_readers_may_comment_on_a_page(client: Client) -> None:
    page = stored(kind="page", slug="about-us")
    words = {"comment": "Good to know who you are.", "author": "Ada"}

    sent = client.post("/about-us/respond/", words)
    assert sent.status_code == 307
    answer = client.post(sent["Location"], words)

    assert answer.status_code == 303
    assert answer["Location"].startswith("/about-us/#comment-")
    assert page.comments.count() == 1


@pytest.mark.parametrize("path", ["/a/b", "/a/b.svg", "/accounts/x/y.png", "/about-us/other/"])
def test_nothing_leads_on_from_addresses_that_never_were(client: Client, path: str) -> None:
    stored(kind="page", slug="about-us")
    assert client.get(path).status_code == 404


def test_an_address_without_its_slash_is_still_led_on(client: Client) -> None:
    post = stored()
    bare = post.get_absolute_url().rstrip("/")
    assert client.get(bare)["Location"] == f"{bare}/"


# --- Several authors ------------------------------------------------------------------------


def test_everybody_who_wrote_a_post_is_named_and_has_it_in_their_list(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    post = stored(author=UserFactory(name="Ada"))
    grace, joan = UserFactory(name="Grace"), UserFactory(name="Joan")
    post.co_authors.set([joan, grace])
    post.categories.add(CategoryFactory())

    with django_assert_max_num_queries(8):
        page = client.get(post.get_absolute_url()).content.decode()
    names = [writer.name for writer in Post.objects.for_reading().get().authors]
    assert names == ["Ada", "Grace", "Joan"]
    assert all(f"<bdi>{name}</bdi>" in page for name in names)
    assert post.title in client.get(f"/author/{grace.pk}/").content.decode()


def test_the_admin_may_read_what_is_not_published(client: Client) -> None:
    post = stored(status="withdrawn")
    client.force_login(AdministratorFactory())
    assert client.get(post.get_absolute_url()).status_code == 200
