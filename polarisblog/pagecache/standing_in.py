"""A kept page while the blog itself cannot answer: better than nothing, and it says what it is."""

from django.conf import settings
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from polarisblog.pagecache.pages import Header, Page

# What decides where the notice goes; a page without it (a feed) goes out as it is.
_MAIN = b'<main id="main" tabindex="-1">'
_NOT_OURS = frozenset({b"cache-control", b"vary", b"last-modified", b"content-length", b"etag"})


def stand_in(page: Page, path: str) -> tuple[list[Header], bytes]:
    """Headers and body of `page` for somebody whom Django cannot answer; nobody may keep these."""
    body = page.bodies[""].replace(_MAIN, _MAIN + _notice(path).encode(), 1)
    headers = [pair for pair in page.headers if pair[0] not in _NOT_OURS]
    headers += [
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    return headers, body


def _notice(path: str) -> str:
    first = path[1:].partition("/")[0]
    language = first if first in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        words = _(
            "The blog cannot reach its memory at the moment. What you see is a copy that may miss "
            "the newest comments; writing works again soon."
        )
    return format_html('<div class="messages" role="status"><p>{}</p></div>', words)
