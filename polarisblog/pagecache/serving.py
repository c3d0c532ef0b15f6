"""The door in front of Django: hands out kept pages, and keeps those that Django makes.

Only requests that carry nothing personal are looked at: GET or HEAD, no query, no cookie of ours,
no credentials. What Django answers to such a request cannot be about anybody.
"""

import asyncio
import logging
import os
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils.http import parse_http_date_safe

from polarisblog.network.bodies import Application, Event, Receive, Scope, Send
from polarisblog.pagecache import hearing
from polarisblog.pagecache.keeping import HEADER, OFFER, cookies_of_ours
from polarisblog.pagecache.pages import Header, Page, Variant, best_encoding, matches
from polarisblog.pagecache.shelf import FACTS, Position, Shelf, lease, place_of
from polarisblog.pagecache.standing_in import stand_in

log = logging.getLogger(__name__)

MOST_BYTES_IN_MEMORY = 32 * 1024 * 1024
# Never kept, so nobody waits there for somebody else's answer.
ELSEWHERE = ("/static/", "/media/", "/admin/", "/accounts/", "/healthz", "/readyz", "/metrics")
FAILED = 500
LOOK_UP_SECONDS = 1
_MARK = HEADER.lower().encode()
_BODY_ONLY = frozenset({b"content-length", b"content-encoding", b"content-type"})


@dataclass(slots=True)
class Request:
    """What of a request decides which bytes answer it."""

    path: str
    is_head: bool
    host: bytes = b""
    encoding: str = ""
    known_etag: bytes = b""
    known_since: bytes = b""

    @property
    def place(self) -> str:
        return place_of(self.host.decode("latin-1"), self.path)


@dataclass(slots=True)
class Entry:
    """A page in memory, true as long as its file on the shelf is the same."""

    place: str
    stamp: tuple[int, int]
    variants: dict[str, Variant]
    last_modified: bytes
    size: int


class PageCache:
    """An ASGI application that troubles `application` only for what is not kept."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.listener = hearing.Listener()
        self.memory: dict[tuple[bytes, str], Entry] = {}
        self.bytes_in_memory = 0
        self.making: dict[str, asyncio.Future[None]] = {}
        self.shelf = f"{hearing.shelf().root}/"
        self.tenth = 0
        self.open_lease = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = look_at(scope)
        if request is None:
            await self.application(scope, receive, send)
            return
        entry = self.find(request)
        if entry is None:
            await self.make(request, scope, receive, send)
        else:
            await answer(send, request, entry.variants, entry.last_modified)

    # --- What is kept -------------------------------------------------------------

    def find(self, request: Request) -> Entry | None:
        """The page, if the shelf has it now. Strings and not paths: this is what every reader waits

        for, and takes a few microseconds.
        """
        tenth = int(time.time() * 10)
        if tenth != self.tenth:
            self.tenth, self.open_lease = tenth, f"{self.shelf}{lease(tenth)}/"
        key = (request.host, request.path)
        known = self.memory.get(key)
        place = known.place if known else request.place
        if not place:
            return None
        folder = f"{self.open_lease}{place}"
        try:
            status = os.stat(f"{folder}{FACTS}")  # noqa: PTH116 # as above
        except OSError:
            return None
        stamp = (status.st_ino, status.st_mtime_ns)
        if known and known.stamp == stamp:
            return known
        try:
            page = Shelf.load(folder)
        except (OSError, ValueError, KeyError):
            # Changed under our eyes.
            return None
        return self.remember(key, place, stamp, page)

    def remember(
        self, key: tuple[bytes, str], place: str, stamp: tuple[int, int], page: Page
    ) -> Entry:
        size = sum(map(len, page.bodies.values()))
        entry = Entry(place, stamp, page.variants(), page.last_modified, size)
        self.drop(key)
        self.memory[key] = entry
        self.bytes_in_memory += size
        while self.bytes_in_memory > MOST_BYTES_IN_MEMORY:
            self.drop(next(iter(self.memory)))
        return entry

    def drop(self, key: tuple[bytes, str]) -> None:
        old = self.memory.pop(key, None)
        self.bytes_in_memory -= old.size if old else 0

    # --- What is not --------------------------------------------------------------

    async def make(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Django answer and keep what may be kept; whoever wants the same meanwhile waits."""
        self.listener.ensure()
        place = request.place
        if not place or request.is_head:
            await self.application(scope, receive, send)
            return
        if self.listener.is_deaf and await stand_in_for(place, request, send):
            return
        first = self.making.get(place)
        if first:
            await asyncio.wait([first])
            entry = self.find(request)
            if entry:
                await answer(send, request, entry.variants, entry.last_modified)
            else:
                await self.application(scope, receive, send)
            return
        done = self.making[place] = asyncio.get_running_loop().create_future()
        try:
            # Read before Django reads anything: what changes from here on must not be kept.
            since = hearing.shelf().position()
            capture = Capture(send)
            offered = {**scope, "extensions": {**scope.get("extensions", {}), OFFER: True}}
            has_copy = hearing.shelf().last_known(place) is not None
            await self.ask_django(offered, receive, capture, may_give_up=has_copy)
            if capture.has_failed and not await stand_in_for(place, request, send):
                await capture.let_go()
            elif capture.tags:
                page = await asyncio.to_thread(make_page, capture, place, since)
                await answer(send, request, page.variants(), page.last_modified)
        finally:
            del self.making[place]
            done.set_result(None)

    async def ask_django(
        self, scope: Scope, receive: Receive, capture: "Capture", *, may_give_up: bool
    ) -> None:
        """Let Django answer; give up once it is clear that the database is away, if that may be."""
        asked = asyncio.ensure_future(self.application(scope, receive, capture.send))
        while not (await asyncio.wait([asked], timeout=LOOK_UP_SECONDS))[0]:
            if may_give_up and self.listener.is_deaf and not capture.has_begun:
                capture.has_failed = True
                asked.cancel()
                return
        asked.result()


