"""A reader reads on: further pages of a conversation, and a comment's own address."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from comments import reading
from comments.models import Comment
from comments.visiting import visitor
from posts.views import find_post, render_post


@require_safe
def comment_page(
    request: HttpRequest, year: int, month: int, day: int, slug: str, page: int
) -> HttpResponse:
    """The post with a further page of its conversation. There is one address for the first."""
    post = find_post(request, year, month, day, slug)
    place = reading.Place.of(page, request.GET)
    if page < 2:  # noqa: PLR2004 # the first page is the post's own
        return redirect(reading.Place(1, place.part, place.order).url(post), permanent=True)
    try:
        found = reading.read(post, visitor(request), place)
    except reading.NoSuchPage as problem:
        raise Http404 from problem
    return render_post(request, post, conversation=found, canonical_path=found.url)


@require_safe
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to the page on which the comment stands now; 404 where this visitor may not see it."""
    found = get_object_or_404(Comment.objects.select_related("post", "thread").numbered(pk))
    place = None
    if found.post.may_be_read_by(request.user):
        place = reading.place_of(found, visitor(request))
    if place is None:
        raise Http404
    return HttpResponseRedirect(f"{place.url(found.post)}#comment-{found.pk}")
