"""What a post's page pulls in from linkbacks."""

from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from comments.linkbacks.targets import accepts_linkbacks
from comments.models import DiscussionSettings
from posts.models import Post

register = template.Library()

_MARK = "advertises_linkbacks"


@register.inclusion_tag("linkbacks/_endpoints.html", takes_context=True)
def linkback_endpoints(context: dict[str, Any], post: Post) -> dict[str, str]:
    """The two `<link>` elements, on posts that accept pings; the headers follow from them."""
    request = context["request"]
    if not accepts_linkbacks(post, DiscussionSettings.for_post(post)):
        return {}
    setattr(request, _MARK, True)
    return endpoints()


def is_advertised(request: HttpRequest) -> bool:
    """Whether the page that answers `request` names our endpoints."""
    return bool(getattr(request, _MARK, False))


def endpoints() -> dict[str, str]:
    return {
        "pingback_url": f"{settings.SITE_URL}{reverse('linkbacks:xmlrpc')}",
        "webmention_url": f"{settings.SITE_URL}{reverse('linkbacks:webmention')}",
    }
