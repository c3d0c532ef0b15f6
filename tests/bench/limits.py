"""Applications that do nothing but hand out bytes: what no blog on the same server can exceed.

`BENCH_BODIES` names a folder with one file for each address.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

BODIES = {
    file.name: file.read_bytes() for file in Path(os.environ["BENCH_BODIES"]).glob("*.html.gz")
}
HEADERS = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}


async def hello(
    scope: dict[str, Any], receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """ASGI's shortest."""
    body = BODIES[f"{scope['path'][1:]}.gz"]
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-encoding", b"gzip"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def bare(request: HttpRequest, name: str) -> HttpResponse:
    """A Django view, and no middleware."""
    return HttpResponse(BODIES[f"{name}.gz"], headers=HEADERS)


def bare_django() -> Any:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], ROOT_URLCONF=__name__, SECRET_KEY="none"
    )
    return get_wsgi_application()


urlpatterns = [path("<str:name>", bare)]
