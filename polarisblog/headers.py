"""Headers that every answer carries, and who may keep it."""

from collections.abc import Callable
from dataclasses import asdict

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from polarisblog import policies
from polarisblog.pagecache.keeping import cookies_of_ours

PERSONAL = "private, no-store"
NOT_FOUND = 404


def shared() -> str:
    """For everybody, and asked about anew each time; a CDN may keep it for CDN_SECONDS."""
    seconds = settings.CDN_SECONDS
    if not seconds:
        return "public, max-age=0, must-revalidate"
    # Sources: RFC 9111, section 5.2.2.10; RFC 5861.
    return (
        f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}, "
        "stale-if-error=86400"
    )


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

    An answer to somebody who carries any cookie of ours may be personal and is kept by nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers:
            is_shared = (
                request.method in ("GET", "HEAD")
                and not cookies_of_ours().search(request.META.get("HTTP_COOKIE", ""))
                and not response.cookies
                and response.status_code in (200, 301, NOT_FOUND)
            )
            response.headers["Cache-Control"] = shared() if is_shared else PERSONAL
            patch_vary_headers(response, ["Cookie"])
        return response


class PolicyMiddleware(CSPMiddleware):
    """django-csp in one order, looser on the desk, and its header on our 404 with DEBUG on."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        match = request.resolver_match
        if match is not None and "admin" in match.app_names:
            replace = {**policies.DESK, **getattr(response, "_csp_replace", {})}
            response._csp_replace = replace  # type: ignore[attr-defined] # noqa: SLF001 # django-csp's seam
        if settings.DEBUG and response.status_code == NOT_FOUND:
            policy = asdict(self.get_policy_parts(request=request, response=response))
            response.headers.setdefault(HEADER, build_policy(**policy))
        answer: HttpResponseBase = super().process_response(request, response)
        if HEADER in answer.headers:
            # django-csp's order differs from process to process; kept pages have one for all.
            answer.headers[HEADER] = "; ".join(sorted(answer.headers[HEADER].split("; ")))
        return answer
