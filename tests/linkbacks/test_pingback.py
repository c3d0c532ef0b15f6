"""Pingbacks come in: every fault, and what a good one looks like."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from comments.linkbacks import receiving
from comments.linkbacks.models import LinkbackSettings, ReceivedLinkback
from comments.models import Ban, Comment, DiscussionSettings
from posts.models import Post
from tests.factories import CategoryFactory, CommentFactory, PostFactory
from tests.fakes.blogs import Blog, article
from tests.fakes.origins import answer, dripping, page, raw, redirect, silent
from tests.linkbacks.deciding import approve, decide_all

pytestmark = pytest.mark.django_db

Ping = Callable[[str, str], Any]


def url_of(post: Post) -> str:
    return f"http://testserver{post.get_absolute_url()}"


def test_a_good_pingback_is_registered_and_waits_for_a_moderator(
    blog: Blog, post: Post, ping: Ping
) -> None:
    source = blog.links_to(url_of(post), title="Truck &amp; Stop")
    assert "registered" in ping(source, url_of(post))
    comment = Comment.objects.get()
    assert (comment.kind, comment.status) == ("pingback", Comment.Status.PENDING)
    assert (comment.name, comment.url) == ("Truck & Stop", source)
    assert comment.text == "Some words before the link and after it."
    assert comment.html == "<p>Some words before the link and after it.</p>"
    assert len(blog.visits) == 1
    agent = blog.visits[0].headers["user-agent"]
    assert "verifying a linkback from 127.0.0.1" in agent


def test_both_addresses_of_the_endpoint_work(
    blog: Blog, post: Post, call: Callable[..., Any]
) -> None:
    source = blog.links_to(url_of(post))
    assert "registered" in call("pingback.ping", source, url_of(post), path="/xmlrpc/")


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(b"gone", status=410),
        answer(b"no", status=404),
        answer(b"who are you", status=403),
        answer(b"\x89PNG", headers=[("Content-Type", "image/png")]),
        answer(b"", headers=[("Content-Type", "text/html")]),
        page("<meta http-equiv=Status content='410 Gone'><a href='http://testserver/?p=1'>x</a>"),
    ],
    ids=["410", "404", "403", "image", "empty", "410 in markup"],
)
def test_what_is_no_page_is_fault_16(blog: Blog, post: Post, ping: Ping, behaviour: Any) -> None:
    assert ping(blog.serve("/post", behaviour), url_of(post)) == 16
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    "source",
    [
        "",
        "word",
        "ftp://blog.example/",
        "http://user:secret@blog.example/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://169.254.169.254/latest/",
        "http://blog.example:22/",
        "http://testserver/nothing/",
        "http://testserver/",
    ],
)
def test_a_source_we_would_not_read_is_fault_16(post: Post, ping: Ping, source: str) -> None:
    assert ping(source, url_of(post)) == 16


def test_a_page_without_the_link_is_fault_17(blog: Blog, post: Post, ping: Ping) -> None:
    assert ping(blog.says("<p>No link here.</p>"), url_of(post)) == 17
    linkback = ReceivedLinkback.objects.get()
    assert linkback.state == ReceivedLinkback.State.REFUSED
    assert linkback.asked_from is None


@pytest.mark.parametrize(
    "markup",
    [
        "<!-- <a href='{url}'>x</a> -->",
        "<script>'<a href=\"{url}\">'</script>",
        '&lt;a href="{url}"&gt;x&lt;/a&gt;',
        "{url}",
        "<b data-x='{url}'>x</b>",
        "<a data-x='{url}' href='/'>x</a>",
        "<textarea><a href='{url}'>x</a></textarea>",
        "<template><a href='{url}'>x</a></template>",
        "<a href='{url}more/'>x</a>",
        "<a href='http://other.example/?to={url}'>x</a>",
        "<a href='http://testserver.example/'>x</a>",
        "<a href='{url}?page=2'>x</a>",
        "<img src='{url}'>",
        "<link href='{url}' rel=canonical>",
    ],
)
def test_what_only_looks_like_a_link_is_fault_17(
    blog: Blog, post: Post, ping: Ping, markup: str
) -> None:
    assert ping(blog.says(markup.format(url=url_of(post))), url_of(post)) == 17


def test_a_link_to_another_number_is_no_link(blog: Blog, post: Post, ping: Ping) -> None:
    assert ping(blog.links_to(f"http://testserver/?p={post.pk}0"), url_of(post)) == 17


@pytest.mark.parametrize(
    "form",
    [
        "{url}",
        "{bare}",
        "{url}#comments",
        "https://testserver{path}",
        "HTTP://TESTSERVER{path}",
        "http://testserver:80{path}",
        "https://testserver:443{path}",
        "http://testserver/?p={pk}",
        "//testserver{path}",
        "http://testserver/x/..{path}",
        " {url}\n",
    ],
)
def test_every_published_form_of_the_address_counts(
    blog: Blog, post: Post, ping: Ping, form: str
) -> None:
    link = form.format(
        url=url_of(post),
        bare=url_of(post).rstrip("/"),
        path=post.get_absolute_url(),
        pk=post.pk,
    )
    source = blog.says(f'<A HREF="{link}"><img src=x></A>')
    assert "registered" in ping(source, url_of(post))
    if not link.startswith("//"):
        assert "registered" in ping(f"{source}?again", link)


def test_a_relative_link_is_resolved_against_the_base(blog: Blog, post: Post, ping: Ping) -> None:
    head = '<base href="http://testserver/2011/">'
    body = f'<a href="..{post.get_absolute_url()}">x</a>'
    source = blog.serve("/post", page(article(head=head, body=body)))
    assert "registered" in ping(source, url_of(post))


def test_a_slug_in_another_script_may_be_written_both_ways(blog: Blog, ping: Ping) -> None:
    post = PostFactory(slug="звезда")
    plain = f"http://testserver/{post.published_at:%Y/%m/%d}/звезда/"
    assert "registered" in ping(blog.links_to(plain), url_of(post))
    assert "registered" in ping(blog.links_to(url_of(post), "/2"), plain)


def test_an_address_that_nothing_can_have_is_fault_32(blog: Blog, ping: Ping) -> None:
    for target in ("http://testserver/no/such/place/", "http://testserver/x.php"):
        assert ping(blog.url + "/post", target) == 32
    assert blog.visits == []


def test_nothing_tells_an_unpublished_post_from_none(
    blog: Blog, client: Client, ping: Ping
) -> None:
    later = timezone.now() + timedelta(days=2)
    draft = PostFactory(status=Post.Status.DRAFT)
    scheduled = PostFactory(published_at=later)
    closed = PostFactory(pings_open=False)
    targets = [
        url_of(draft),
        url_of(scheduled),
        url_of(closed),
        url_of(draft).replace(draft.slug, "never-was"),
        f"http://testserver/?p={draft.pk}",
        f"http://testserver/?p={draft.pk + 1000}",
    ]
    answers = set()
    for target in targets:
        source = blog.links_to(target)
        assert ping(source, target) == 33
        body = f"<methodCall><methodName>pingback.ping</methodName><params><param><value>{source}"
        body += f"</value></param><param><value>{target}</value></param></params></methodCall>"
        answers.add(client.post("/xmlrpc.php", body, content_type="text/xml").content)
        response = client.post("/webmention/", {"source": source, "target": target})
        answers.add(response.content)
    assert len(answers) == 2
    assert blog.visits == []
    assert not ReceivedLinkback.objects.exists()


def test_lists_and_other_sites_are_fault_33(blog: Blog, post: Post, ping: Ping) -> None:
    post.categories.add(CategoryFactory(slug="news"))
    for target in (
        "http://testserver/",
        "http://testserver/?p=",
        "http://testserver/?p=0x1",
        f"http://testserver/?p={10**30}",
        "http://testserver/category/news/",
        f"{url_of(post)}?x=1",
        f"{url_of(post)}respond/",
        "http://other.example/2011/01/11/polaris-project/",
        url_of(post).replace("testserver", "testserver:8000"),
        url_of(post).replace("testserver", "me@testserver"),
        "word",
        "http://[",
    ):
        assert ping(blog.url + "/post", target) == 33, target
    assert blog.visits == []


def test_a_blog_that_takes_none_is_fault_33(blog: Blog, post: Post, ping: Ping) -> None:
    DiscussionSettings.objects.create(takes_linkbacks=False)
    assert ping(blog.links_to(url_of(post)), url_of(post)) == 33


def test_the_same_page_twice_is_fault_0(post: Post, ping: Ping) -> None:
    assert ping(url_of(post), f"{url_of(post)}#top") == 0


def test_a_registered_pingback_is_fault_48_whatever_became_of_it(
    blog: Blog, post: Post, ping: Ping
) -> None:
    source = blog.links_to(url_of(post))
    assert "registered" in ping(f"{source}?a=1&b=2", url_of(post))
    for status in Comment.Status.values:
        decide_all(status)
        assert ping(f"{source}?a=1&b=2#top", url_of(post)) == 48
    assert len(blog.visits) == 1
    assert "registered" in ping(f"{source}?a=1&b=3", url_of(post))


def test_what_was_imported_is_fault_48_but_a_readers_link_is_not(
    blog: Blog, post: Post, ping: Ping
) -> None:
    old, new = blog.links_to(url_of(post), "/old"), blog.links_to(url_of(post), "/new")
    CommentFactory(post=post, kind=Comment.Kind.PINGBACK, url=old)
    CommentFactory(post=post, url=new)
    assert ping(old, url_of(post)) == 48
    assert "registered" in ping(new, url_of(post))


def test_a_refused_site_is_fault_49(blog: Blog, post: Post, ping: Ping) -> None:
    Ban.objects.create(host="spam.example")
    Ban.objects.create(host="127.0.0.1")
    assert ping(blog.links_to(url_of(post)), url_of(post)) == 49
    assert ping("http://www.spam.example/", url_of(post)) == 49
    assert blog.visits == []


def test_a_seventh_pingback_in_a_minute_about_one_site_is_fault_49(
    blog: Blog, post: Post, ping: Ping
) -> None:
    source = blog.links_to(url_of(post))
    for number in range(6):
        assert "registered" in ping(f"{source}?{number}", url_of(post))
    assert ping(f"{source}?7", url_of(post)) == 49
    assert len(blog.visits) == 6


@pytest.mark.parametrize(
    "behaviour",
    [answer(b"sorry", status=500), raw(b"nonsense"), redirect("/post"), answer(b"x" * (2 << 20))],
    ids=["500", "not HTTP", "circle", "too large"],
)
def test_trouble_on_the_other_side_is_fault_50(
    blog: Blog, post: Post, ping: Ping, behaviour: Any
) -> None:
    assert ping(blog.serve("/post", behaviour), url_of(post)) == 50
    linkback = ReceivedLinkback.objects.get()
    assert linkback.due_at is None  # whoever was told of a fault tries again themselves


def test_a_refused_source_may_try_again(blog: Blog, post: Post, ping: Ping) -> None:
    assert ping(blog.says("<p>Not yet.</p>"), url_of(post)) == 17
    assert "registered" in ping(blog.links_to(url_of(post)), url_of(post))


def test_a_slow_source_is_verified_later(
    blog: Blog, post: Post, ping: Ping, work: Callable[[], None], monkeypatch: Any
) -> None:
    monkeypatch.setattr(receiving, "DEADLINE_SECONDS", 0.3)
    source = blog.serve("/post", silent)
    assert "will be verified" in ping(source, url_of(post))
    blog.links_to(url_of(post))
    work()
    assert Comment.objects.get().url == source


@pytest.mark.slow
def test_a_source_that_drips_holds_us_for_five_seconds_and_no_longer(
    blog: Blog, post: Post, ping: Ping
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    began_at = time.monotonic()
    assert "will be verified" in ping(blog.serve("/post", dripping(head, b"x")), url_of(post))
    assert time.monotonic() - began_at < 6


def test_when_too_many_are_being_verified_it_is_done_later(
    blog: Blog, post: Post, ping: Ping, work: Callable[[], None]
) -> None:
    source = blog.links_to(url_of(post))
    places = receiving.MAX_CHECKS_AT_ONCE
    for _ in range(places):
        assert receiving._free_checks.acquire(blocking=False)
    try:
        assert "will be verified" in ping(source, url_of(post))
    finally:
        receiving._free_checks.release(places)
    assert blog.visits == []
    work()
    assert Comment.objects.get().url == source
    assert len(blog.visits) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_fetch_and_one_response(
    blog: Blog, post: Post, settings: Settings, work: Callable[[], None]
) -> None:
    settings.RATE_LIMITS = False
    source = blog.links_to(url_of(post))
    body = (
        "<methodCall><methodName>pingback.ping</methodName><params>"
        f"<param><value>{source}</value></param><param><value>{url_of(post)}</value></param>"
        "</params></methodCall>"
    )

    def send(_: int) -> int:
        try:
            return Client().post("/xmlrpc.php", body, content_type="text/xml").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(send, range(20))) == {200}
    work()
    assert Comment.objects.count() == 1
    assert len(blog.visits) == 1


def test_our_own_articles_pass_and_are_not_fetched(post: Post, ping: Ping) -> None:
    other = PostFactory(title="Ours", body=f'<p>See <a href="{url_of(post)}">that</a>.</p>')
    assert "registered" in ping(url_of(other), url_of(post))
    comment = Comment.objects.get()
    assert (comment.name, comment.status) == ("Ours", Comment.Status.APPROVED)
    draft = PostFactory(status=Post.Status.DRAFT, body=other.body)
    assert ping(url_of(draft), url_of(post)) == 16


def test_a_site_that_was_approved_before_passes_where_editors_say_so(
    blog: Blog, post: Post, ping: Ping
) -> None:
    first, second, third = (blog.links_to(url_of(post), f"/{n}") for n in range(3))
    ping(first, url_of(post))
    approve()
    ping(second, url_of(post))
    assert Comment.objects.get(url=second).status == Comment.Status.PENDING
    LinkbackSettings.objects.create(trusts_approved_hosts=True)
    ping(third, url_of(post))
    assert Comment.objects.get(url=third).status == Comment.Status.APPROVED


def test_an_approved_pingback_stands_among_the_responses(
    blog: Blog, post: Post, ping: Ping, client: Client
) -> None:
    source = blog.links_to(url_of(post), title="&lt;script&gt;alert(1)&lt;/script&gt; *Title*")
    ping(source, url_of(post))
    approve()
    page_text = client.get(post.get_absolute_url()).content.decode()
    assert "One thought on" in page_text
    assert f'Pingback: <a class="u-url" href="{source}" rel="nofollow ugc">' in page_text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; *Title*" in page_text
    assert "<p>Some words before the link and after it.</p>" in page_text
