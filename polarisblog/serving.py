"""Django behind ASGI, each request whole in one of a few threads that stay.

Django's own ASGI handler opens a thread and a database connection for every request, and changes
threads at every middleware that is not async, which none of ours need be: a trivial view took
0.39 ms of processor time under it and 0.06 under WSGI. Here the event loop takes in the body and
sends the answer, which is where slow clients are waited for, and everything between happens in one
thread, exactly as under WSGI. The thread keeps its connection for the next request.
"""

import asyncio
import functools
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import IO, Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.http import HttpResponse, HttpResponseBase
from django.urls import set_script_prefix

from polarisblog.headers import outside_django
from polarisblog.network.bodies import NO_ROOM, REFUSAL_HEADERS, Receive, Scope, Send, refuse

log = logging.getLogger(__name__)

Answer = tuple[dict[str, Any], Sequence[bytes]]

# What machines ask to learn how we are. Each has a thread of its own: where all others wait for a
# database, these must not wait behind them, nor the first for the second, which looks at it.
ASKED_BY_MACHINES = ("/healthz", "/readyz")


class ThreadedDjango(ASGIHandler):
    """An ASGI application; at most `threads` requests are worked on at once, the others wait.

    But for ASKED_BY_MACHINES, which are answered at once.
    """

    def __init__(self, *, threads: int) -> None:
        # Not ASGIHandler's, which would load the middleware as async.
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="django")
        self._own = {
            path: ThreadPoolExecutor(1, thread_name_prefix=f"django {path}")
            for path in ASKED_BY_MACHINES
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError("Only HTTP is spoken here.")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        except OSError as problem:
            # A body of some size waits on the disk, which is full.
            log.error("a request could not be taken in: %s", problem)
            await refuse(send, NO_ROOM, common=_common())
            return
        work = functools.partial(self._answer, scope, body)
        threads = self._own.get(scope["path"], self._threads)
        start, parts = await asyncio.get_running_loop().run_in_executor(threads, work)
        await send(start)
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": parts[-1] if parts else b""})

    def _answer(self, scope: Scope, body: IO[bytes]) -> Answer:
        """The whole answer, so that no thread waits for whoever reads it slowly."""
        with closing(body):
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=self.__class__, scope=scope)
            request, refusal = self.create_request(scope, body)
            response = self.get_response(request) if request else _unread(refusal)
            # Sends request_finished, after which this thread's connection is free.
            with closing(response):
                return _start(response), _parts(response)


def _unread(refusal: HttpResponseBase | None) -> HttpResponseBase:
    """Django's answer to what it could not take for a request; no middleware saw it."""
    # One of the two, request or refusal, is there.
    response = cast(HttpResponse, refusal)
    for name, value in _common().items():
        response.headers[name] = value
    response.content = response.content or b"This request cannot be read.\n"
    return response


def _common() -> dict[str, str]:
    return {**REFUSAL_HEADERS, **outside_django()}


def _start(response: HttpResponseBase) -> dict[str, Any]:
    cookies = (cookie.OutputString() for cookie in response.cookies.values())
    lines = [*response.items(), *(("Set-Cookie", cookie) for cookie in cookies)]
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in lines]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


def _parts(response: HttpResponseBase) -> Sequence[bytes]:
    return (response.content,) if isinstance(response, HttpResponse) else tuple(response)
