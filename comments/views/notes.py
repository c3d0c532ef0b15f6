"""A reader tells the moderators something, and nobody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from comments.forms import PrivateNoteForm
from comments.models import DiscussionSettings, PrivateNote
from comments.visiting import visitor
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address
from polarisblog.network.origins import accepts_strangers, has_session
from posts.models import Post


@accepts_strangers
def note(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends. The reply form's button comes here with what was typed there."""
    is_sent = request.method == "POST" and "words" in request.POST
    typed = {"words": request.POST.get("comment", ""), "post": _post_number(request)}
    form = PrivateNoteForm(request.POST) if is_sent else PrivateNoteForm(initial=typed)
    days = DiscussionSettings.current().note_days
    context = {"form": form, "days": days, "needs_token": has_session(request)}
    if not is_sent or not form.is_valid():
        return _page(request, context, status=422 if is_sent else 200)
    limits.check(limits.PRIVATE_NOTE, address_key(client_address(request)))
    words = form.cleaned_data
    post = _post(words["post"])
    PrivateNote.objects.create(
        words=words["words"],
        email=words["email"],
        post=post,
        reader=visitor(request).reader,
    )
    return _page(request, context | {"is_done": True, "post": post}, status=200)


def _post_number(request: HttpRequest) -> str:
    return str(request.POST.get("post") or request.GET.get("post") or "")[:20]


def _post(number: str) -> Post | None:
    is_number = number.isascii() and number.isdigit() and len(number) < 19  # noqa: PLR2004 # fits a row's id
    return Post.objects.published().filter(pk=int(number)).first() if is_number else None


def _page(request: HttpRequest, context: dict[str, object], *, status: int) -> HttpResponse:
    response = render(request, "comments/note.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response
