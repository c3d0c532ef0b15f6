"""Every request gets a number, and leaves a line and a measure."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from polarisblog.health import telling
from polarisblog.health.logs import request_id, route_of

log = logging.getLogger("polarisblog.requests")

HEADER = "X-Request-ID"
NUMBER = re.compile(r"[\w.-]{8,64}", re.ASCII)
FAULT = 500


class WatchingMiddleware:
    """Stands first, so that all that is written while a request runs carries its number.

    What is told is the route, not the address: an address may hold a token, a name or the words
    somebody looked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.count: Callable[..., None] | None = None
        if settings.METRICS_TOKEN:
            from polarisblog.health import metrics  # noqa: PLC0415 # half a second

            self.count = metrics.count

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_ours = bool(settings.TRUSTED_PROXY_COUNT)
        number = _number(request.headers.get(HEADER, "") if is_ours else "")
        mark = request_id.set(number)
        started = time.perf_counter()
        headers: Mapping[str, str] = {}
        if is_ours and "traceparent" in request.headers:
            headers = {"traceparent": request.headers["traceparent"]}
        try:
            with telling.span(str(request.method), headers) as span:
                response = self.get_response(request)
                self._tell(request, response, time.perf_counter() - started, span)
        finally:
            request_id.reset(mark)
        # Never on what a cache may keep for others.
        if response.status_code >= FAULT or "no-store" in response.headers.get("Cache-Control", ""):
            response.headers[HEADER] = number
        return response

    def _tell(
        self, request: HttpRequest, response: HttpResponseBase, seconds: float, span: Any
    ) -> None:
        route, method = route_of(request), str(request.method)
        if self.count:
            self.count(route, method, response.status_code, seconds)
        facts = {
            "method": method[:10],
            "route": route,
            "status": response.status_code,
            "ms": round(1000 * seconds, 1),
        }
        log.info("%(method)s %(route)s %(status)s %(ms)s ms", facts, extra={"facts": facts})
        if span:
            span.update_name(f"{facts['method']} {route}")
            span.set_attributes(
                {
                    "http.request.method": facts["method"],
                    "http.route": route,
                    "http.response.status_code": response.status_code,
                }
            )


def _number(given: str) -> str:
    return given if NUMBER.fullmatch(given) else uuid.uuid4().hex
