"""The door in front of Django, asked in this process as the web server asks it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from polarisblog.network.bodies import Event, Scope
from polarisblog.pagecache import hearing
from polarisblog.pagecache.serving import PageCache
from polarisblog.serving import ThreadedDjango
from tests import loops


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Counted:
    """Django, and how often it was asked."""

    def __init__(self) -> None:
        self.application: Any = ThreadedDjango(threads=2)
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.paths.append(scope["path"])
        await self.application(scope, receive, send)


class Door:
    def __init__(self) -> None:
        self.django = Counted()
        self.cache = PageCache(self.django)

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        """What somebody gets; `headers` with underscores. The lease is renewed as a tick would."""
        hearing.shelf().grant(time.time())
        return self.ask_unheard(path, method=method, **headers)

    def ask_unheard(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        return loops.run(exchange(self.cache, path, method, headers))

    def is_kept(self, path: str) -> bool:
        """Whether `path` is answered without Django."""
        before = len(self.django.paths)
        self.ask(path)
        return len(self.django.paths) == before

    def fresh(self, path: str) -> Answer:
        """What Django says now."""
        return loops.run(exchange(self.django.application, path, "GET", {}))


async def exchange(application: Any, path: str, method: str, headers: dict[str, str]) -> Answer:
    path, _, query = path.partition("?")
    names = {"host": "testserver", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in names.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
    events: list[Event] = []
    is_asked = False

    async def receive() -> Event:
        nonlocal is_asked
        if is_asked:
            await asyncio.sleep(3600)
        is_asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Event) -> None:
        events.append(event)

    await application(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in events[0]["headers"]}
    body = b"".join(event.get("body", b"") for event in events[1:])
    return Answer(events[0]["status"], {name.lower(): found[name] for name in found}, body)


@contextmanager
def open_door(root: Path, settings: Any) -> Iterator[Door]:
    """A door with an empty shelf of its own, which has heard all there is."""
    settings.PAGES_DIR = root
    hearing.shelf.cache_clear()
    hearing.catch_up()
    door = Door()
    try:
        yield door
    finally:
        door.cache.listener.stop()
        hearing.shelf.cache_clear()
        connection.close()
