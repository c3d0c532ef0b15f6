"""Which page a POST came from: an own page's origin, or a token where somebody has a session."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

NOT_OUR_PAGE = "The form did not come from a page of this site."


def accepts_strangers(view: View) -> View:
    """Let a view be posted to without a token by whoever has no session.

    Public pages are the same bytes for everyone and carry no token, so their forms are checked by
    `Origin` and `Sec-Fetch-Site`, which a page of another site cannot forge (Fetch Standard,
    "Origin header"; Fetch Metadata Request Headers). A request with a session needs the token.
    """
    view.accepts_strangers = True  # type: ignore[attr-defined] # Django marks views the same way
    return view


def has_session(request: HttpRequest) -> bool:
    """Whether the browser sent a session, valid or not."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def is_from_here(request: HttpRequest) -> bool:
    """Whether the browser vouches that a page of this site sent the request.

    Both headers are written by the browser and by no script. A request with neither proves nothing.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return "Sec-Fetch-Site" in request.headers
    ours = f"{request.scheme}://{request.get_host()}"
    return origin in (ours, settings.SITE_URL)


class OriginOrTokenMiddleware(CsrfViewMiddleware):
    """Django's CSRF check, and for strangers on views that say so the check by origin."""

    def process_view(
        self,
        request: HttpRequest,
        callback: Callable[..., HttpResponseBase],
        callback_args: tuple[Any, ...],
        callback_kwargs: dict[str, Any],
    ) -> HttpResponseForbidden | None:
        if request.method == "POST" and self._takes_origin(request, callback):
            if is_from_here(request):
                return None
            refusal: HttpResponseForbidden = self._reject(request, NOT_OUR_PAGE)  # type: ignore[attr-defined] # Django's own seam, untyped
            return refusal
        return super().process_view(request, callback, callback_args, callback_kwargs)

    @staticmethod
    def _takes_origin(request: HttpRequest, callback: object) -> bool:
        if not getattr(callback, "accepts_strangers", False) or has_session(request):
            return False
        return not getattr(request, "_dont_enforce_csrf_checks", False)
