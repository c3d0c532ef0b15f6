"""Likes and reports."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from comments import caring
from comments.forms import ReportForm
from comments.models import Comment
from comments.views.writing import to_comment
from comments.visiting import acting, remember
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address
from polarisblog.network.origins import accepts_strangers, has_session
from posts import opening
from posts.models import Post


@require_POST
@accepts_strangers
def like(request: HttpRequest, pk: int) -> HttpResponse:
    """Like it or no longer. A script gets the new count; a button leads back to the comment."""
    comment = _readable(request, pk)
    limits.check(limits.LIKE, address_key(client_address(request)))
    visitor = acting(request)
    is_liked = caring.toggle_like(comment, visitor)
    if "application/json" not in request.headers.get("Accept", ""):
        return to_comment(request, comment, visitor)
    response = JsonResponse({"is_liked": is_liked, "count": comment.like_count})
    remember(response, visitor.guest_key)
    return response


@accepts_strangers
def report(request: HttpRequest, pk: int) -> HttpResponse:
    comment = _readable(request, pk)
    form = ReportForm(request.POST or None)
    context = {
        "comment": comment,
        "post": comment.post,
        "form": form,
        "needs_token": has_session(request),
    }
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "comments/report.html", context, status=status)
    limits.check(limits.REPORT, address_key(client_address(request)))
    visitor = acting(request)
    caring.report(comment, visitor, **form.cleaned_data)
    response = render(request, "comments/report.html", context | {"is_done": True})
    remember(response, visitor.guest_key)
    return response


def _readable(request: HttpRequest, pk: int) -> Comment:
    """A comment that this visitor can read now like everybody; 404 for all others."""
    found = get_object_or_404(
        Comment.objects.select_related("post", "thread").approved().numbered(pk),
        is_listed=True,
        post__in=Post.objects.published(),
    )
    if not opening.is_open_to(request, found.post):
        raise Http404
    return found
