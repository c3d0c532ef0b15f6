"""A moderator decides from a mail, on a phone, without signing in."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from comments.models import Comment, MailKey
from comments.moderating import decide, who_decided

CHOICES = {
    "approve": (Comment.Status.APPROVED, gettext_lazy("Approve")),
    "trash": (Comment.Status.TRASH, gettext_lazy("Trash")),
    "spam": (Comment.Status.SPAM, gettext_lazy("Spam")),
}
GONE = 410


@csrf_exempt
def decide_by_mail(request: HttpRequest, token: str, choice: str) -> HttpResponse:
    """GET asks and changes nothing, since mail scanners open every link; POST decides, once.

    The link is the key: it went to one moderator's own mailbox, so neither session nor origin is
    asked. It opens nothing any more once that moderator has left the team.
    """
    key = MailKey.objects.of(token)
    choice = request.POST.get("choice", choice)
    if key is None or choice not in CHOICES:
        raise Http404
    status, label = CHOICES[choice]
    context: dict[str, object] = {
        "key": key,
        "comment": key.comment,
        "label": label,
        "choice": choice,
        "others": [(name, said) for name, (_s, said) in CHOICES.items() if name != choice],
    }
    if not key.comment.may_be_moderated_by(key.moderator):
        return _page(request, {"problem": _("You no longer decide here.")}, status=403)
    if not key.is_open or key.comment.status != key.seen:
        return _page(request, context | {"problem": _too_late(key)}, status=GONE)
    if request.method != "POST":
        return _page(request, context, status=200)
    with transaction.atomic():
        is_ours = MailKey.objects.use(key)
        is_done = is_ours and decide(
            key.comment, status, by=key.moderator, why=_("By mail"), seen=key.seen
        )
    if not is_done:
        key.comment.refresh_from_db(fields=["status"])
        return _page(request, context | {"problem": _too_late(key)}, status=GONE)
    return _page(request, context | {"is_done": True}, status=200)


def _too_late(key: MailKey) -> str:
    if key.used_at:
        return _("This link has been used. It was good for one decision.")
    if key.comment.status != key.seen:
        return who_decided(key.comment)
    return _("This link has lapsed. The comment still waits in the queue.")


def _page(request: HttpRequest, context: dict[str, object], *, status: int) -> HttpResponse:
    """Kept by nobody, and the link is told to no other page."""
    response = render(request, "comments/decide_by_mail.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
