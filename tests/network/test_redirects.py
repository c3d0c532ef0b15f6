import contextlib

import pytest
from pytest_django import Settings

from polarisblog.network.fetching import Garbled, Refused, TooManyRedirects, fetch
from tests.fakes.origins import Origin, answer, page, redirect


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_to_the_end(origin: Origin, status: int) -> None:
    origin.serve("/c/d", page("here"))
    origin.serve("/b", redirect("c/d?x=1#frag", status=status))
    response = fetch(origin.serve("/a", redirect("/b", status=status)))
    assert (response.text, response.url) == ("here", origin.url + "/c/d?x=1")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_post_becomes_a_get_on_an_ordinary_redirect(origin: Origin, status: int) -> None:
    origin.serve("/b", page("done"))
    url = origin.serve("/a", redirect("/b", status=status))
    fetch(url, method="POST", body=b"x=1", headers={"Content-Type": "text/x-test"})
    last = origin.visits[-1]
    assert (last.method, last.body, last.headers.get("content-type")) == ("GET", b"", None)


@pytest.mark.parametrize("status", [307, 308])
def test_a_post_stays_a_post_where_the_redirect_says_so(origin: Origin, status: int) -> None:
    origin.serve("/b", page("done"))
    fetch(origin.serve("/a", redirect("/b", status=status)), method="POST", body=b"x=1")
    assert [(visit.method, visit.body) for visit in origin.visits] == [("POST", b"x=1")] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_body_is_never_sent_to_another_origin(
    origin: Origin, settings: Settings, status: int
) -> None:
    with Origin() as other:
        settings.FETCH_ALLOW_PRIVATE = [origin.host_and_port, other.host_and_port]
        there = other.serve("/b", page("done"))
        url = origin.serve("/a", redirect(there, status=status))
        with contextlib.suppress(Refused):
            fetch(url, method="POST", body=b"secret", headers={"X-Key": "k"})
        assert (other.connection_count == 0) == (status in (307, 308))
        assert all(
            (visit.method, visit.body, visit.headers.get("x-key")) == ("GET", b"", None)
            for visit in other.visits
        )


def test_our_own_headers_stay_with_the_first_origin(origin: Origin, settings: Settings) -> None:
    with Origin() as other:
        settings.FETCH_ALLOW_PRIVATE = [origin.host_and_port, other.host_and_port]
        there = other.serve("/b", page("done"))
        fetch(origin.serve("/a", redirect(there)), headers={"Authorization": "Bearer k"})
        assert origin.visits[0].headers["authorization"] == "Bearer k"
        assert "authorization" not in other.visits[0].headers


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{inner}/",
        "//127.0.0.1:{inner}/",
        "http://localhost:{inner}/",
        "http://[::1]:{inner}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433:{inner}/",
        "http://user@127.0.0.1:{inner}/",
        "http:\\\\127.0.0.1:{inner}/",
        "http:/\t/127.0.0.1:{inner}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{inner}/_x",
        "ftp://127.0.0.1:{inner}/",
        "data:text/html,x",
        "javascript:alert(1)",
        "http://[",
        "http://[::1",
        "https://:443/",
        "http://",
    ],
)
def test_a_redirect_is_checked_like_the_first_address(
    origin: Origin, settings: Settings, location: str
) -> None:
    with Origin() as inner:
        settings.FETCH_ALLOWED_PORTS = (80, 443, 8080, inner.port)
        url = origin.serve("/a", redirect(location.format(inner=inner.port)))
        with pytest.raises((Refused, Garbled)):
            fetch(url)
        assert inner.connection_count == 0


def test_redirects_end_after_five(origin: Origin) -> None:
    for step in range(10):
        origin.serve(f"/{step}", redirect(f"/{step + 1}"))
    with pytest.raises(TooManyRedirects):
        fetch(origin.url + "/0")
    assert len(origin.visits) == 6


def test_a_circle_is_left_at_once_and_no_url_is_asked_twice(origin: Origin) -> None:
    origin.serve("/b", redirect("/a"))
    with pytest.raises(TooManyRedirects):
        fetch(origin.serve("/a", redirect("/b")))
    assert [visit.path for visit in origin.visits] == ["/a", "/b"]


def test_a_redirect_without_a_place_to_go_is_an_answer(origin: Origin) -> None:
    assert fetch(origin.serve("/a", answer(b"?", status=302))).body == b"?"
