"""Webmentions come in: the receiver's cases of the recommendation and of webmention.rocks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from comments.linkbacks.models import LinkbackSettings, ReceivedLinkback
from comments.models import Ban, Comment, Decision, DiscussionSettings
from posts.models import Post
from tests.factories import PostFactory
from tests.fakes.blogs import Blog
from tests.fakes.origins import answer, page, redirect
from tests.linkbacks.deciding import approve, decide_all

pytestmark = pytest.mark.django_db

Work = Callable[[], None]


@pytest.fixture
def url(post: Post) -> str:
    return f"http://testserver{post.get_absolute_url()}"


@pytest.fixture
def mention(client: Client, work: Work) -> Callable[[str, str], Any]:
    """Sends a webmention and lets the worker verify it; gives the status page's words."""

    def send(source: str, target: str) -> str:
        response = client.post("/webmention/", {"source": source, "target": target})
        assert response.status_code == 201, response.content
        work()
        path = response["Location"].removeprefix("http://testserver")
        return client.get(path).content.decode()

    return send


Mention = Callable[[str, str], str]


def test_a_valid_mention_is_201_with_a_status_page_and_verified_later(
    blog: Blog, url: str, client: Client, work: Work
) -> None:
    source = blog.links_to(url)
    response = client.post("/webmention/", {"source": source, "target": url})
    assert response.status_code == 201
    assert not response.cookies
    assert blog.visits == []
    path = response["Location"].removeprefix("http://testserver")
    assert "waiting" in client.get(path).content.decode()
    work()
    assert "verified" in client.get(path).content.decode()
    comment = Comment.objects.get()
    assert (comment.kind, comment.mention, comment.url) == ("webmention", "mention", source)
    assert blog.visits[0].headers["accept"].startswith("text/html")
    assert client.get("/webmention/00000000-0000-0000-0000-000000000000/").status_code == 404


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("word", "{url}"),
        ("", "{url}"),
        ("ftp://blog.example/", "{url}"),
        ("javascript:alert(1)", "{url}"),
        ("http://blog.example/", "word"),
        ("http://blog.example/", ""),
        ("word", "word"),
        ("http://blog.example/", "https://other.example/"),
        ("http://blog.example/", "http://testserver/"),
        ("http://blog.example/", "http://testserver/no/such/"),
        ("{url}", "{url}"),
        ("{url}#a", "{url}#b"),
        ("http://blog.example/" + "a" * 3000, "{url}"),
    ],
)
def test_bad_addresses_are_400_in_words(client: Client, url: str, source: str, target: str) -> None:
    fields = {"source": source.format(url=url), "target": target.format(url=url)}
    response = client.post("/webmention/", fields)
    assert response.status_code == 400
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().strip().endswith(".")
    assert not ReceivedLinkback.objects.exists()


def test_other_methods_and_bodies(client: Client, url: str) -> None:
    assert client.get("/webmention/").status_code == 405
    assert client.get("/webmention/")["Allow"] == "POST"
    for content_type in ("application/json", "text/plain", "multipart/form-data", ""):
        response = client.post("/webmention/", b'{"source": 1}', content_type=content_type)
        assert response.status_code == 400, content_type
    large = client.post("/webmention/", {"source": "http://a.example/", "target": "a" * 70_000})
    assert large.status_code in (400, 413)
    body = b"source=" + b"a" * 70_000
    kind = "application/x-www-form-urlencoded"
    assert client.post("/webmention/", body, content_type=kind).status_code == 413
    assert client.post("/webmention/", b"&" * 900, content_type=kind).status_code == 400


def test_a_session_is_neither_needed_nor_read(blog: Blog, url: str) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"origin": "https://evil.example"})
    response = strict.post("/webmention/", {"source": blog.links_to(url), "target": url})
    assert response.status_code == 201


@pytest.mark.parametrize(
    "markup",
    [
        "<a href='{url}'>x</a>",
        "<img src='{url}'>",
        "<video src='{url}'></video>",
        "<video><source src='{url}'></video>",
        "<audio src='{url}'></audio>",
        "<link rel=in-reply-to href='{url}'>",
        "<a href='{url}#c12'>x</a>",
    ],
)
def test_every_kind_of_link_counts(blog: Blog, url: str, mention: Mention, markup: str) -> None:
    assert "verified" in mention(blog.says(markup.format(url=url)), url)
    assert Comment.objects.get().text


