"""What is at an address: a post, a page, a draft behind its secret link, or where it went."""

from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from polarisblog.network.limits import TooFast
from polarisblog.network.origins import accepts_strangers, has_session
from posts import opening, searching, views
from posts.models import Post

# More digits than an id of the database has.
LONGEST_NUMBER = 18
UNLISTED = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@accepts_strangers
def post(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    return _show(request, opening.post_at(year, month, day, slug))


@accepts_strangers
def page(request: HttpRequest, slug: str) -> HttpResponse:
    return _show(request, Post.objects.pages().filter(slug=slug).for_reading().first())


def page_part(request: HttpRequest, slug: str, rest: str) -> HttpResponse:
    """What belongs to a page (its comments' form, its feed) lives below its dated address.

    307 keeps a POST what it is (RFC 9110, 15.4.8).
    """
    found = get_object_or_404(Post.objects.pages().published(), slug=slug)
    response = HttpResponse(status=307)
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    response.headers["Location"] = f"{found.dated_path}{rest}/{query}"
    return response


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The home page, or `/?p=ID` and `/?page_id=ID` as WordPress shortens its addresses."""
    if "s" in request.GET:
        return searching.from_wordpress(request)
    number = request.GET.get("p") or request.GET.get("page_id")
    if number is None:
        return views.home(request)
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
        raise Http404
    found = get_object_or_404(Post, pk=number)
    if not found.may_be_read_by(request.user):
        raise Http404
    return HttpResponsePermanentRedirect(found.get_absolute_url())


@require_safe
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """A post before it is published, for whoever was given its secret link."""
    found = get_object_or_404(Post.objects.for_reading(), preview_token=token)
    response = views.render_post(request, found, is_preview=True)
    for name, value in UNLISTED.items():
        response.headers[name] = value
    return response


def _show(request: HttpRequest, post: Post | None) -> HttpResponse:
    """`post` to whoever may read it; 301 where it moved, 410 where it was withdrawn, else 404."""
    if post is None or not post.may_be_read_by(request.user):
        target = opening.moved_to(request.path_info)
        if target:
            return HttpResponsePermanentRedirect(target)
        if post is not None and post.status == Post.Status.WITHDRAWN:
            return render(request, "posts/withdrawn.html", status=410)
        raise Http404
    if request.path != unquote(post.get_absolute_url()):
        return HttpResponsePermanentRedirect(post.get_absolute_url())
    if not opening.is_open_to(request, post):
        return _ask_for_password(request, post)
    if request.method == "POST":
        return redirect(post)
    return views.render_post(request, post)


def _ask_for_password(request: HttpRequest, post: Post) -> HttpResponse:
    """GET asks; POST opens the post in this browser, or asks again."""
    problem, status, wait_seconds = "", 200, 0
    if request.method == "POST":
        try:
            if opening.try_password(request, post, request.POST.get("password", "")):
                opened = redirect(post)
                opened.status_code = 303
                opening.remember(opened, post)
                return opened
            problem, status = _("That is not the password of this article."), 422
        except TooFast as too_fast:
            problem, status = _("Too many tries. Please wait a few minutes."), 429
            wait_seconds = too_fast.retry_after_seconds
    context = {"post": post, "problem": problem, "needs_token": has_session(request)}
    response = render(request, "posts/locked.html", context, status=status)
    if wait_seconds:
        response.headers["Retry-After"] = str(wait_seconds)
    return response
