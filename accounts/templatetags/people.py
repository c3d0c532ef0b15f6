"""Pictures of people, and the way back to the page they left."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import drawing, signing_in
from accounts.models import User

register = template.Library()


@register.simple_tag
def avatar(reader: User | None, name: str, side_pixels: int = 32) -> SafeString:
    """The picture of somebody who goes by `name`: the one they chose to show, or their letter.

    No query where `reader` came along with its comment (`select_related("reader")`); None draws the
    letter. Decoration only: the name stands beside it.
    """
    url = (reader.picture_url if reader else "") or drawing.url(name)
    return format_html(
        '<img class="avatar" src="{}" alt="" width="{}" height="{}" loading="lazy">',
        url,
        side_pixels,
        side_pixels,
    )


@register.simple_tag(takes_context=True)
def leads_to_providers(context: dict[str, Any]) -> str:
    """Stands where a provider's button stands, so that the page's forms may lead there.

    Markup that is made without a request, to be remembered, leaves it to whoever shows it.
    """
    if "request" in context:
        signing_in.offer(context["request"])
    return ""


@register.simple_tag(takes_context=True)
def way_back(context: dict[str, Any]) -> str:
    """The page somebody left to sign in; empty where there is none."""
    request = context.get("request")
    return signing_in.way_back(request) if request else ""