@pytest.mark.parametrize(
    "behaviour",
    [
        page("{url}"),
        page("<!-- <a href='{url}'>x</a> -->"),
        page("<p>Nothing</p>"),
        answer(b'{"url": "{url}"}', headers=[("Content-Type", "application/json")]),
        answer(b"{url}", headers=[("Content-Type", "text/plain")]),
        answer(b"no", status=404),
        answer(b"no", status=500),
        redirect("/post"),
        redirect("http://127.0.0.1:1/"),
    ],
)
def test_whatever_is_wrong_the_status_page_says_the_same(
    blog: Blog, url: str, mention: Mention, behaviour: Any
) -> None:
    words = mention(blog.serve("/post", behaviour), url)
    assert "not shown" in words or "waiting" in words
    assert not Comment.objects.exists()


def test_a_link_to_a_page_that_redirects_to_us_is_no_link(
    blog: Blog, url: str, mention: Mention
) -> None:
    via = blog.serve("/via", redirect(url))
    assert "not shown" in mention(blog.links_to(via), url)
    assert len(blog.visits) == 1


def test_a_redirect_on_the_source_is_followed(blog: Blog, url: str, mention: Mention) -> None:
    blog.links_to(url, "/new")
    source = blog.serve("/old", redirect("/new"))
    assert "verified" in mention(source, url)
    assert Comment.objects.get().url == source


def test_trouble_is_tried_again_with_back_off(blog: Blog, url: str, mention: Mention) -> None:
    assert "waiting" in mention(blog.serve("/post", answer(b"", status=503)), url)
    linkback = ReceivedLinkback.objects.get()
    assert linkback.attempts == 1
    assert linkback.due_at is not None


REPLY = """<article class="h-entry"><p class="p-author h-card">
  <a class="p-name u-url" href="/ada">Ada</a></p>
  <a class="u-{relation}" href="{url}">about</a>
  <div class="e-content">I agree <b>wholly</b> &lt;b&gt;.</div></article>"""


@pytest.mark.parametrize(
    ("relation", "kind"),
    [
        ("in-reply-to", "reply"),
        ("like-of", "like"),
        ("repost-of", "repost"),
        ("bookmark-of", "mention"),
    ],
)
def test_microformats_tell_what_a_mention_is(
    blog: Blog, url: str, mention: Mention, relation: str, kind: str
) -> None:
    mention(blog.says(REPLY.format(url=url, relation=relation)), url)
    comment, linkback = Comment.objects.get(), ReceivedLinkback.objects.get()
    assert comment.mention == kind
    assert (linkback.author_name, linkback.author_url) == ("Ada", f"{blog.url}/ada")
    assert comment.name == ("Their post" if kind == "mention" else "Ada")
    if kind == "reply":
        assert comment.text == "I agree wholly <b>."
        assert "&lt;b&gt;" in comment.html


def test_a_reply_within_an_h_cite_and_a_reply_to_somebody_else(
    blog: Blog, url: str, mention: Mention
) -> None:
    link = f'<a class="u-url" href="{url}">x</a>'
    cite = f'<div class="u-in-reply-to h-cite">{link}</div>'
    other = f'<a class="u-in-reply-to" href="/else">x</a> {link}'
    mention(blog.says(f'<div class="h-entry">{cite}</div>', "/1"), url)
    mention(blog.says(f'<div class="h-entry">{other}</div>', "/2"), url)
    assert list(Comment.objects.order_by("pk").values_list("mention", flat=True)) == [
        "reply",
        "mention",
    ]


def test_likes_and_reposts_are_groups_and_are_not_counted(
    blog: Blog, post: Post, url: str, mention: Mention, client: Client
) -> None:
    for number, relation in enumerate(("like-of", "like-of", "repost-of", "in-reply-to")):
        mention(blog.says(REPLY.format(url=url, relation=relation), f"/{number}"), url)
    approve()
    text = client.get(post.get_absolute_url()).content.decode()
    assert "One thought on" in text
    assert "Liked elsewhere by" in text
    assert "Reposted elsewhere by" in text
    assert "Reply elsewhere by" in text
    assert text.count('data-kind="webmention"') == 1


def test_the_same_pair_again_is_an_update(blog: Blog, url: str, mention: Mention) -> None:
    source = blog.links_to(url, title="First")
    mention(source, url)
    approve()
    blog.says(f'<p>Now <a href="{url}">this</a> is said.</p>', title="Second")
    mention(source, url)
    comment = Comment.objects.get()
    assert (comment.name, comment.text) == ("Second", "Now this is said.")
    assert comment.status == Comment.Status.APPROVED


