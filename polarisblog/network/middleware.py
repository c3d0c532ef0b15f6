"""Too fast, said in HTTP."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin

from .limits import TooFast


class TooFastMiddleware(MiddlewareMixin):
    """Answers 429 with `Retry-After` when a view lets TooFast through (RFC 6585, section 4)."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, TooFast):
            return None
        context = {
            "retry_after_seconds": exception.retry_after_seconds,
            "reading": exception.limit.reading,
        }
        response = render(request, "429.html", context, status=429)
        response["Retry-After"] = str(exception.retry_after_seconds)
        add_never_cache_headers(response)
        return response
