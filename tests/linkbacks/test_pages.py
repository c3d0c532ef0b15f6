"""Other people's pages, random and hostile."""

import time

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from comments.linkbacks import microformats, pages
from posts.models import Post
from tests.fakes.blogs import Blog
from tests.fakes.origins import answer

ELEMENTS = """
<a href='URL'> </a> <a <b> </p> <p> <!-- --> <script> </script> <table> <td> <svg> <template>
<div class=h-entry> <div class='u-in-reply-to h-cite'> <a class='p-author h-card' href='http://['>
<img src=URL> <base href='//['> <base href=x> <title> </title> <select> & &amp; &#0; &#x110000;
words \x00 <meta http-equiv=status content=410> <time class=dt-published datetime=x> </body>
"""


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    parts=st.lists(st.one_of(st.sampled_from(ELEMENTS.split()), st.text(max_size=10)), max_size=40)
)
def test_any_page_is_verified_or_not_and_never_a_500(
    blog: Blog, post: Post, client: Client, settings: Settings, parts: list[str]
) -> None:
    settings.RATE_LIMITS = False
    url = f"http://testserver{post.get_absolute_url()}"
    html = " ".join(parts).replace("URL", url)
    source = blog.serve("/post", answer(html.encode(errors="replace")))
    body = f"source={source}?{abs(hash(html))}&target={url}"
    ping = (
        "<methodCall><methodName>pingback.ping</methodName><params>"
        f"<param><value>{source}?{abs(hash(html))}</value></param>"
        f"<param><value>{url}</value></param></params></methodCall>"
    )
    assert client.post("/xmlrpc.php", ping, content_type="text/xml").status_code == 200
    kind = "application/x-www-form-urlencoded"
    assert client.post("/webmention/", body, content_type=kind).status_code == 201


@pytest.mark.parametrize(
    "html",
    [
        "<div class=h-entry>" * 100_000,
        "<div class=h-entry>" + "<div class='p-name e-content'>" * 300 + "words " * 1000,
        "<div class='h-entry p-author e-content u-url'>" * 10 + "<p class=p-name>x</p>" * 2000,
        "&" * 500_000,
    ],
    ids=["deep", "deep properties", "deep entries", "references"],
)
def test_a_hostile_page_is_read_in_bounded_time(html: str) -> None:
    """The parsers alone took from ten seconds to minutes for these before they were bounded."""
    began_at = time.process_time()
    page_read = pages.read(html, "http://blog.example/")
    microformats.entry(page_read, lambda found: False)
    assert time.process_time() - began_at < 4
