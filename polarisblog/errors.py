"""Readers' error pages in development, too."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from polarisblog.views import not_found

NOT_FOUND = 404


class NotFoundMiddleware:
    """With DEBUG on, answers an unknown address with the page that readers get.

    Django would list the site's addresses instead, and nobody would ever look at our page. Faults
    keep Django's debugger.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == NOT_FOUND and request.resolver_match is None:
            return not_found(request, Http404())
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        return not_found(request, exception) if isinstance(exception, Http404) else None
