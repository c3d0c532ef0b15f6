"""Trackbacks come in: the specified answers, and only after the source was read."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from defusedxml import ElementTree
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comments.models import Comment
from posts.models import Post
from tests.factories import PostFactory
from tests.fakes.blogs import Blog
from tests.fakes.origins import answer

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def send(client: Client, post: Post, body: str | dict[str, str], kind: str = FORM) -> str | None:
    """The message of the error; None when it was taken."""
    if isinstance(body, dict):
        body = urlencode(body)
    response = client.post(f"{post.get_absolute_url()}trackback/", body, content_type=kind)
    assert response.status_code in (200, 429)
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)
    assert root.tag == "response"
    if root.findtext("error") == "0":
        assert root.findtext("message") is None
        return None
    assert root.findtext("error") == "1"
    return root.findtext("message")


@pytest.fixture
def source(blog: Blog, post: Post) -> str:
    return blog.links_to(f"http://testserver{post.get_absolute_url()}")


def test_a_trackback_is_taken_once_its_source_was_read(
    blog: Blog, post: Post, source: str, client: Client
) -> None:
    fields = {"url": source, "title": "A *title* & more", "excerpt": "Words", "blog_name": "Them"}
    assert send(client, post, fields) is None
    comment = Comment.objects.get()
    assert (comment.kind, comment.status) == ("trackback", Comment.Status.PENDING)
    assert (comment.name, comment.text, comment.url) == ("A *title* & more", "Words", source)
    assert len(blog.visits) == 1
    assert "registered already" in (send(client, post, fields) or "")


def test_its_page_speaks_where_the_trackback_is_silent(
    post: Post, source: str, client: Client
) -> None:
    assert send(client, post, {"url": source}) is None
    comment = Comment.objects.get()
    assert comment.name == "Their post"
    assert comment.text == "Some words before the link and after it."


def test_a_source_that_does_not_link_here_is_refused(
    blog: Blog, post: Post, client: Client
) -> None:
    url = blog.says("<p>Buy pills</p>")
    assert "does not contain" in (send(client, post, {"url": url, "title": "x"}) or "")
    assert "does not exist" in (send(client, post, {"url": blog.url + "/no"}) or "")
    assert "does not exist" in (send(client, post, {"url": "word"}) or "")
    assert not Comment.objects.exists()


@pytest.mark.parametrize("body", ["", "title=x", "url=", "&" * 100, "url=%zz&title"])
def test_what_names_no_url_is_an_error(post: Post, client: Client, body: str) -> None:
    assert send(client, post, body)


@pytest.mark.parametrize(
    ("charset", "field", "in_header"),
    [
        ("iso-8859-1", True, False),
        ("windows-1251", True, False),
        ("shift_jis", False, True),
        ("utf-8", False, False),
        ("utf-7", True, False),
        ("no-such", True, False),
    ],
)
def test_the_charset_is_heard(
    post: Post, source: str, client: Client, charset: str, field: bool, in_header: bool
) -> None:
    words = {
        "iso-8859-1": "Über Café",
        "windows-1251": "Полярная звезда",
        "shift_jis": "北極星",
    }.get(charset, "Étoile")
    encoding = "utf-8" if charset in ("utf-7", "no-such") else charset
    body = f"url={quote(source)}&title={quote(words.encode(encoding))}"
    body += f"&charset={charset}" if field else ""
    kind = f"{FORM}; charset={charset}" if in_header else FORM
    assert send(client, post, body, kind) is None
    assert Comment.objects.get().name == words


def test_a_browser_is_led_to_the_post(post: Post, client: Client) -> None:
    response = client.get(f"{post.get_absolute_url()}trackback/")
    assert (response.status_code, response["Location"]) == (302, post.get_absolute_url())


def test_a_closed_post_refuses_and_a_draft_does_not_exist(client: Client, source: str) -> None:
    closed = PostFactory(pings_open=False)
    assert send(client, closed, {"url": source})
    draft = PostFactory(status=Post.Status.DRAFT)
    path = f"{draft.get_absolute_url()}trackback/"
    known = client.post(path, {"url": source})
    unknown = client.post(path.replace(draft.slug, "never-was"), {"url": source})
    assert known.status_code == unknown.status_code == 404


def test_too_many_are_429_in_xml(blog: Blog, post: Post, source: str, client: Client) -> None:
    for number in range(6):
        assert send(client, post, {"url": f"{source}?{number}"}) is None
    fields = {"url": f"{source}?7"}
    assert send(client, post, fields) == "Access denied."
    response = client.post(f"{post.get_absolute_url()}trackback/", fields)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_a_multipart_form_is_read_too(post: Post, source: str, client: Client) -> None:
    response = client.post(
        f"{post.get_absolute_url()}trackback/", {"url": source, "title": "Tïtle"}
    )
    assert b"<error>0</error>" in response.content
    assert Comment.objects.get().name == "Tïtle"


def test_trouble_is_an_error_in_words(blog: Blog, post: Post, client: Client) -> None:
    url = blog.serve("/post", answer(b"", status=500))
    assert send(client, post, {"url": url}) == "The source could not be read."


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.one_of(st.binary(max_size=200), st.text(alphabet="url=&%;+title\x00é", max_size=99)))
def test_any_bytes_get_an_answer(post: Post, client: Client, body: Any) -> None:
    path = f"{post.get_absolute_url()}trackback/"
    for kind in (FORM, "multipart/form-data; boundary=x", "text/plain; charset=nonsense"):
        sent = body if isinstance(body, bytes) else body.encode()
        assert client.generic("POST", path, sent, content_type=kind).status_code in (200, 429)
