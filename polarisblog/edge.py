"""A configuration for nginx that hands out kept pages from disk, with Django's own headers.

nginx cannot read headers from a file, so each page's file is named after its set of headers
(`Page.kind`), and there are few sets: with sign-in buttons or without, taking pings or not. They
are learned from our own middleware, so that the two never differ.
"""

from dataclasses import dataclass
from itertools import product, zip_longest
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.template import Engine
from django.test import RequestFactory
from django.urls import include, path

from accounts import signing_in
from comments.linkbacks.templatetags.linkbacks import advertise
from polarisblog.pagecache.keeping import cookies_of_ours
from polarisblog.pagecache.pages import Page
from polarisblog.stores import FOLDER

OK = 200
# What nginx sets by itself, or by another directive.
_BY_NGINX = {b"content-type", b"vary"}


@dataclass(frozen=True)
class Kind:
    """A set of headers: the name of its files, and what nginx must add to them."""

    name: str
    headers: list[tuple[str, str]]
    vary: str

    @property
    def directives(self) -> list[str]:
        """`add_header`'s arguments, with quotes and dollars that mean themselves."""
        return [f'{name} "{_quoted(value)}"' for name, value in self.headers]


class NoProxy(Exception):
    """Why there can be no configuration, in a sentence."""


def configuration() -> str:
    """The whole file, for the settings as they are. Raises NoProxy.

    With more trusted proxies than nginx alone it stands behind another one, which does TLS.
    """
    if not settings.TRUSTED_PROXY_COUNT:
        raise NoProxy(
            "Set TRUSTED_PROXY_COUNT first: 1 for nginx alone, 2 with a balancer before it."
        )
    site = urlsplit(settings.SITE_URL)
    # Behind a CDN each page has keys of its own, and so only the blog knows its headers.
    found = [] if settings.CDN_SECONDS else kinds()
    is_behind = settings.TRUSTED_PROXY_COUNT > 1
    own_port = site.port or (443 if settings.IS_HTTPS else 80)
    context = {
        "application": f"{_as_host(settings.HOST)}:{settings.PORT}",
        "authority": site.netloc,
        "cookies": cookies_of_ours().pattern,
        "has_bucket": settings.STORAGES["default"] != FOLDER,
        "host": site.hostname,
        "is_behind": is_behind,
        "is_https": settings.IS_HTTPS,
        # Each with the one that is tried after it.
        "kinds": [*zip_longest(found, found[1:])],
        "max_upload_bytes": settings.MAX_UPLOAD_BYTES,
        "pages": settings.PAGES_DIR,
        "port": 80 if is_behind else own_port,
        "scheme": "$http_x_forwarded_proto" if is_behind else "$scheme",
    }
    engine = Engine(dirs=[str(settings.BASE_DIR / "templates")], autoescape=False)
    return engine.render_to_string("nginx.conf", context)


def kinds() -> list[Kind]:
    """Every set of headers that kept HTML pages have, articles first."""
    handler = WSGIHandler()
    factory = RequestFactory(
        headers={
            "host": urlsplit(settings.SITE_URL).netloc,
            "x-forwarded-proto": "https" if settings.IS_HTTPS else "http",
        }
    )
    found = {}
    for has_button, takes_pings in product((True, False), repeat=2):
        request = factory.get("/", secure=settings.IS_HTTPS)
        request.urlconf = __name__
        request.sample = (has_button, takes_pings)  # type: ignore[attr-defined] # for `_sample`
        response = handler.get_response(request)
        if response.status_code != OK:
            raise RuntimeError(f"The sample was answered with {response.status_code}.")
        pairs = [(name.lower().encode(), value.encode()) for name, value in response.items()]
        page = Page.of(pairs, b"", ())
        shown = [pair for pair in page.headers if pair[0] not in _BY_NGINX]
        headers = [(name.decode().title(), value.decode()) for name, value in shown]
        found[page.kind] = Kind(page.kind, headers, page.vary.decode())
    return list(found.values())


def _as_host(address: str) -> str:
    """Where a server on this machine that listens at `address` is found."""
    found = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 # compared
    return f"[{found}]" if ":" in found else found


def _quoted(value: str) -> str:
    if "$" in value:
        raise ValueError(f"nginx cannot send a dollar: {value}")
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _sample(request: HttpRequest) -> HttpResponse:
    """A page like those that are kept."""
    has_button, takes_pings = request.sample  # type: ignore[attr-defined] # from `kinds`
    if has_button:
        signing_in.offer(request)
    if takes_pings:
        advertise(request)
    return HttpResponse()


# The sample stands where the home page is; headers name addresses of the whole site.
urlpatterns = [path("", _sample), path("", include("polarisblog.urls"))]
