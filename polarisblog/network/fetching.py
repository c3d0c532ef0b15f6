"""The guarded fetch: every request this product sends to another site.

Strangers choose the addresses (pingback sources, webmention endpoints, pictures), and some are out
to reach what only our machine can reach, to keep us busy, or to fill our memory. `destinations`
decides where a request may go; here it goes to the checked address and nowhere else, once per URL,
with one deadline and with caps, without cookies, proxies or kept connections. HTTP and TLS are
httpcore2's; only its network layer is replaced (`connecting`).
"""

import functools
import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import httpcore2
import httpx2
from django.conf import settings

from . import charsets
from .connecting import MAX_HEADER_BYTES, CheckedBackend
from .destinations import Deadline, Destination, addresses, parse
from .errors import (
    FetchError,
    Garbled,
    Refused,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
)

__all__ = [
    "FetchError",
    "Garbled",
    "Refused",
    "Response",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "Unreachable",
    "fetch",
    "tls_context",
]

Method = Literal["GET", "HEAD", "POST"]

_PIECE_BYTES = 16 * 1024
_SUCCESS = range(200, 300)
_MAY_RECOVER = frozenset({408, 425, 429, *range(500, 600)})
_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


@dataclass(frozen=True, slots=True)
class Response:
    """What the other side answered, whatever its status; `url` is the one after all redirects.

    `headers.get_list("link")` gives every header of a name; the body is decoded (gzip) and whole.
    """

    status: int
    url: str
    headers: httpx2.Headers
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; empty where none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_success(self) -> bool:
        return self.status in _SUCCESS

    @property
    def may_recover(self) -> bool:
        """An error that the same request may not meet again later (RFC 9110, 15.5.9 and 15.6)."""
        return self.status in _MAY_RECOVER

    @property
    def text(self) -> str:
        return charsets.decode(self.body, self.headers.get("content-type", ""))


def fetch(
    url: str,
    *,
    method: Method = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    deadline_seconds: float = 5.0,
    max_bytes: int = 1 << 20,
    max_redirects: int = 5,
    accept: str = _HTML,
    user_agent_suffix: str = "",
) -> Response:
    """Ask `url`, follow its redirects, and give the last answer; an error status is an answer too.

    `max_bytes` caps the decoded body; the deadline spans everything, lookups and redirects too.
    301, 302 and 303 turn a POST into a GET without `headers`, 307 and 308 keep it; neither body nor
    `headers` go to an origin other than the first (a POST is Refused then). A page may lead from
    https to http, since plain http pages are read as well. No URL is asked twice. Raises a
    FetchError.
    Source: RFC 9110, 15.4; Fetch standard, "HTTP-redirect fetch".
    """
    deadline = Deadline(deadline_seconds)
    asked = _Question(method, parse(url), body, dict(headers or {}))
    common = {"Accept": accept, "User-Agent": _user_agent(user_agent_suffix)}
    seen = set()
    for _ in range(max_redirects + 1):
        seen.add((asked.method, asked.destination))
        response = _ask(asked, common, deadline, max_bytes)
        location = _location(response)
        if not location:
            return response
        asked = asked.redirected(response.status, asked.destination.joined(location))
        if (asked.method, asked.destination) in seen:
            break
    raise TooManyRedirects("the redirects do not end")


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Made once: reading the system's certificates takes longer than most requests."""
    return httpcore2.default_ssl_context()


@dataclass(frozen=True, slots=True)
class _Question:
    method: Method
    destination: Destination
    body: bytes | None
    headers: dict[str, str]

    def redirected(self, status: int, destination: Destination) -> "_Question":
        asked = replace(self, destination=destination)
        if self.method == "POST" and status in (301, 302, 303):
            # What is left describes the body that is no longer sent.
            asked = replace(asked, method="GET", body=None, headers={})
        if destination.origin == self.destination.origin:
            return asked
        if asked.body is not None or asked.method == "POST":
            raise Refused("what we send is not passed on to another origin")
        return replace(asked, headers={})


def _ask(asked: _Question, common: dict[str, str], deadline: Deadline, max_bytes: int) -> Response:
    """One request, one answer; the body of a redirect that will be followed is left unread."""
    destination = asked.destination
    backend = CheckedBackend(addresses(destination, deadline), deadline)
    url = httpcore2.URL(
        scheme=destination.scheme,
        host=destination.host,
        port=destination.port,
        target=destination.target,
    )
    sent = {
        "Host": destination.authority,
        **common,
        **asked.headers,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    with (
        _our_errors(),
        httpcore2.HTTPConnection(
            origin=url.origin,
            ssl_context=tls_context() if destination.scheme == "https" else None,
            network_backend=backend,
        ) as connection,
        connection.stream(asked.method, url, headers=_on_wire(sent), content=asked.body) as answer,
    ):
        headers = httpx2.Headers(answer.headers)
        response = Response(answer.status, destination.url, headers, b"")
        if _location(response):
            return response
        # Twice the body leaves room for chunk framing, but not for a stream of nothing but framing.
        backend.allow_bytes(2 * max_bytes + MAX_HEADER_BYTES)
        return replace(response, body=_whole_body(answer, headers, max_bytes))


def _location(response: Response) -> str:
    """Where the answer sends us on to, or nothing."""
    if response.status not in (301, 302, 303, 307, 308):
        return ""
    return next(iter(response.headers.get_list("location")), "")


def _on_wire(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode()) for name, value in headers.items()]


def _user_agent(suffix: str) -> str:
    name = f"PolarisBlog/{getattr(settings, 'VERSION', '0')} (+{getattr(settings, 'SITE_URL', '')})"
    return f"{name} {suffix}".strip()


def _whole_body(answer: httpcore2.Response, headers: httpx2.Headers, max_bytes: int) -> bytes:
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise TooLarge("the answer is too large")
    chunks: Iterable[bytes] = answer.iter_stream()
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        # We ask for none, but file stores that keep their pages packed send them so all the same.
        chunks = _unpacked(chunks)
    elif encoding not in ("", "identity"):
        raise Garbled("the answer is encoded in a way we did not ask for")
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge("the answer is too large")
    return bytes(body)


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Gunzip piece by piece, so that a bomb is noticed after one piece and not in memory.

    What follows the first gzip member is ignored, as browsers do.
    """
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    is_empty = True
    for chunk in chunks:
        is_empty = False
        packed = chunk
        while packed and not unpacker.eof:
            try:
                yield unpacker.decompress(packed, _PIECE_BYTES)
            except zlib.error:
                raise Garbled("the answer is not the gzip it claims to be") from None
            packed = unpacker.unconsumed_tail
    if not is_empty and not unpacker.eof:
        raise Garbled("the answer is not the gzip it claims to be")


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except httpcore2.TimeoutException:
        raise TooSlow("the other side did not answer in time") from None
    except httpcore2.NetworkError:
        raise Unreachable("the connection failed") from None
    except httpcore2.RemoteProtocolError:
        raise Garbled("the answer is not proper HTTP") from None
    except (httpcore2.LocalProtocolError, ValueError):
        raise Refused("the request cannot be put into HTTP") from None
