"""Reading: a post, and the lists that lead to posts."""

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from accounts.models import User
from posts import opening
from posts.models import Category, Post, Site, Tag


def find_post(request: HttpRequest, year: int, month: int, day: int, slug: str) -> Post:
    """The post (or page) of that day that this person may read, for apps above that add to it.

    404 where there is none; 403 where its password was not given yet.
    """
    found = Post.objects.at(year, month, day, slug).for_reading().first()
    if found is None or not found.may_be_read_by(request.user):
        raise Http404
    if not opening.is_open_to(request, found):
        raise PermissionDenied(_("This article asks for its password first."))
    return found


def render_post(
    request: HttpRequest, post: Post, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The post's page. `context` is for apps above that add to it (a form handed back)."""
    beside = (
        []
        if post.is_page
        else list(Post.objects.beside(post).only("title", "slug", "published_at"))
    )
    neighbours = {
        "previous": next((p for p in beside if p.published_at < post.published_at), None),
        "next": next((p for p in beside if p.published_at > post.published_at), None),
    }
    return render(
        request, "posts/post.html", {"post": post, **neighbours, **context}, status=status
    )


def home(request: HttpRequest, page: int = 1) -> HttpResponse:
    return _listing(request, Post.objects.all(), page, template="posts/home.html")


def category(request: HttpRequest, slug: str, page: int = 1) -> HttpResponse:
    found = get_object_or_404(Category, slug=slug)
    return _listing(request, found.posts.all(), page, kind="Category", heading=found.name)


def tag(request: HttpRequest, slug: str, page: int = 1) -> HttpResponse:
    found = get_object_or_404(Tag, slug=slug)
    return _listing(request, found.posts.all(), page, kind="Tag", heading=found.name)


def author(request: HttpRequest, pk: int, page: int = 1) -> HttpResponse:
    """Posts by somebody who has published some; nobody else has a page."""
    found = get_object_or_404(
        User.objects.filter(
            Q(posts__in=Post.objects.published()) | Q(co_authored__in=Post.objects.published())
        ).distinct(),
        pk=pk,
    )
    return _listing(request, Post.objects.by(found), page, kind="Author", heading=str(found))


def year(request: HttpRequest, year: int, page: int = 1) -> HttpResponse:
    return _archive(request, page, kind="Year", heading=str(year), published_at__year=year)


def month(request: HttpRequest, year: int, month: int, page: int = 1) -> HttpResponse:
    if month not in MONTHS:
        raise Http404
    heading = f"{MONTHS[month]} {year}"
    when = {"published_at__year": year, "published_at__month": month}
    return _archive(request, page, kind="Month", heading=heading, **when)


def _archive(
    request: HttpRequest, page: int, *, kind: str, heading: str, **when: int
) -> HttpResponse:
    """The posts of a year or a month; one in which nothing was published does not exist."""
    if not datetime.MINYEAR <= when["published_at__year"] < datetime.MAXYEAR:
        raise Http404
    found = Post.objects.articles().filter(**when)
    if not found.published().exists():
        raise Http404
    return _listing(request, found, page, kind=kind, heading=heading)


def _listing(
    request: HttpRequest,
    posts: QuerySet[Post],
    page: int,
    template: str = "posts/list.html",
    **context: Any,
) -> HttpResponse:
    """One page of `posts`, newest first. A page that does not exist is 404; page 1 always does."""
    found = posts.published().articles().newest_first().for_lists()  # type: ignore[attr-defined] # PostQuerySet
    paginator = Paginator(found, Site.current().posts_per_page)
    if page > paginator.num_pages or page < 1:
        raise Http404
    context["first_url"] = request.path.removesuffix(f"page/{page}/") if page > 1 else request.path
    return render(request, template, {"page": paginator.page(page), **context})
