"""Finding the endpoint: webmention.rocks' 23 pages, and Pingback's two places."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comments.linkbacks import discovery
from comments.linkbacks.models import SentLinkback
from posts.models import Post
from posts.publishing import announce
from tests.factories import PostFactory
from tests.fakes.blogs import Blog, article
from tests.fakes.origins import answer, page, redirect

# Number of the test, Link headers, head, body, and the endpoint that must be asked. ROOT stands for
# the other blog's address. Source: aaronpk/webmention.rocks, "Discovery".
CASES = [
    (1, ["</yes>; rel=webmention"], "", "", "/yes"),
    (2, ["<ROOT/yes>; rel=webmention"], "", "", "/yes"),
    (3, [], '<link rel="webmention" href="/yes">', "", "/yes"),
    (4, [], '<link href="ROOT/yes" rel="webmention">', "", "/yes"),
    (5, [], "", '<a rel="webmention" href="/yes">x</a>', "/yes"),
    (6, [], "", '<a href="ROOT/yes" rel="webmention">x</a>', "/yes"),
    (7, ["LinK: <ROOT/yes>; rel=webmention"], "", "", "/yes"),
    (8, ['<ROOT/yes>; rel="webmention"'], "", "", "/yes"),
    (9, [], '<link rel="webmention somethingelse" href="/yes">', "", "/yes"),
    (10, ['<ROOT/yes>; rel="webmention somethingelse"'], "", "", "/yes"),
    (
        11,
        ['</yes>; rel="webmention"'],
        '<link rel="webmention" href="/no">',
        '<a rel="webmention" href="/no">x</a>',
        "/yes",
    ),
    (
        12,
        [],
        '<link rel="not-webmention" href="/no">',
        '<a rel=webmention href="/yes">x</a>',
        "/yes",
    ),
    (
        13,
        [],
        "",
        '<!-- <a rel="webmention" href="/no">x</a> --><a rel="webmention" href="/yes">x</a>',
        "/yes",
    ),
    (
        14,
        [],
        "",
        '&lt;a rel="webmention" href="/no"&gt;x&lt;/a&gt; <a rel="webmention" href="/yes">x</a>',
        "/yes",
    ),
    (15, [], '<link rel="webmention" href="">', "", "/test/15"),
    (16, [], "", '<a rel=webmention href="/yes">x</a><link rel=webmention href="/no">', "/yes"),
    (17, [], "", '<link rel=webmention href="/yes"><a rel=webmention href="/no">x</a>', "/yes"),
    (18, ['<ROOT/no>; rel="other"', '<ROOT/yes>; rel="webmention"'], "", "", "/yes"),
    (19, ['<ROOT/no>; rel="other", <ROOT/yes>; rel="webmention"'], "", "", "/yes"),
    (20, [], '<link rel="webmention">', '<a rel="webmention" href="/yes">x</a>', "/yes"),
    (21, [], '<link rel="webmention" href="ROOT/yes?query=yes">', "", "/yes?query=yes"),
    (22, [], '<link rel="webmention" href="22/webmention">', "", "/test/22/webmention"),
    # One more of its own: only `link` and `a` count.
    (
        24,
        [],
        "",
        '<b href="/no" rel="webmention">x</b><a rel="webmention" href="/yes">x</a>',
        "/yes",
    ),
    (25, [], "", '<template><a rel=webmention href="/no"></template>', None),
    (26, [], '<base href="/deep/"><link rel="webmention" href="yes">', "", "/deep/yes"),
    (27, [], '<link rel="WebMention" href="/yes">', "", "/yes"),
]


@pytest.fixture
def publish(db: None, work: Callable[[], None]) -> Callable[[str], Post]:
    """A post of ours with one link, published, and the worker has told of it."""

    def make(url: str) -> Post:
        post = PostFactory(body=f'<p><a href="{url}">x</a></p>')
        announce(post)
        work()
        return post

    return make


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("number", "links", "head", "body", "endpoint"), CASES, ids=[str(case[0]) for case in CASES]
)
def test_webmention_rocks(
    blog: Blog,
    publish: Callable[[str], Post],
    number: int,
    links: list[str],
    head: str,
    body: str,
    endpoint: str | None,
) -> None:
    path = f"/test/{number}"
    headers = []
    for link in links:
        name, _, value = link.partition(": ") if link.startswith("LinK") else ("Link", "", link)
        headers.append((name, value.replace("ROOT", blog.url)))
    html = article(head=head, body=body).replace("ROOT", blog.url)
    target = blog.serve(path, page(html, headers=headers))
    if endpoint and endpoint != path:
        blog.takes_webmentions(endpoint.partition("?")[0])
    post = publish(target)

    source = f"http://testserver{post.get_absolute_url()}"
    asked = [(visit.method, visit.path) for visit in blog.visits]
    assert asked == [("GET", path)] + ([("POST", endpoint)] if endpoint else [])
    if endpoint:
        visit = blog.visits[1]
        assert visit.headers["content-type"] == "application/x-www-form-urlencoded"
        assert blog.mentions(endpoint.partition("?")[0]) == [(source, target)]


@pytest.mark.django_db(transaction=True)
def test_23_after_a_redirect_the_endpoint_is_relative_to_the_last_page(
    blog: Blog, publish: Callable[[str], Post]
) -> None:
    """Every address answers once only."""
    target = blog.serve("/test/23/page", redirect("page/KEY1"))
    blog.serve(
        "/test/23/page/KEY1",
        page(
            article(body='<a rel="webmention" href="webmention-endpoint/KEY2">x</a>'),
            headers=[("Link", "<webmention-endpoint/KEY2>; rel=webmention")],
        ),
    )
    blog.takes_webmentions("/test/23/page/webmention-endpoint/KEY2")
    post = publish(target)
    assert [visit.path for visit in blog.visits] == [
        "/test/23/page",
        "/test/23/page/KEY1",
        "/test/23/page/webmention-endpoint/KEY2",
    ]
    source = f"http://testserver{post.get_absolute_url()}"
    assert blog.mentions(blog.visits[-1].path) == [(source, target)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("header", "head", "is_told"),
    [
        ("ROOT/rpc", "", True),
        ("ROOT/rpc", '<link rel="pingback" href="ROOT/no">', True),
        ("/rpc", "", False),
        ("", '<link rel="pingback" href="ROOT/rpc">', True),
        ("", '<link rel="pingback" href="ROOT/rpc" />', True),
        ("", '<link rel="pingback" href="ROOT/rpc"/>', True),
        ("", '<link rel="pingback" href="/rpc">', False),
        ("", '<link href="ROOT/rpc" rel="pingback">', False),
        ("", "<link rel='pingback' href='ROOT/rpc'>", False),
        ("", '<link rel="pingback" href="ROOT/rpc?a=1&amp;b=2">', True),
        ("", '<a rel="pingback" href="ROOT/rpc">x</a>', False),
    ],
)
def test_pingback_is_found_in_the_header_then_in_the_one_link(
    blog: Blog, publish: Callable[[str], Post], header: str, head: str, is_told: bool
) -> None:
    blog.takes_pingbacks("/rpc")
    headers = [("X-Pingback", header.replace("ROOT", blog.url))] if header else []
    html = article(head=head.replace("ROOT", blog.url), body="")
    target = blog.serve("/post", page(html, headers=headers))
    publish(target)
    calls = blog.posts_to("/rpc")
    assert len(calls) == is_told
    if is_told:
        assert b"<methodName>pingback.ping</methodName>" in calls[0].body
        assert target.encode() in calls[0].body
        assert calls[0].path == ("/rpc?a=1&b=2" if "amp" in head else "/rpc")
    outcome = SentLinkback.objects.get().outcome
    assert outcome == ("accepted" if is_told else "silent")


@pytest.mark.django_db(transaction=True)
def test_what_is_no_page_has_its_headers_read_only(
    blog: Blog, publish: Callable[[str], Post]
) -> None:
    blog.takes_webmentions()
    body = b'<link rel="webmention" href="/no">'
    image = [("Content-Type", "image/png")]
    publish(blog.serve("/a.png", answer(body, headers=image)))
    publish(
        blog.serve(
            "/b.png", answer(body, headers=[*image, ("Link", "</webmention>;rel=webmention")])
        )
    )
    assert [visit.path for visit in blog.visits] == ["/a.png", "/b.png", "/webmention"]


@given(header=st.text(alphabet='<>;,="\\ relwebmention\t', max_size=80))
def test_any_link_header_is_read(header: str) -> None:
    for url, rel in discovery.link_values(header):
        assert ">" not in url
        assert all(rel)


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<a,b;c>; title="x, <y>; rel=no"; rel=r', [("a,b;c", {"r"})]),
        ("<a>; rel=one; rel=two", [("a", {"one"})]),
        ("<a>;REL = ONE , <b>", [("a", {"one"}), ("b", set())]),
        ('<a>; rel="o\\ne"', [("a", {"one"})]),
        ("a; rel=x", []),
        ("<a>; rel", [("a", set())]),
        (", ,<a>;rel=x,,", [("a", {"x"})]),
    ],
)
def test_link_headers_as_rfc_8288_has_them(header: str, links: list[tuple[str, set[str]]]) -> None:
    assert [(url, set(rel)) for url, rel in discovery.link_values(header)] == links
