"""Django in its threads behind ASGI, asked as a server asks."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from polarisblog.serving import ThreadedDjango
from tests import loops

Event = Mapping[str, Any]


def echo(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(request.body or b"nothing", headers={"X-Thread": thread()})
    response.set_cookie("guest", "a key", httponly=True)
    response.set_cookie("other", "b")
    return response


def pieces(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(f"{number} " for number in range(3))


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("ours")


def wait(request: HttpRequest) -> HttpResponse:
    both_are_here.wait(timeout=10)
    return HttpResponse(thread())


def thread() -> str:
    return threading.current_thread().name


both_are_here = threading.Barrier(2)
urlpatterns = [path(f"{view.__name__}/", view) for view in (echo, pieces, broken, wait)]


@pytest.fixture
def django(settings: Any) -> Any:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    return ThreadedDjango(threads=2)


async def ask(
    application: Any, address: str, body: bytes = b"", method: str = "GET"
) -> list[Event]:
    """What the application sends back, event by event."""
    scope = {
        "type": "http",
        "method": method,
        "path": address,
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-length", str(len(body)).encode())],
    }
    coming = [{"type": "http.request", "body": body[i : i + 3]} for i in range(0, len(body), 3)]
    coming = [{**part, "more_body": True} for part in coming] + [{"type": "http.request"}]
    sent: list[Event] = []

    async def receive() -> Event:
        return coming.pop(0)

    async def send(event: Event) -> None:
        sent.append(event)

    await application(scope, receive, send)
    return sent


def body_of(sent: list[Event]) -> bytes:
    return b"".join(event.get("body", b"") for event in sent[1:])


def test_a_body_goes_in_and_an_answer_with_every_cookie_comes_out(django: Any) -> None:
    sent = loops.run(ask(django, "/echo/", b"some words", "POST"))

    assert sent[0]["status"] == 200
    assert body_of(sent) == b"some words"
    cookies = [value for name, value in sent[0]["headers"] if name == b"Set-Cookie"]
    assert cookies == [b'guest="a key"; HttpOnly; Path=/', b"other=b; Path=/"]
    assert not sent[-1].get("more_body")


def test_what_is_made_in_pieces_is_sent_whole(django: Any) -> None:
    sent = loops.run(ask(django, "/pieces/"))

    assert body_of(sent) == b"0 1 2 "
    assert [bool(event.get("more_body")) for event in sent[1:]] == [True, True, False]


def test_a_fault_of_ours_is_a_500_and_the_next_request_is_answered(django: Any) -> None:
    assert loops.run(ask(django, "/broken/"))[0]["status"] == 500
    assert loops.run(ask(django, "/echo/"))[0]["status"] == 200


def test_requests_are_worked_on_side_by_side_in_threads_that_stay(django: Any) -> None:
    async def both() -> list[list[Event]]:
        return await asyncio.gather(ask(django, "/wait/"), ask(django, "/wait/"))

    names = {body_of(sent) for _ in range(2) for sent in loops.run(both())}

    assert len(names) == 2


def test_who_leaves_before_the_end_of_the_body_troubles_nobody(django: Any) -> None:
    sent: list[Event] = []

    async def receive() -> Event:
        return {"type": "http.disconnect"}

    async def send(event: Event) -> None:
        sent.append(event)

    loops.run(django({"type": "http"}, receive, send))

    assert sent == []
