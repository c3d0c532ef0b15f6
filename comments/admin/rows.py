"""The buttons of one row. Each works as a plain form and, asked by the script, answers in JSON."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.signing_in import own_path
from comments import answering, banning, moderating, moderation_mail
from comments.admin import undoing
from comments.admin.desk import moderator
from comments.models import CannedReason, Claim, Comment
from comments.views.writing import see_other
from comments.wording import skeleton

CONFLICT = 409
LEVELS = {200: messages.SUCCESS, CONFLICT: messages.WARNING, 422: messages.ERROR}


def seen(request: HttpRequest) -> dict[int, str]:
    """The status that each row had on the page that was sent: `seen=12:pending` for each."""
    found = {}
    for pair in request.POST.getlist("seen")[:1000]:
        number, _colon, status = pair.partition(":")
        if number.isascii() and number.isdigit() and status in Comment.Status.values:
            found[int(number)] = status
    return found


def decide(desk: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """`decision` is a status, or `before` for the one before it was put away."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    comment = _changeable(desk, request, pk)
    wish = request.POST.get("decision", "")
    if wish not in (*Comment.Status.values, moderating.BEFORE):
        return _answer(request, _("That is no decision."), status=422)
    restored = moderating.status_before(comment) if wish == moderating.BEFORE else wish
    reason, note = _why(request, pk)
    batch = secrets.token_hex(16)
    is_done = moderating.decide(
        comment,
        Comment.Status(restored),
        by=moderator(request),
        why=reason.title if reason else "",
        note=note,
        seen=request.GET.get("seen"),
        batch=batch,
    )
    if not is_done:
        comment.refresh_from_db(fields=["status"])
        return _answer(request, moderating.who_decided(comment), status=CONFLICT)
    said = f"{comment.name}: {Comment.Status(restored).label}."
    if reason and request.POST.get(f"tell-{pk}"):
        is_told = moderation_mail.tell_why(comment, reason.words)
        said += " " + (_("The writer is told why.") if is_told else _("They left no way to tell."))
    undoing.offer(request, batch, said, 1)
    return _answer(request, said, batch=batch)


def undo(desk: Any, request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not desk.has_change_permission(request):
        raise PermissionDenied
    try:
        count = moderating.undo(request.POST.get("batch", ""), by=moderator(request))
    except moderating.TooLate:
        said = _("Undo works for a quarter of an hour, which is over. Nothing was changed.")
        return _answer(request, said, status=CONFLICT)
    undoing.taken(request)
    if not count:
        return _answer(request, _("There is nothing to take back any more."), status=CONFLICT)
    return _answer(request, _("Taken back: %d.") % count)


def claim(desk: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """“I'm on it”, or hand it back."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    comment, me = _changeable(desk, request, pk), moderator(request)
    mine = Claim.objects.filter(comment=comment, moderator=me)
    if mine.in_force().exists():
        mine.delete()
        return _answer(request, _("Handed back."))
    found = Claim.objects.take(comment, me)
    if found.moderator_id != me.pk:
        said = _("%s is on it already.") % found.moderator
        return _answer(request, said, status=CONFLICT)
    return _answer(request, _("You are on it, for half an hour."))


def reply(desk: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Reply in public; what still waits is approved with it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    comment, me = _changeable(desk, request, pk), moderator(request)
    words = request.POST.get(f"reply-{pk}", "").replace("\r\n", "\n").replace("\0", "")
    if not skeleton(words) or comment.is_linkback:
        return _answer(request, _("Please write the reply first."), status=422)
    if comment.is_pending:
        moderating.decide(comment, Comment.Status.APPROVED, by=me, seen=Comment.Status.PENDING)
    try:
        answering.reply(comment, words[:20_000], by=me)
    except answering.NotAnswerable:
        return _answer(request, moderating.who_decided(comment), status=CONFLICT)
    return _answer(request, _("Your reply is on the page."))


def erase(desk: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """GET asks, POST deletes for good."""
    found = Comment.objects.moderated_by(moderator(request)).numbered(object_id)
    comment = get_object_or_404(found.select_related("post"))
    if not desk.has_delete_permission(request, comment):
        raise PermissionDenied
    if request.method != "POST":
        context = {"title": _("Delete for good?"), "comment": comment}
        return desk.render_page(request, "erase.html", context)  # type: ignore[no-any-return] # a page
    if banning.erase(comment, by=moderator(request)):
        messages.success(request, _("Deleted for good."))
    return see_other(reverse("admin:comments_comment_changelist"))


def _changeable(desk: Any, request: HttpRequest, pk: int) -> Comment:
    """A comment this person decides about; to everybody else it does not exist."""
    if not desk.has_change_permission(request):
        raise PermissionDenied
    found = Comment.objects.moderated_by(moderator(request))
    return get_object_or_404(found.select_related("post", "reader"), pk=pk)


def _why(request: HttpRequest, pk: int) -> tuple[CannedReason | None, str]:
    number = request.POST.get(f"reason-{pk}", "")
    is_number = number.isascii() and number.isdigit() and len(number) < 10  # noqa: PLR2004 # enough
    reason = CannedReason.objects.filter(pk=int(number)).first() if is_number else None
    return reason, request.POST.get(f"note-{pk}", "").replace("\0", "")[:2000]


def _answer(request: HttpRequest, said: str, *, status: int = 200, batch: str = "") -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"said": said, "batch": batch}, status=status)
    messages.add_message(request, LEVELS[status], said)
    queue = reverse("admin:comments_comment_changelist")
    return see_other(own_path(request, request.POST.get("next", ""), default=queue))
