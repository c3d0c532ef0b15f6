"""A post's earlier versions: the list, what changed between two, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from posts import revising
from posts.models import Post, Revision

if TYPE_CHECKING:
    from posts.desk.posts import PostAdmin

MOST_LISTED = 200


def show(desk: PostAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """GET lists and compares (`?old=3&new=5`); POST `restore` brings a version back."""
    found = desk.get_queryset(request)
    post = found.filter(pk=object_id).first() if object_id.isdecimal() else None
    if post is None:
        raise Http404
    if not desk.has_view_permission(request, post):
        raise PermissionDenied
    if request.method == "POST":
        return _restore(desk, request, post)
    revisions = post.revisions.select_related("saved_by").defer("body")
    listed = list(revisions[:MOST_LISTED])
    new = _numbered(post, request.GET.get("new")) or post.revisions.first()
    old = _numbered(post, request.GET.get("old"))
    if old is None and new is not None:
        old = post.revisions.filter(version__lt=new.version).first()
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Versions"),
        "opts": desk.opts,
        "original": post,
        "revisions": listed,
        "old": old,
        "new": new,
        "differences": revising.compare(old, new) if old and new else [],
        "may_restore": desk.has_change_permission(request, post),
    }
    return render(request, "admin/posts/post/versions.html", context)


def _restore(desk: PostAdmin, request: HttpRequest, post: Post) -> HttpResponse:
    if not desk.has_change_permission(request, post):
        raise PermissionDenied
    revision = _numbered(post, request.POST.get("restore"))
    if revision is None:
        raise Http404
    revising.restore(post, revision, by=cast(User, request.user))
    messages.success(
        request, _("Version %(number)d is back, as the newest.") % {"number": revision.version}
    )
    name = f"admin:{desk.opts.app_label}_{desk.opts.model_name}_change"
    response = HttpResponseRedirect(reverse(name, args=[post.pk]))
    response.status_code = 303
    return response


def _numbered(post: Post, number: str | None) -> Revision | None:
    if not (number and number.isdecimal() and len(number) < len(str(2**31))):
        return None
    return post.revisions.filter(version=number).first()