def test_an_update_waits_for_a_moderator_where_editors_say_so(
    blog: Blog, url: str, mention: Mention
) -> None:
    LinkbackSettings.objects.create(holds_changed_mentions=True)
    source = blog.links_to(url)
    mention(source, url)
    approve()
    mention(source, url)
    assert Comment.objects.get().status == Comment.Status.APPROVED
    blog.links_to(url, title="Buy this")
    mention(source, url)
    assert Comment.objects.get().status == Comment.Status.PENDING
    assert Decision.objects.first().moderator is None


@pytest.mark.parametrize(
    "gone",
    [page("<p>The link is gone.</p>"), answer(b"", status=410), answer(b"", status=404)],
    ids=["no link", "410", "404"],
)
def test_a_vanished_link_takes_the_mention_away_and_its_return_brings_it_back(
    blog: Blog, url: str, mention: Mention, gone: Any
) -> None:
    source = blog.links_to(url)
    mention(source, url)
    approve()
    blog.serve("/post", gone)
    assert "not shown" in mention(source, url)
    assert Comment.objects.get().status == Comment.Status.TRASH
    blog.links_to(url)
    assert "verified" in mention(source, url)
    assert Comment.objects.get().status == Comment.Status.PENDING


def test_a_server_that_is_down_for_a_moment_takes_nothing_away(
    blog: Blog, url: str, mention: Mention
) -> None:
    source = blog.links_to(url)
    mention(source, url)
    approve()
    blog.serve("/post", answer(b"", status=502))
    mention(source, url)
    assert Comment.objects.get().status == Comment.Status.APPROVED


@pytest.mark.parametrize("status", [Comment.Status.SPAM, Comment.Status.TRASH])
def test_what_a_moderator_threw_out_stays_out(
    blog: Blog, url: str, mention: Mention, status: str
) -> None:
    source = blog.links_to(url)
    mention(source, url)
    decide_all(status)
    blog.links_to(url, title="Again")
    mention(source, url)
    blog.says("nothing")
    mention(source, url)
    blog.links_to(url)
    mention(source, url)
    assert Comment.objects.get().status == status


def test_a_closed_post_still_lets_its_mentions_go(
    blog: Blog, post: Post, url: str, mention: Mention, client: Client
) -> None:
    source = blog.links_to(url)
    mention(source, url)
    Post.objects.update(pings_open=False)
    blog.serve("/post", answer(b"", status=410))
    mention(source, url)
    assert Comment.objects.get().status == Comment.Status.TRASH
    other = {"source": f"{source}?other", "target": url}
    assert client.post("/webmention/", other).status_code == 400


def test_a_pingback_and_a_webmention_of_one_page_are_one_response(
    blog: Blog, url: str, mention: Mention, call: Callable[..., Any]
) -> None:
    source = blog.links_to(url)
    call("pingback.ping", source, url)
    mention(source, url)
    assert call("pingback.ping", source, url) == 48
    assert Comment.objects.get().kind == "webmention"


def test_too_many_from_one_site_are_429(blog: Blog, url: str, client: Client) -> None:
    source = blog.links_to(url)
    answers = [
        client.post("/webmention/", {"source": f"{source}?{n}", "target": url}) for n in range(7)
    ]
    assert [answer.status_code for answer in answers] == [201] * 6 + [429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_refused_site_is_403(url: str, client: Client) -> None:
    Ban.objects.create(host="spam.example")
    fields = {"source": "https://a.spam.example/x", "target": url}
    assert client.post("/webmention/", fields).status_code == 403


def test_only_posts_that_accept_pings_advertise_it(client: Client, post: Post) -> None:
    closed = PostFactory(pings_open=False)
    response = client.get(post.get_absolute_url())
    assert response["X-Pingback"] == "http://testserver/xmlrpc.php"
    assert response["Link"] == '<http://testserver/webmention/>; rel="webmention"'
    assert b'<link rel="pingback" href="http://testserver/xmlrpc.php">' in response.content
    assert b'<link rel="webmention" href="http://testserver/webmention/">' in response.content
    assert client.head(post.get_absolute_url())["X-Pingback"]
    for path in ("/", closed.get_absolute_url(), "/no/such/", "/accounts/login/"):
        response = client.get(path)
        assert "X-Pingback" not in response.headers
        assert "Link" not in response.headers
        assert b"pingback" not in response.content
    DiscussionSettings.objects.create(takes_linkbacks=False)
    assert "X-Pingback" not in client.get(post.get_absolute_url()).headers
