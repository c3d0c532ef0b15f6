"""Reading: a post, the lists that lead to posts, and their feeds."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from posts import feeds, kept, lists, metadata, opening, related
from posts.context import frame
from posts.lists import Listing
from posts.models import Post


def find_post(
    request: HttpRequest, year: int, month: int, day: int, slug: str, *, is_shown: bool = True
) -> Post:
    """The post (or page) of that day that this person may read, for apps above that add to it.

    404 where there is none; 403 where its password was not given yet. `is_shown` False asks the row
    alone; its page can still be shown, and asks for the rest then.
    """
    found = opening.post_at(year, month, day, slug, is_shown=is_shown)
    if found is None or not found.may_be_read_by(request.user):
        raise Http404
    if not opening.is_open_to(request, found):
        raise PermissionDenied(_("This article asks for its password first."))
    return found


def render_post(
    request: HttpRequest, post: Post, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The post's page. `context` is for apps above that add to it (a form handed back)."""
    site = frame(request).site
    facts = {
        "url": metadata.canonical_url(context.get("canonical_path") or post.get_absolute_url()),
        "image": metadata.preview_image(post, site),
        "summary": metadata.shown_summary(post),
        # What nobody else may read is described to nobody.
        "json_ld": metadata.post_facts(post, site) if post.is_published else None,
    }
    around = related.around(post)
    beside = (around["previous"], around["next"], *around["related"])
    kept.keep_list(request, post, *(other for other in beside if other))
    return render(
        request,
        "posts/post.html",
        {"post": post, "facts": facts, **around, **context},
        status=status,
    )


@require_safe
def home(request: HttpRequest, page: int = 1) -> HttpResponse:
    """The newest articles; sticky ones before them."""
    listing = lists.everything()
    posts = listing.posts.order_by("-is_sticky", "-published_at", "-pk")
    return _page(request, listing, page, posts=posts, template="posts/home.html")


@require_safe
def category(request: HttpRequest, slug: str, page: int = 1) -> HttpResponse:
    return _page(request, lists.in_category(slug), page)


@require_safe
def tag(request: HttpRequest, slug: str, page: int = 1) -> HttpResponse:
    return _page(request, lists.tagged(slug), page)


@require_safe
def author(request: HttpRequest, pk: int, page: int = 1) -> HttpResponse:
    return _page(request, lists.by_author(pk), page)


@require_safe
def year(request: HttpRequest, year: int, page: int = 1) -> HttpResponse:
    return _page(request, lists.of_year(year), page)


@require_safe
def month(request: HttpRequest, year: int, month: int, page: int = 1) -> HttpResponse:
    return _page(request, lists.of_month(year, month), page)


def feed_of(make: Callable[..., Listing]) -> Callable[..., HttpResponse]:
    """The view of the feed of what `make` lists."""

    @require_safe
    def view(request: HttpRequest, form: str = "rss", **arguments: Any) -> HttpResponse:
        return feeds.serve(request, make(**arguments), form)

    return view


def _page(
    request: HttpRequest,
    listing: Listing,
    page: int,
    *,
    template: str = "posts/list.html",
    posts: Any = None,
) -> HttpResponse:
    """One page of a list. A page that does not exist is 404; page 1 always does."""
    site = frame(request).site
    found = (listing.posts if posts is None else posts).for_lists()
    paginator = Paginator(found, site.posts_per_page)
    if page > paginator.num_pages or page < 1:
        raise Http404
    shown = paginator.page(page)
    kept.keep_list(request, *shown)
    context = {
        "listing": listing,
        "page": shown,
        "first_url": listing.path,
        "json_ld": metadata.list_facts(site, listing.heading, listing.path, listing.trail),
    }
    return render(request, template, context)
