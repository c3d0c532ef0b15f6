"""How large a request body may be, and how long it may take to arrive.

Under ASGI Django writes a whole body to disk before any limit of its own applies (a 400 MB post was
taken in full), and would wait for a trickle for ever. So this stands in front of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

# As ASGI 3.0 has them, in the shape in which Django's own types name them.
Scope = dict[str, Any]
Event = Mapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

BAD_REQUEST, TOO_SLOW, TOO_LARGE, NO_ROOM = 400, 408, 413, 503
MOST_DIGITS = 18

# Django's middleware never sees these answers, so they bring every header of theirs themselves.
REFUSAL_HEADERS = {
    "content-type": "text/plain; charset=utf-8",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    # The rest of the body may still be under way and must not be read as a next request.
    "connection": "close",
}


class BodyLimits:
    """An ASGI application that answers 400, 408 or 413 where `application` must not be troubled.

    `max_bytes_below` gives paths with these beginnings a limit of their own, and as much more time,
    so that the slowest permitted line stays the same. `more_headers` go with what is refused.
    """

    def __init__(
        self,
        application: Application,
        *,
        max_bytes: int,
        max_bytes_below: Mapping[str, int],
        deadline_seconds: float,
        more_headers: Mapping[str, str] | None = None,
    ) -> None:
        self.application = application
        self.headers = {**REFUSAL_HEADERS, **(more_headers or {})}
        self.max_bytes = max_bytes
        self.max_bytes_below = max_bytes_below
        self.most_bytes = max(max_bytes, *max_bytes_below.values())
        self.seconds_per_byte = deadline_seconds / max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        max_bytes = self.max_bytes_for(scope["path"])
        refusal = judge_length(scope, max_bytes)
        if refusal:
            await self.hear_out(scope, receive)
            await refuse(send, refusal, max_bytes, self.headers)
            return
        exchange = Exchange(receive, send, max_bytes, max_bytes * self.seconds_per_byte)
        await self.application(scope, exchange.receive, exchange.send)
        if exchange.refusal and not exchange.has_started:
            await refuse(send, exchange.refusal, max_bytes, self.headers)

    async def hear_out(self, scope: Scope, receive: Receive) -> None:
        """Drop what is refused as it arrives, if it is no more than may be sent to other paths.

        Whoever still sends when we hang up meets a broken connection instead of our answer, and a
        proxy makes a 502 of it. Source: RFC 9112, section 9.6.
        """
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        is_known = length.isdigit() and len(length) <= MOST_DIGITS
        if not is_known or int(length) > self.most_bytes or b"expect" in headers:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(int(length) * self.seconds_per_byte):
                while (await receive()).get("more_body", False):
                    pass

    def max_bytes_for(self, path: str) -> int:
        for beginning, max_bytes in self.max_bytes_below.items():
            if path.startswith(beginning):
                return max_bytes
        return self.max_bytes


class Exchange:
    """One request and its answer. With `refusal` set, the application sees a client that left."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        max_bytes: int,
        deadline_seconds: float,
    ) -> None:
        self._receive = receive
        self._send = send
        self._bytes_left = max_bytes
        self._deadline = asyncio.get_running_loop().time() + deadline_seconds
        self._is_complete = False
        self.has_started = False
        self.refusal = 0

    async def receive(self) -> Event:
        if self._is_complete:
            # Django waits for the client to leave; that may take as long as the answer.
            return await self._receive()
        if not self.refusal:
            try:
                async with asyncio.timeout_at(self._deadline):
                    event = await self._receive()
            except TimeoutError:
                self.refusal = TOO_SLOW
            else:
                if event["type"] != "http.request":
                    return event
                self._bytes_left -= len(event.get("body", b""))
                self._is_complete = not event.get("more_body", False)
                if self._bytes_left >= 0:
                    return event
                self.refusal = TOO_LARGE
        return {"type": "http.disconnect"}

    async def send(self, event: Event) -> None:
        if self.refusal and not self.has_started:
            return
        self.has_started = True
        await self._send(event)


def judge_length(scope: Scope, max_bytes: int) -> int:
    """The status that refuses what Content-Length announces; 0 when it may come in.

    Several lengths, or one that is not plain digits, are an attempt to make two servers disagree
    about where the request ends. Source: RFC 9112, section 6.3.
    """
    lengths = {value for name, value in scope["headers"] if name.lower() == b"content-length"}
    if not lengths:
        return 0
    length = lengths.pop()
    if lengths or not length.isdigit():
        return BAD_REQUEST
    # Digits are counted first: Python refuses to read a number of thousands of them.
    is_too_large = len(length) > MOST_DIGITS or int(length) > max_bytes
    return TOO_LARGE if is_too_large else 0


async def refuse(
    send: Send, status: int, max_bytes: int = 0, common: Mapping[str, str] = REFUSAL_HEADERS
) -> None:
    text = {
        BAD_REQUEST: "This request does not say plainly how long it is.",
        TOO_SLOW: "This request took too long to arrive. Please try again.",
        NO_ROOM: "There is no room for this at the moment. Please try again later.",
        TOO_LARGE: f"This is too large: at most {max_bytes // 1024**2} MB can be sent here.",
    }[status]
    body = f"{text}\n".encode()
    headers = {**common, "content-length": str(len(body))}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
