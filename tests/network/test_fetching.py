import gzip
import os
import socket
import threading
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from polarisblog.network import destinations
from polarisblog.network.fetching import (
    FetchError,
    Garbled,
    Refused,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    fetch,
    tls_context,
)
from tests.fakes.certificates import server_context
from tests.fakes.origins import (
    Origin,
    Visit,
    answer,
    dripping,
    endless,
    head,
    page,
    raw,
    redirect,
    silent,
)

HTML = head(200, [("Content-Type", "text/html")])


def test_a_page_arrives_with_its_status_headers_and_text(origin: Origin) -> None:
    links = [("Link", "<a>; rel=x"), ("link", "<b>; rel=y"), ("X-Pingback", "http://p.example/")]
    url = origin.serve("/a", page("<p>Grüße</p>", headers=links))
    response = fetch(url + "?q=ü b".replace(" ", "%20") + "#part")
    assert (response.status, response.text) == (200, "<p>Grüße</p>")
    assert response.content_type == "text/html"
    assert response.headers.get_list("LINK") == ["<a>; rel=x", "<b>; rel=y"]
    assert response.headers["x-pingback"] == "http://p.example/"
    assert response.url == url + "?q=%C3%BC%20b"


def test_a_request_says_who_asks_and_nothing_else(
    origin: Origin, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SITE_URL, settings.VERSION = "https://blog.example", "1.2"
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url = origin.serve("/a", answer(headers=[("Set-Cookie", "seen=1")]))
    fetch(url, user_agent_suffix="Webmention", accept="image/*")
    fetch(url)
    first, second = origin.visits
    assert first.headers == {
        "host": origin.host_and_port,
        "accept": "image/*",
        "user-agent": "PolarisBlog/1.2 (+https://blog.example) Webmention",
        "accept-encoding": "identity",
        "connection": "close",
    }
    assert "cookie" not in second.headers
    assert origin.connection_count == 2


def test_an_error_status_is_an_answer(origin: Origin) -> None:
    url = origin.serve("/gone", answer(b"gone", status=410))
    assert (fetch(url).status, fetch(url).body) == (410, b"gone")


def test_head_and_post_are_sent_as_asked(origin: Origin) -> None:
    url = origin.serve("/a", page("hello"))
    assert fetch(url, method="HEAD").body == b""
    fetch(url, method="POST", body=b"source=x", headers={"Content-Type": "text/x-test"})
    posted = origin.visits[-1]
    assert (posted.method, posted.body, posted.headers["content-type"]) == (
        "POST",
        b"source=x",
        "text/x-test",
    )


# --- Slowness -------------------------------------------------------------------------------------

SLOW = {
    "silence": silent,
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "one header": dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "interim answers": dripping(b"", b"HTTP/1.1 103 Early\r\n\r\n"),
    "body": dripping(HTML, b"x"),
    "chunked body": dripping(head(200, [("Transfer-Encoding", "chunked")]), b"1\r\nx\r\n"),
    "redirect chain": dripping(head(302, [("Location", "/b")])[:-2], b"X: y\r\n"),
}


@pytest.mark.parametrize("kind", SLOW)
def test_whatever_drips_ends_at_the_deadline(origin: Origin, kind: str) -> None:
    url = origin.serve("/a", SLOW[kind])
    started = time.monotonic()
    with pytest.raises(TooSlow):
        fetch(url, deadline_seconds=0.4)
    assert 0.3 < time.monotonic() - started < 2


def test_the_deadline_spans_all_redirects(origin: Origin) -> None:
    def slow_redirect(visit: Visit) -> None:
        visit.closing.wait(0.2)
        redirect(f"/?{len(origin.visits)}")(visit)

    started = time.monotonic()
    with pytest.raises(TooSlow):
        fetch(origin.serve("/", slow_redirect), deadline_seconds=0.5)
    assert time.monotonic() - started < 2


def test_a_peer_that_takes_our_body_slowly_is_left_too(origin: Origin, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        settings.FETCH_ALLOW_PRIVATE = [f"127.0.0.1:{port}"]
        started = time.monotonic()
        with pytest.raises(TooSlow):
            fetch(
                f"http://127.0.0.1:{port}/",
                method="POST",
                body=bytes(20 << 20),
                deadline_seconds=0.4,
            )
        assert time.monotonic() - started < 2


def test_a_handshake_that_never_comes_ends_at_the_deadline(
    origin: Origin, settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        settings.FETCH_ALLOW_PRIVATE = [f"127.0.0.1:{port}"]
        started = time.monotonic()
        with pytest.raises(TooSlow):
            fetch(f"https://127.0.0.1:{port}/", deadline_seconds=0.4)
        assert time.monotonic() - started < 2


def test_a_name_server_that_never_answers_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()

    def stuck(host: str, /) -> Sequence[str]:
        release.wait(10)
        return []

    monkeypatch.setattr(destinations, "resolver", stuck)
    started = time.monotonic()
    with ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(fetch, "http://stuck.test/", deadline_seconds=0.4) for _ in range(30)]
        assert all(isinstance(one.exception(), TooSlow) for one in asked)
    assert time.monotonic() - started < 3
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("fetch-lookup") <= destinations.MAX_LOOKUPS_AT_ONCE
    release.set()


# --- Size, and lies -------------------------------------------------------------------------------

BOMB = gzip.compress(bytes(50 << 20))
GZIPPED = [("Content-Encoding", "gzip")]

LARGE = {
    "declared": raw(head(200, [("Content-Length", "99999999")]), b"x"),
    "endless body": endless(HTML, b"x" * 65536),
    "endless chunks": endless(
        head(200, [("Transfer-Encoding", "chunked")]), b"1000\r\n" + b"x" * 4096 + b"\r\n"
    ),
    "nothing but framing": endless(
        head(200, [("Transfer-Encoding", "chunked")]), b"1;" + b"e" * 60000 + b"\r\nx\r\n"
    ),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"y" * 4096 + b"\r\n"),
    "one endless header": endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536),
    "endless interim answers": endless(b"", b"HTTP/1.1 103 Early\r\n\r\n" * 500),
    "gzip bomb": answer(BOMB, headers=GZIPPED),
    "one byte more": answer(b"x" * 100_001),
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_too_large_stops_at_its_cap(origin: Origin, kind: str) -> None:
    url = origin.serve("/a", LARGE[kind])
    with pytest.raises(TooLarge):
        fetch(url, max_bytes=100_000)


def test_exactly_the_cap_is_fine(origin: Origin) -> None:
    assert len(fetch(origin.serve("/a", answer(b"x" * 1000)), max_bytes=1000).body) == 1000


def test_gzip_is_unpacked_although_we_ask_for_none(origin: Origin) -> None:
    text = b"<p>" + b"word " * 9000
    assert fetch(origin.serve("/a", answer(gzip.compress(text), headers=GZIPPED))).body == text
    assert fetch(origin.serve("/b", answer(b"", headers=GZIPPED))).body == b""


GARBLED = {
    "broken gzip": answer(b"not gzip at all", headers=GZIPPED),
    "cut gzip": answer(gzip.compress(os.urandom(5000))[:-100], headers=GZIPPED),
    "deflate": answer(zlib.compress(b"x"), headers=[("Content-Encoding", "deflate")]),
    "brotli": answer(b"\x0b\x00\x80x\x03", headers=[("Content-Encoding", "br")]),
    "gzip twice": answer(
        gzip.compress(gzip.compress(b"x")), headers=[("Content-Encoding", "gzip, gzip")]
    ),
    "short of its length": raw(head(200, [("Content-Length", "100")]), b"x"),
    "two lengths": raw(head(200, [("Content-Length", "1"), ("Content-Length", "2")]), b"xy"),
    "negative length": raw(head(200, [("Content-Length", "-1")]), b"x"),
    "bad chunk": raw(head(200, [("Transfer-Encoding", "chunked")]), b"zz\r\nx\r\n"),
    "cut chunks": raw(head(200, [("Transfer-Encoding", "chunked")]), b"5\r\nx"),
    "another language": raw(b"SSH-2.0-OpenSSH_9.9\r\n" * 5),
    "no head": raw(b"<html>hello</html>"),
    "nothing": raw(b""),
    "cut head": raw(b"HTTP/1.1 200 OK\r\nContent-"),
    "null in a header": raw(b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"),
    "bad status": raw(b"HTTP/1.1 2000 OK\r\n\r\n"),
}


@pytest.mark.parametrize("kind", GARBLED)
def test_what_is_not_proper_http_is_no_answer(origin: Origin, kind: str) -> None:
    with pytest.raises(Garbled):
        fetch(origin.serve("/a", GARBLED[kind]))


def test_what_follows_the_declared_length_is_not_read(origin: Origin) -> None:
    url = origin.serve("/a", raw(head(200, [("Content-Length", "2")]), b"hiHTTP/1.1 200 OK\r\n"))
    assert fetch(url).body == b"hi"


def test_a_header_cannot_be_smuggled_into_our_request(origin: Origin) -> None:
    with pytest.raises(Refused):
        fetch(origin.serve("/a", page("")), headers={"X": "a\r\nHost: elsewhere"})
    assert origin.visits == []


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/html; charset=ISO-8859-1", b"caf\xe9 \x80", "café €"),
        ('text/html; charset="windows-1251"', "Привет".encode("cp1251"), "Привет"),
        ("text/html; charset=shift_jis", "日本".encode("shift_jis"), "日本"),
        ("text/html", "日本".encode(), "日本"),
        ("text/html", b"caf\xe9", "café"),
        (
            "text/html",
            b'<meta charset="koi8-r">' + "да".encode("koi8-r"),
            '<meta charset="koi8-r">да',
        ),
        ("text/html; charset=latin1", b"\xef\xbb\xbfgr\xc3\xbcn", "grün"),
        ("text/html; charset=unicode_escape", b"\\x41", "\\x41"),
        ("text/html; charset=punycode", b"bcher-kva", "bcher-kva"),
        ("text/html; charset=base64", b"QQ==", "QQ=="),
        ("text/html; charset=no-such", b"a", "a"),
        ("", b"\xff\xfea\0", "a"),
        ("text/html; charset=utf-8", b"\xff", "\N{REPLACEMENT CHARACTER}"),
        ("text/html", b"<meta charset=utf-16>\xc3\xbc", "<meta charset=utf-16>ü"),
    ],
)
def test_text_is_read_as_a_browser_reads_it(
    origin: Origin, content_type: str, body: bytes, text: str
) -> None:
    url = origin.serve("/a", answer(body, headers=[("Content-Type", content_type)]))
    assert fetch(url).text == text


