"""A writer's own comments: changing and deleting them. To everybody else they do not exist."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from comments import changing
from comments.forms import EditForm
from comments.models import Comment, DiscussionSettings
from comments.views.writing import see_other, to_comment
from comments.visiting import visitor
from polarisblog.network.origins import accepts_strangers, has_session


@accepts_strangers
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    comment = _own(request, pk)
    form = EditForm(request.POST if request.method == "POST" else {"comment": comment.text})
    if request.method != "POST":
        late = not comment.may_be_edited(DiscussionSettings.current())
        return _page(request, comment, "edit", form=form, status=403 if late else 200)
    if not form.is_valid():
        return _page(request, comment, "edit", form=form, status=422)
    try:
        comment = changing.edit(comment, form.cleaned_data["comment"])
    except changing.TooLate:
        form.add_error(None, _("The time for changing this comment is over."))
        return _page(request, comment, "edit", form=form, status=403)
    return to_comment(request, comment, visitor(request))


@accepts_strangers
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST deletes."""
    comment = _own(request, pk)
    if request.method != "POST":
        late = not comment.may_be_deleted(DiscussionSettings.current())
        return _page(request, comment, "delete", status=403 if late else 200)
    try:
        changing.withdraw(comment)
    except changing.TooLate:
        return _page(request, comment, "delete", status=403)
    return see_other(f"{comment.post.get_absolute_url()}#comments")


def _own(request: HttpRequest, pk: int) -> Comment:
    found = get_object_or_404(
        Comment.objects.select_related("post", "thread", "reader").numbered(pk),
        status__in=[Comment.Status.APPROVED, Comment.Status.PENDING],
    )
    writer = visitor(request)
    if not writer.wrote(found) or not found.post.may_be_read_by(request.user):
        raise Http404
    # As they are here now: staff may have proved less than they need for staff's work.
    found.reader = writer.reader
    return found


def _page(
    request: HttpRequest, comment: Comment, name: str, *, status: int = 200, **context: object
) -> HttpResponse:
    settings = DiscussionSettings.current()
    context |= {
        "comment": comment,
        "post": comment.post,
        "settings": settings,
        "is_late": status == 403,  # noqa: PLR2004 # forbidden by now
        "needs_token": has_session(request),
    }
    return render(request, f"comments/{name}.html", context, status=status)
