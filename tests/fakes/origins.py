"""Other people's web servers: real sockets on loopback that behave as badly as a test asks.

    with Origin() as origin:
        origin.serve("/page", page("<a href='…'>"))
        origin.serve("/moved", redirect("/page"))
        …
        assert [visit.path for visit in origin.visits] == ["/moved", "/page"]

A behaviour is any function of the Visit; it writes raw bytes and may never end: closing the origin
ends it.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass
class Visit:
    """One request as it arrived, and the way to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: socket.socket = field(repr=False)
    closing: threading.Event = field(repr=False)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.sendall(part)

    def drip(self, chunks: Iterable[bytes], *, every_seconds: float = 0.05) -> None:
        for chunk in chunks:
            self.send(chunk)
            if self.closing.wait(every_seconds):
                return


Behaviour = Callable[[Visit], None]


class Origin:
    """A server on a port of its own; unknown paths get 404, and every connection is counted."""

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, port))
        self._listener.listen(64)
        self._tls = tls
        self._behaviours: dict[str, Behaviour] = {}
        self._closing = threading.Event()
        self.connection_count = 0
        self.visits: list[Visit] = []
        self.port: int = self._listener.getsockname()[1]
        self.host_and_port = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.url = f"{'https' if tls else 'http'}://{self.host_and_port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def serve(self, path: str, behaviour: Behaviour) -> str:
        """Answer `path` (without its query) so from now on; gives the whole URL."""
        self._behaviours[path] = behaviour
        return self.url + path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connection_count += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(10)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            visit = self._read(connection)
            self.visits.append(visit)
            self._behaviours.get(visit.path.partition("?")[0], _not_found)(visit)
        except (OSError, ValueError):
            pass  # the visitor hung up, which is what most tests are about
        finally:
            connection.close()

    def _read(self, connection: socket.socket) -> Visit:
        reader = connection.makefile("rb")
        method, path, _ = reader.readline().decode("latin-1").split(" ")
        headers: dict[str, str] = {}
        while line := reader.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", 0)))
        return Visit(method, path, headers, body, connection, self._closing)


def answer(
    body: bytes = b"",
    *,
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (("Content-Type", "text/html"),),
) -> Behaviour:
    """A whole, well-formed answer."""

    def behave(visit: Visit) -> None:
        visit.send(head(status, [*headers, ("Content-Length", str(len(body)))]))
        if visit.method != "HEAD":
            visit.send(body)

    return behave


def page(html: str, *, headers: Iterable[tuple[str, str]] = ()) -> Behaviour:
    return answer(html.encode(), headers=[("Content-Type", "text/html; charset=utf-8"), *headers])


def redirect(location: str, *, status: int = 302) -> Behaviour:
    return answer(status=status, headers=[("Location", location)])


def raw(*parts: bytes) -> Behaviour:
    """Exactly these bytes, then the connection closes."""
    return lambda visit: visit.send(*parts)


def dripping(start: bytes, chunk: bytes) -> Behaviour:
    """`start`, then `chunk` twenty times a second until somebody gives up."""

    def behave(visit: Visit) -> None:
        visit.send(start)
        while not visit.closing.is_set():
            visit.drip([chunk])

    return behave


def endless(start: bytes, chunk: bytes) -> Behaviour:
    """`start`, then `chunk` as fast as the line takes it."""

    def behave(visit: Visit) -> None:
        visit.send(start)
        while not visit.closing.is_set():
            visit.send(chunk)

    return behave


def silent(visit: Visit) -> None:
    """Takes the request and says nothing."""
    visit.closing.wait(30)


def head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


_not_found = answer(b"not found", status=404)
