"""What machines ask: is it ready, and how much of what."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from polarisblog.health import readiness

NOT_KEPT = {"Cache-Control": "no-store"}
UNAVAILABLE = 503


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether to send readers here: 200, or 503 with what is wrong."""
    found = readiness.look()
    is_ready = not any(found.values())
    checks = {
        name: {"state": "failed", "reason": problem} if problem else {"state": "ok"}
        for name, problem in found.items()
    }
    return JsonResponse(
        {"ready": is_ready, "checks": checks},
        status=200 if is_ready else UNAVAILABLE,
        headers=NOT_KEPT if is_ready else {**NOT_KEPT, "Retry-After": "5"},
    )


def numbers(request: HttpRequest) -> HttpResponse:
    """Prometheus's text, for whoever has METRICS_TOKEN; no such page where that is not set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(
        token.strip(), settings.METRICS_TOKEN
    ):
        headers = {**NOT_KEPT, "WWW-Authenticate": 'Bearer realm="metrics"'}
        return HttpResponse("Unauthorized\n", "text/plain", status=401, headers=headers)
    from polarisblog.health import metrics  # noqa: PLC0415 # half a second

    return HttpResponse(metrics.text(), metrics.CONTENT_TYPE, headers=NOT_KEPT)
