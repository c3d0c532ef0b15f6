"""Headers that every answer carries, and who may keep it."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from polarisblog import policies
from polarisblog.pagecache.keeping import SHARED, cookies_of_ours

PERSONAL = "private, no-store"
NOT_FOUND = 404
SHOWN_TO_ALL = (200, 301, NOT_FOUND)


def outside_django() -> dict[str, str]:
    """What an answer that no middleware sees must bring besides `bodies.REFUSAL_HEADERS`."""
    headers = {"permissions-policy": settings.PERMISSIONS_POLICY}
    if settings.SECURE_HSTS_SECONDS:
        # Source: RFC 6797; as SecurityMiddleware writes it.
        headers["strict-transport-security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
        )
    return headers


class HeadersMiddleware:
    """Permissions-Policy and Cross-Origin-Resource-Policy, and `Cache-Control` where it is unset.

    An answer to somebody who carries any cookie of ours or credentials may be personal and is kept
    by nobody, nor is one to a question: what is searched for stays between the reader and us. One
    that sets a cookie is never shared, whatever its view said: some caches would hand it on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers:
            is_shared = _asks_as_a_stranger(request) and response.status_code in SHOWN_TO_ALL
            response.headers["Cache-Control"] = SHARED if is_shared else PERSONAL
            patch_vary_headers(response, ["Cookie"])
        if response.cookies and "no-store" not in response.headers["Cache-Control"]:
            response.headers["Cache-Control"] = PERSONAL
        return response


def _asks_as_a_stranger(request: HttpRequest) -> bool:
    sent = request.META
    return (
        request.method in ("GET", "HEAD")
        and not (sent.get("QUERY_STRING") or sent.get("HTTP_AUTHORIZATION"))
        and not cookies_of_ours().search(sent.get("HTTP_COOKIE", ""))
    )


class PolicyMiddleware(CSPMiddleware):
    """django-csp in one order, looser on the desk, and its header on our 404 with DEBUG on.

    The policy is built anew only where an answer changes it: nearly all have the same.
    """

    @cached_property
    def _usual(self) -> str:
        return _in_order(build_policy())

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        match = request.resolver_match
        is_desk = match is not None and "admin" in match.app_names
        is_changed = any(name.startswith("_csp_") for name in response.__dict__)
        if not (is_desk or is_changed or settings.DEBUG or HEADER in response.headers):
            response.headers[HEADER] = self._usual
            return response
        if is_desk:
            replace = {**policies.DESK, **getattr(response, "_csp_replace", {})}
            response._csp_replace = replace  # type: ignore[attr-defined] # noqa: SLF001 # django-csp's seam
        if settings.DEBUG and response.status_code == NOT_FOUND:
            policy = asdict(self.get_policy_parts(request=request, response=response))
            response.headers.setdefault(HEADER, build_policy(**policy))
        answer: HttpResponseBase = super().process_response(request, response)
        if HEADER in answer.headers:
            answer.headers[HEADER] = _in_order(answer.headers[HEADER])
        return answer


def _in_order(policy: str) -> str:
    """django-csp's order differs from process to process; kept pages have one for all."""
    return "; ".join(sorted(policy.split("; ")))
