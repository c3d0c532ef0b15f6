"""What the strict content security policy gives up for the editor, on its own pages only."""

from typing import Any

from django.http import HttpRequest, HttpResponse

# The one style sheet that Tiptap writes into the page. Another Tiptap has another hash, and a test
# that types into the editor then fails.
TIPTAP_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"


def nonce(request: HttpRequest) -> str:
    """This answer's own; the editor's import map is an inline script by its nature."""
    return str(request.csp_nonce)  # type: ignore[attr-defined] # set by django-csp


def for_editor(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    """Let the editor's page run its import map, style its text, and frame our own preview."""
    update: dict[str, Any] = {
        "script-src": f"'nonce-{nonce(request)}'",
        "style-src": TIPTAP_STYLE,
        "frame-src": "'self'",
    }
    response._csp_update = update  # type: ignore[attr-defined] # noqa: SLF001 # django-csp's seam
    return response


def for_preview(response: HttpResponse) -> HttpResponse:
    """Let our own admin show this page in a frame, and nobody else."""
    response._csp_replace = {"frame-ancestors": "'self'"}  # type: ignore[attr-defined] # noqa: SLF001 # django-csp's seam
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
