"""A reader comments, and looks first how it will read."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from comments import reading, storing, submitting
from comments.forms import GONE, CommentForm
from comments.models import MAX_TEXT_LENGTH, Comment, DiscussionSettings
from comments.visiting import Visitor, remember, visitor
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address
from polarisblog.network.origins import accepts_strangers
from posts.html import comment_from_markdown
from posts.models import Post
from posts.views import find_post, render_post

# What our script asks for; a browser that follows a button never does.
PREVIEW_TYPE = "text/x-preview"


@accepts_strangers
def respond(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    """GET shows the post with the form (`?parent=ID` answers that comment); POST submits it."""
    post = find_post(request, year, month, day, slug, is_shown=request.method != "POST")
    form = reply_form(request, post)
    if request.method != "POST":
        return render_post(request, post, reply_form=form, is_replying=True)
    if not form.is_valid():
        return _hand_back(request, post, form, status=422)
    try:
        comment = submitting.submit(request, post, form)
    except storing.Duplicate as duplicate:
        return _already_said(request, post, form, duplicate)
    except (submitting.Refused, storing.ParentGone) as refusal:
        return _refuse(request, post, form, refusal)
    except (submitting.TooSoon, limits.TooFast) as too_fast:
        return _wait(request, post, form, too_fast.retry_after_seconds)
    return to_comment(request, comment, Visitor(comment.reader, comment.guest_key), is_new=True)


@require_POST
@accepts_strangers
def preview(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    """How the words will read: a piece of the page for a script, the whole page for a button."""
    post = find_post(request, year, month, day, slug)
    try:
        limits.check(limits.PREVIEW, address_key(client_address(request)))
    except limits.TooFast as too_fast:
        return _wait(request, post, reply_form(request, post), too_fast.retry_after_seconds)
    words = request.POST.get("comment", "")[:MAX_TEXT_LENGTH]
    comment = Comment(post=post, html=comment_from_markdown(words.replace("\0", "")))
    if request.headers.get("Accept") == PREVIEW_TYPE:
        return render(request, "comments/_preview.html", {"comment": comment})
    form = _form(request, post, initial=request.POST.dict())
    return render_post(request, post, reply_form=form, preview=comment, is_replying=True)


@require_safe
def started(request: HttpRequest) -> HttpResponse:
    """The time, signed, for a form on a page that is kept for everybody. Sets no cookie."""
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(submitting.started_now(), content_type="text/plain", headers=headers)


def reply_form(request: HttpRequest, post: Post) -> CommentForm:
    if request.method == "POST":
        return _form(request, post, data=request.POST)
    return _form(request, post, initial=submitting.draft(request, post) | request.GET.dict())


def _form(request: HttpRequest, post: Post, **contents: Any) -> CommentForm:
    settings, reader = DiscussionSettings.for_post(post), visitor(request).reader
    return CommentForm(**contents, post=post, reader=reader, settings=settings)


def to_comment(
    request: HttpRequest, comment: Comment, writer: Visitor, *, is_new: bool = False
) -> HttpResponse:
    """303 to where `comment` stands, so that loading the page again sends nothing again."""
    if is_new:
        is_first = visitor(request).is_stranger
        place = reading.place_of_new(comment, writer, is_first=is_first)
    else:
        place = reading.place_of(comment, writer)
    url = (place or reading.Place()).url(comment.post)
    response = see_other(f"{url}#comment-{comment.pk}" if place else f"{url}#comments")
    remember(response, writer.guest_key)
    return response


def see_other(url: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def _hand_back(request: HttpRequest, post: Post, form: CommentForm, *, status: int) -> HttpResponse:
    """The post's page again, the text kept, each problem beside its field."""
    return render_post(request, post, status=status, reply_form=form, is_replying=True)


def _already_said(
    request: HttpRequest, post: Post, form: CommentForm, duplicate: storing.Duplicate
) -> HttpResponse:
    if duplicate.is_own:
        twin = duplicate.comment
        return to_comment(request, twin, Visitor(twin.reader, twin.guest_key))
    form.add_error(
        None,
        _("Somebody of this name has said just this already. If it was not you, add a word."),
    )
    return _hand_back(request, post, form, status=409)


def _refuse(
    request: HttpRequest, post: Post, form: CommentForm, refusal: Exception
) -> HttpResponse:
    if isinstance(refusal, storing.ParentGone):
        form.add_error("parent", GONE)
        return _hand_back(request, post, form, status=422)
    said = _("Comments are closed. Your text is still here to copy.")
    if isinstance(refusal, submitting.Banned):
        said = _("%s Your text is still here to copy.") % refusal
    form.add_error(None, said)
    return _hand_back(request, post, form, status=403)


def _wait(request: HttpRequest, post: Post, form: CommentForm, seconds: int) -> HttpResponse:
    said = ngettext(
        "That was very quick. Please wait %(count)d second and send it again; your text is kept.",
        "That was very quick. Please wait %(count)d seconds and send it again; your text is kept.",
        seconds,
    )
    form.add_error(None, said % {"count": seconds})
    response = _hand_back(request, post, form, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