# --- Connections ----------------------------------------------------------------------------------


def test_a_closed_port_is_unreachable(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.FETCH_ALLOW_PRIVATE = [f"127.0.0.1:{port}"]
    with pytest.raises(Unreachable) as caught:
        fetch(f"http://127.0.0.1:{port}/")
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.is_temporary


def test_a_name_without_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(host: str, /) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(destinations, "resolver", nobody)
    with pytest.raises(Unreachable):
        fetch("http://nobody.test/")


def test_the_next_address_is_tried_where_the_first_does_not_connect(
    origin: Origin, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destinations, "resolver", lambda host, /: ["127.0.0.9", "127.0.0.1"])
    settings.FETCH_ALLOW_PRIVATE = [f"other.test:{origin.port}"]
    origin.serve("/a", page("here"))
    assert fetch(f"http://other.test:{origin.port}/a").text == "here"


def test_a_name_that_changes_its_mind_is_asked_once_and_goes_nowhere_else(
    origin: Origin, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer would lead inside, so there must be no second question."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3"]])
    monkeypatch.setattr(destinations, "resolver", lambda host, /: next(answers))
    settings.FETCH_ALLOW_PRIVATE = [f"other.test:{origin.port}"]
    origin.serve("/a", page("here"))
    with Origin(host="127.0.0.2", port=origin.port) as inner:
        assert fetch(f"http://other.test:{origin.port}/a").text == "here"
        assert (origin.connection_count, inner.connection_count) == (1, 0)
    assert next(answers) == ["127.0.0.2"]


