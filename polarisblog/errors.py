"""Readers' error pages in development, too."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, MiddlewareNotUsed, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase

from polarisblog.views import bad_request, not_found

BAD = (BadRequest, MultiPartParserError, SuspiciousOperation)
PAGES = {400: bad_request, 404: not_found}


class ErrorPagesMiddleware:
    """With DEBUG on, answers unknown addresses and bad requests as a reader would be answered.

    Django would list the site's addresses or show a stack trace instead, and nobody would ever look
    at our pages. Faults of our own keep Django's debugger. Stands first: a foreign Host is refused
    by the others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        page = PAGES.get(response.status_code)
        if page is None or request.resolver_match is not None:
            return response
        ours = page(request, Http404())
        for name, value in response.items():
            ours.headers.setdefault(name, value)
        ours.headers["Content-Length"] = str(len(ours.content))
        return ours

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if isinstance(exception, Http404):
            return not_found(request, exception)
        return bad_request(request, exception) if isinstance(exception, BAD) else None
