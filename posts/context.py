"""What every page of the site knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from posts.models import HelpLine, Site


def site(request: HttpRequest) -> dict[str, Any]:
    """`blog` (name, tagline) and `help_lines`, read only where a template asks; `site_origin`."""
    # Not `site`: allauth's views use that name for a host.
    return {
        "blog": SimpleLazyObject(Site.current),
        "help_lines": HelpLine.objects.all(),
        "site_origin": settings.SITE_URL,
    }
