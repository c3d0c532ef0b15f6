"""A view says that its page may be kept, and what it shows.

A tag names a thing that pages show: `post:7` is what an article says of itself, `talk:7` what is
said about it, `order` which articles there are and in what order. Everything depends on EVERYTHING.
`talk` and `post` without a number are any of their kind.
"""

import re
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# The settings, the help lines, the names of categories: what stands around every page.
EVERYTHING = "*"

# For everybody, and asked about anew each time.
SHARED = "public, max-age=0, must-revalidate"
_NOT_BETWEEN = "s-maxage=0"
# Proxies take heads of 4 to 8 kB, and the keys stand there twice.
MOST_KEY_BYTES = 1000

# From Django to the door in front of it, which takes it off; nobody outside sees it.
HEADER = "X-Kept-Page"
# The door says in the ASGI scope that it listens and that the request carries nothing personal.
OFFER = "polarisblog.pagecache"


@cache
def cookies_of_ours() -> re.Pattern[str]:
    """Finds in a Cookie header what may make an answer personal.

    That is a session, what a guest wrote, or a password that opened an article.
    """
    names = (
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        settings.GUEST_COOKIE_NAME,
    )
    known = "|".join(map(re.escape, names))
    return re.compile(rf"(?:^|[;,\s])(?:{known}|(?:__Host-)?open-\d+)\s*=")


def keep(request: HttpRequest, *tags: str) -> None:
    """The page that answers `request` is the same for every stranger and shows these things."""
    known: set[str] = request.__dict__.setdefault("page_tags", set())
    known.update(tags)


def kept_by_readers(seconds: int) -> str:
    """`Cache-Control` for what a reader's program need not ask for again for so long.

    Caches between us and readers ask each time: what was taken down is not shown by those.
    """
    return f"public, max-age={seconds}, {_NOT_BETWEEN}"


class KeptMiddleware:
    """Tells the door in front of Django which answers may be kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        tags: set[str] = request.__dict__.get("page_tags", set())
        is_offered = getattr(request, "scope", {}).get("extensions", {}).get(OFFER)
        if tags and is_offered and may_be_kept(response):
            response.headers[HEADER] = " ".join(sorted(tags))
            if settings.CDN_SECONDS:
                _tell_cdn(response, sorted(tags))
        return response


def _tell_cdn(response: HttpResponseBase, tags: list[str]) -> None:
    """How long a CDN may keep this, and by which keys it can be told to drop it.

    Nothing else is kept there: what has no keys could not be taken back.
    Sources: RFC 9111, section 5.2.2.10; RFC 5861.
    """
    seconds = settings.CDN_SECONDS
    control = response.headers.get("Cache-Control", "")
    between = f"s-maxage={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"
    if control == SHARED:
        response.headers["Cache-Control"] = f"public, max-age=0, {between}"
    else:
        response.headers["Cache-Control"] = control.replace(_NOT_BETWEEN, between)
    if len("".join(tags)) > MOST_KEY_BYTES:
        # Too many for a header; whoever is told of `post:7` is told of `post` as well.
        tags = sorted({tag.partition(":")[0] for tag in tags})
    # Fastly's name, and Cloudflare's.
    response.headers["Surrogate-Key"] = " ".join(tags)
    response.headers["Cache-Tag"] = ",".join(tags)


def may_be_kept(response: HttpResponseBase) -> bool:
    """Whether this answer is a whole page that says nothing to one reader alone."""
    control = response.headers.get("Cache-Control", "")
    is_personal = bool(response.cookies) or "no-store" in control or "private" in control
    return response.status_code == 200 and not response.streaming and not is_personal  # noqa: PLR2004 # OK