def look_at(scope: Scope) -> Request | None:
    """What is asked for, or None where the answer may be personal, or leads from http to https."""
    if (
        scope["type"] != "http"
        or scope["method"] not in ("GET", "HEAD")
        or scope["query_string"]
        or scope["path"].startswith(ELSEWHERE)
        or (settings.IS_HTTPS and not is_secure(scope))
    ):
        return None
    request = Request(scope["path"], scope["method"] == "HEAD")
    for name, value in scope["headers"]:
        if name == b"host":
            request.host = value
        elif name == b"accept-encoding":
            request.encoding = best_encoding(value)
        elif name == b"if-none-match":
            request.known_etag = value
        elif name == b"if-modified-since":
            request.known_since = value
        elif is_personal(name, value):
            return None
    return request


def is_personal(name: bytes, value: bytes) -> bool:
    if name == b"cookie":
        return bool(cookies_of_ours().search(value.decode("latin-1")))
    return name == b"authorization"


async def stand_in_for(place: str, request: Request, send: Send) -> bool:
    """Answer with what was last kept here, where Django cannot; False if nothing was."""
    page = hearing.shelf().last_known(place)
    if page is None:
        return False
    headers, body = stand_in(page, request.path)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return True


class Capture:
    """Holds back an answer that may be kept, or a failure; passes any other on as it comes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.held: list[Event] = []
        self.has_failed = False
        self.has_begun = False
        self.headers: list[Header] = []
        self.pieces: list[bytes] = []
        self.tags: list[str] = []

    async def send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self.headers = [(name.lower(), value) for name, value in event["headers"]]
            self.tags = dict(self.headers).get(_MARK, b"").decode().split()
            self.has_failed = event["status"] >= FAILED
            self.has_begun = True
        if self.has_failed:
            self.held.append(event)
        elif not self.tags:
            await self._send(event)
        elif event["type"] == "http.response.body":
            self.pieces.append(event.get("body", b""))

    async def let_go(self) -> None:
        for event in self.held:
            await self._send(event)


def make_page(capture: Capture, place: str, since: Position | None) -> Page:
    page = Page.of(capture.headers, b"".join(capture.pieces), capture.tags)
    if since:
        try:
            hearing.keep(place, page, since)
        except (OSError, DatabaseError):
            # A full disk, or a database that went away: the reader has the page all the same.
            log.exception("a page could not be kept")
        finally:
            close_old_connections()
    return page


def is_secure(scope: Scope) -> bool:
    """Whether the request came over TLS, as Django would see it."""
    if settings.TRUSTED_PROXY_COUNT:
        return dict(scope["headers"]).get(b"x-forwarded-proto") == b"https"
    return bool(scope.get("scheme") == "https")


async def answer(
    send: Send, request: Request, variants: dict[str, Variant], last_modified: bytes
) -> None:
    variant = variants.get(request.encoding) or variants[""]
    status, headers, body = 200, variant.headers, variant.body
    if is_known(request, variant.etag, last_modified):
        status, body = 304, b""
        headers = [pair for pair in headers if pair[0] not in _BODY_ONLY]
    elif request.is_head:
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def is_known(request: Request, etag: bytes, last_modified: bytes) -> bool:
    """Whether the asker has this already. Source: RFC 9110, section 13.2.2."""
    if request.known_etag:
        return matches(request.known_etag, etag)
    if not (request.known_since and last_modified):
        return False
    since = parse_http_date_safe(request.known_since.decode("latin-1"))
    changed = parse_http_date_safe(last_modified.decode("latin-1"))
    return bool(since and changed and changed <= since)
