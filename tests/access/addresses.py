"""An address for each way that the resolver knows, about the rows of the world."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.access.world import World

# What expressions in the resolver stand for.
EXPRESSIONS = {
    r"admin/^(?P<app_label>": "admin/comments/",
    r"admin/(?P<url>": "admin/no/such/page",
    r"accounts/^(?:google|facebook)/login/token/$": "accounts/google/login/token/",
    r"accounts/^(?:oidc/)?(?P<allauth_id>": "accounts/other/login/",
    r"accounts/^confirm-email/": "accounts/confirm-email/key/",
    r"accounts/^password/reset/key/": "accounts/password/reset/key/1-x/",
    r"accounts/oidc/^(?P<provider_id>[^/]+)/login/callback": "accounts/oidc/other/login/callback/",
    r"accounts/oidc/^(?P<provider_id>[^/]+)/login/": "accounts/oidc/other/login/",
    r"^(?P<slug>[-\w]+)/(?P<rest>": "about-us/feed/",
}
# What stands for a part of an address where no row of its name does.
OTHERWISE = {"page": 1, "part": 1, "name": "google", "number": 1, "colour": 1, "letter": "a"}


def routes(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every address as it is written in the resolver, each once."""
    found = dict.fromkeys(_walk(resolver or get_resolver(), before))
    yield from found


def _walk(resolver: Any, before: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


def path_of(world: World, route: str) -> str:
    """The address in which each part names a row of somebody else's."""
    for start, path in EXPRESSIONS.items():
        if route.startswith(start):
            return f"/{path}"
    parts = {**OTHERWISE, **world.parts(route)}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(parts[found[1]]), route)
