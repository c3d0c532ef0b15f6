"""Pictures on the wire: nothing but pictures, kept by browsers for as long as they like."""

import re

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

TYPES = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg", "jpg": "image/jpeg"}
MASTERS = ("jpg", "webp")
NAME = re.compile(
    r"images/(?P<token>[0-9a-f]{24})(?P<size>/(?:\d+x\d+-\d+-\d+/)?\d+w)?"
    r"\.(?P<suffix>avif|webp|jpe?g)"
)
# A name stands for its bytes for ever: a changed picture or focal point has another.
FOR_EVER = "public, max-age=31536000, immutable"
FOR_NOW = "public, max-age=10"
UNKEPT = {"Cache-Control": "no-store"}
HEADERS = {
    # Not a page, whatever it holds: no script, no form, no origin.
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
}


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponse:
    """The picture `name`. A size that the worker has not made yet is answered with the master."""
    match = NAME.fullmatch(name)
    if match is None:
        raise Http404
    etag = f'"{name}"'
    for candidate, caching in _candidates(match):
        if caching == FOR_EVER and request.headers.get("If-None-Match") == etag:
            return HttpResponse(status=304, headers={"ETag": etag, "Cache-Control": FOR_EVER})
        try:
            with default_storage.open(candidate) as file:
                body = file.read()
        except FileNotFoundError:
            continue
        except OSError:
            # It may be there; where it is kept does not answer.
            return HttpResponse(status=503, headers={"Retry-After": "5", **HEADERS, **UNKEPT})
        response = HttpResponse(
            body, content_type=TYPES[candidate.rpartition(".")[2]], headers=HEADERS
        )
        response.headers["Cache-Control"] = caching
        if caching == FOR_EVER:
            response.headers["ETag"] = etag
        return response
    raise Http404


def _candidates(match: re.Match[str]) -> list[tuple[str, str]]:
    asked = (match[0], FOR_EVER)
    if not match["size"]:
        return [asked]
    return [asked, *((f"images/{match['token']}.{suffix}", FOR_NOW) for suffix in MASTERS)]
