"""What may be asked of an address: it is read, or something is posted to it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from polarisblog.views import not_allowed

KNOWN = ["GET", "HEAD", "POST"]
NOT_ALLOWED = 405


class MethodsMiddleware:
    """Refuses every other method, whatever a view would make of it, and says each 405 in words.

    Views that only show something carry `require_safe` besides.
    Source: RFC 9110, 15.5.6 (405 names what is allowed) and 9.3.8 (TRACE).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in KNOWN:
            return not_allowed(request, HttpResponseNotAllowed(KNOWN))
        response = self.get_response(request)
        if response.status_code == NOT_ALLOWED and not getattr(response, "content", None):
            return not_allowed(request, response)
        return response
