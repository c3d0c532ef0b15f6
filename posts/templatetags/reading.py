"""What pages say to machines, and what the desk says to editors."""

import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from posts import html, metadata, reviewing

register = template.Library()


@register.simple_tag
def json_ld(facts: dict[str, Any]) -> SafeString:
    """A data block for search engines."""
    return html.json_ld(facts)


@register.filter
def instant(when: datetime.datetime) -> str:
    """As a `datetime` attribute wants it: HTML allows no microseconds."""
    return timezone.localtime(when).isoformat(timespec="seconds")


@register.filter
def canonical(path: str) -> str:
    """The one address of what stands at `path`."""
    return metadata.canonical_url(path)


@register.inclusion_tag("admin/posts/_reviews.html", takes_context=True)
def reviews_due(context: dict[str, Any]) -> dict[str, Any]:
    """The help lines that this editor should look at again."""
    may_change = context["request"].user.has_perm("posts.change_helpline")
    return {"lines": reviewing.due() if may_change else []}
