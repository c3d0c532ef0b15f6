"""A reader comments."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from comments import submitting
from comments.forms import CommentForm
from comments.models import DiscussionSettings
from polarisblog.network.limits import TooFast
from polarisblog.network.origins import accepts_strangers
from posts.models import Post
from posts.views import find_post, render_post


@accepts_strangers
def respond(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    """GET shows the post with the form (`?parent=ID` answers that comment); POST submits it."""
    post = find_post(request, year, month, day, slug)
    form = _form(request, post)
    if request.method != "POST":
        return render_post(request, post, reply_form=form)
    if not form.is_valid():
        return _hand_back(request, post, form, status=422)
    try:
        comment = submitting.submit(request, post, form)
    except submitting.Duplicate as duplicate:
        return _to(request, duplicate.comment.get_absolute_url())
    except submitting.Closed:
        form.add_error(None, _("Comments are closed. Your text is still here to copy."))
        return _hand_back(request, post, form, status=403)
    except TooFast as too_fast:
        wait = too_fast.retry_after_seconds
        form.add_error(
            None,
            ngettext(
                "You are commenting too quickly. Please wait %(count)d second; your text is kept.",
                "You are commenting too quickly. Please wait %(count)d seconds; your text is kept.",
                wait,
            )
            % {"count": wait},
        )
        response = _hand_back(request, post, form, status=429)
        response.headers["Retry-After"] = str(too_fast.retry_after_seconds)
        return response
    response = _to(request, comment.get_absolute_url())
    submitting.remember_guest(response, request, comment)
    return response


def _form(request: HttpRequest, post: Post) -> CommentForm:
    reader = request.user if isinstance(request.user, User) else None
    settings = DiscussionSettings.current()
    if request.method == "POST":
        return CommentForm(request.POST, post=post, reader=reader, settings=settings)
    initial = submitting.draft(request, post) | request.GET.dict()
    return CommentForm(initial=initial, post=post, reader=reader, settings=settings)


def _hand_back(request: HttpRequest, post: Post, form: CommentForm, *, status: int) -> HttpResponse:
    """The post's page again, the text kept, each problem beside its field."""
    return render_post(request, post, status=status, reply_form=form)


def _to(request: HttpRequest, url: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