def test_tls_is_checked_against_the_name_in_the_url_and_bounded_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, context = server_context(tmp_path, "good.test")
    monkeypatch.setattr(destinations, "resolver", lambda host, /: ["127.0.0.1"])
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    tls_context.cache_clear()
    try:
        with Origin(tls=context) as origin:
            settings.FETCH_ALLOW_PRIVATE = [
                f"{name}.test:{origin.port}" for name in ("good", "bad")
            ]
            origin.serve("/a", page("safe"))
            assert fetch(f"https://good.test:{origin.port}/a").text == "safe"
            origin.serve("/slow", SLOW["body"])
            with pytest.raises(TooSlow):
                fetch(f"https://good.test:{origin.port}/slow", deadline_seconds=0.4)
            origin.serve("/long", LARGE["endless headers"])
            with pytest.raises(TooLarge):
                fetch(f"https://good.test:{origin.port}/long")
            with pytest.raises(Unreachable):
                fetch(f"https://bad.test:{origin.port}/a")
            assert len(origin.visits) == 3
    finally:
        tls_context.cache_clear()


def test_an_unknown_certificate_is_unreachable(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, context = server_context(tmp_path, "good.test")
    monkeypatch.setattr(destinations, "resolver", lambda host, /: ["127.0.0.1"])
    with Origin(tls=context) as origin:
        settings.FETCH_ALLOW_PRIVATE = [f"good.test:{origin.port}"]
        with pytest.raises(Unreachable):
            fetch(f"https://good.test:{origin.port}/")


def test_many_threads_may_fetch_at_once(origin: Origin) -> None:
    for number in range(40):
        origin.serve(f"/{number}", page(str(number)))
    with ThreadPoolExecutor(20) as pool:
        texts = pool.map(lambda number: fetch(f"{origin.url}/{number}").text, range(40))
        assert list(texts) == [str(number) for number in range(40)]


def test_every_error_is_one_family(origin: Origin) -> None:
    kinds = (Refused, Unreachable, Garbled, TooSlow, TooLarge, TooManyRedirects)
    assert all(issubclass(kind, FetchError) for kind in kinds)
    assert {kind for kind in kinds if kind.is_temporary} == {Unreachable, Garbled, TooSlow}
