"""The network layer below httpcore2: checked addresses only, one deadline, and so many bytes."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore2

from .destinations import Deadline
from .errors import Refused, TooLarge, Unreachable

MAX_HEADER_BYTES = 64 * 1024
_PIECE_BYTES = 16 * 1024


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to the addresses that were checked, whatever host it is asked for."""

    def __init__(self, checked: tuple[str, ...], deadline: Deadline) -> None:
        self._checked = checked
        self._deadline = deadline
        self._budget = _Budget(MAX_HEADER_BYTES)

    def allow_bytes(self, count: int) -> None:
        self._budget.left_bytes = count

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """An address that swallows packets gets only its share of the time that is left."""
        for tries_left in range(len(self._checked), 0, -1):
            address = self._checked[-tries_left]
            patience = self._deadline.left_seconds() / tries_left
            try:
                stream = httpcore2.SyncBackend().connect_tcp(address, port, patience, None, ())
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
            return _BoundedStream(stream, self._deadline, self._budget)
        self._deadline.left_seconds()
        raise Unreachable("no connection to any address of the host")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        raise Refused("a local socket is not fetched")


@dataclass(slots=True)
class _Budget:
    """How much may still be read from the wire, over all streams of one exchange."""

    left_bytes: int


class _BoundedStream(httpcore2.NetworkStream):
    """Ends every read and write at the exchange's deadline, and reading at the budget.

    A timeout for each read alone would let a server that sends one byte a second keep us for days.
    """

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline, budget: _Budget) -> None:
        self._inner = inner
        self._deadline = deadline
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._budget.left_bytes <= 0:
            raise TooLarge("the answer is too large")
        got = self._inner.read(min(max_bytes, _PIECE_BYTES), self._deadline.left_seconds())
        self._budget.left_bytes -= len(got)
        return got

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces: the inner stream grants its timeout anew for every part the peer takes.
        for start in range(0, len(buffer), _PIECE_BYTES):
            self._inner.write(buffer[start : start + _PIECE_BYTES], self._deadline.left_seconds())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            left_seconds = self._deadline.left_seconds()
            inner = self._inner.start_tls(ssl_context, server_hostname, left_seconds)
        except BaseException:
            self.close()
            raise
        return _BoundedStream(inner, self._deadline, self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
