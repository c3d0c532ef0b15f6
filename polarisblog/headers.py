"""Headers that every answer carries, and who may keep it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

PERSONAL = "private, no-store"
SHARED = "public, max-age=0, must-revalidate"


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
                and not request.COOKIES
                and not response.cookies
                and response.status_code in (200, 301, 404)
            )
            response.headers["Cache-Control"] = SHARED if is_shared else PERSONAL
            patch_vary_headers(response, ["Cookie"])
        return response
