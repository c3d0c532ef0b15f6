"""Too fast, said in HTTP."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin

from .limits import TooFast

SECRETS = ("password", "code", "token", "credential")


class TooFastMiddleware(MiddlewareMixin):
    """Answers 429 with `Retry-After` when a view lets TooFast through (RFC 6585, section 4)."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer(request, exception) if isinstance(exception, TooFast) else None


def answer(request: HttpRequest, too_fast: TooFast) -> HttpResponse:
    """When to come back, and what was typed, to copy."""
    context = {
        "retry_after_seconds": too_fast.retry_after_seconds,
        "reading": too_fast.limit.reading,
        "typed": _typed(request),
    }
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(too_fast.retry_after_seconds)
    add_never_cache_headers(response)
    return response


def _typed(request: HttpRequest) -> str:
    """The longest of the fields that were sent: whatever else there was is quickly typed again."""
    fields = request.POST.items()
    texts = [str(value) for name, value in fields if not any(word in name for word in SECRETS)]
    return max(texts, key=len, default="")
