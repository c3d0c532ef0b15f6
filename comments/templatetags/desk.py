"""What the admin's first page pulls in for whoever moderates."""

from typing import Any

from django import template
from django.http import HttpRequest

from accounts.models import User
from comments.overview import overview

register = template.Library()


@register.inclusion_tag("admin/comments/_desk.html")
def desk(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    if not (isinstance(user, User) and user.has_perm("comments.view_comment")):
        return {}
    return {"desk": overview(user)}
