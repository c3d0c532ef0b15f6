"""What a post's page pulls in from linkbacks."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse

from comments.linkbacks.targets import accepts_linkbacks
from comments.models import DiscussionSettings
from posts.metadata import canonical_url
from posts.models import Post

register = template.Library()

_MARK = "advertises_linkbacks"


@register.inclusion_tag("linkbacks/_endpoints.html", takes_context=True)
def linkback_endpoints(context: dict[str, Any], post: Post) -> dict[str, str]:
    """The two `<link>` elements, on posts that accept pings; the headers follow from them."""
    request = context["request"]
    if not accepts_linkbacks(post, DiscussionSettings.for_post(post)):
        return {}
    advertise(request)
    return endpoints()


def advertise(request: HttpRequest) -> None:
    """The page that answers `request` names our endpoints."""
    setattr(request, _MARK, True)


def is_advertised(request: HttpRequest) -> bool:
    """Whether the page that answers `request` names our endpoints."""
    return bool(getattr(request, _MARK, False))


def endpoints() -> dict[str, str]:
    """The same in every language: machines ask there."""
    return {
        "pingback_url": canonical_url(reverse("linkbacks:xmlrpc")),
        "webmention_url": canonical_url(reverse("linkbacks:webmention")),
    }
