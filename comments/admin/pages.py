"""Pages beside the queue: one comment's past, its writer, words that are cut out, preferences."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from comments import redacting
from comments.admin import people
from comments.admin.desk import UNPROCESSABLE, moderator
from comments.admin.forms import PreferencesForm, RedactForm, UnsealForm
from comments.models import Comment, DeskPreferences
from comments.views.writing import see_other
from comments.writers import Writer, histories
from posts import differences

MOST_SHOWN = 50


def beside(comment: Comment, form: Any) -> dict[str, Any]:
    """What stands around the form of one comment."""
    decisions = comment.decisions.select_related("moderator")[:MOST_SHOWN]
    newer = getattr(form, "newer_text", None)
    typed = form.data.get("text", "") if newer is not None else ""
    return {
        "comment": comment,
        "before": histories([comment])[comment.pk],
        "decisions": decisions,
        "changes": list(_changes(comment)),
        "sealed_count": comment.sealed.count(),
        "reports": comment.reports.all()[:MOST_SHOWN],
        "conflict": _difference(newer, typed) if newer is not None else None,
        "title": _("#%d by %s") % (comment.pk, comment.name),
        "subtitle": None,
    }


def _changes(comment: Comment) -> Any:
    """Each change with what came and went by it, newest first."""
    after = comment.text
    for revision in comment.revisions.select_related("editor")[:MOST_SHOWN]:
        yield revision, _difference(revision.text, after)
        after = revision.text


def _difference(before: str, after: str) -> list[differences.Line]:
    return differences.between(before.splitlines(), after.splitlines())


def preferences(desk: Any, request: HttpRequest) -> HttpResponse:
    """How this person likes to work; everybody sets their own."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    mine = DeskPreferences.of(moderator(request))
    form = PreferencesForm(request.POST or None, instance=mine)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return see_other(reverse("admin:comments_comment_changelist"))
    context = {"title": _("How I work"), "form": form, "has_address": bool(request.user.email)}  # type: ignore[union-attr] # signed in
    return _page(desk, request, "preferences.html", context)


def redact(desk: Any, request: HttpRequest, pk: int) -> HttpResponse:
    comment = _changeable(desk, request, pk)
    form = RedactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        count = redacting.redact(comment, words["spans"], by=moderator(request), why=words["why"])
        if count:
            messages.success(request, _("Cut out, in %d places. The original is sealed.") % count)
            return see_other(reverse("admin:comments_comment_change", args=[pk]))
        form.add_error("spans", _("These words do not stand in the text, letter for letter."))
    context = {"title": _("Cut words out"), "comment": comment, "form": form}
    return _page(desk, request, "redact.html", context)


def unseal(desk: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks why; the original is in the answer to that POST and on no other page."""
    comment = _changeable(desk, request, pk)
    form = UnsealForm(request.POST or None)
    context = {"title": _("What was cut out"), "comment": comment, "form": form}
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["why"]
        context["originals"] = redacting.unseal(comment, by=moderator(request), why=why)
    return _page(desk, request, "unseal.html", context)


def writer_of(desk: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The page of whoever wrote this: of an account the reader's own, of a guest this one."""
    if not request.user.has_perm("comments.view_reader"):
        raise PermissionDenied
    found = Comment.objects.moderated_by(moderator(request)).select_related("reader", "post")
    comment = get_object_or_404(found, pk=pk)
    if comment.reader_id and request.method == "GET" and not Writer.of(comment).hosts:
        return see_other(reverse("admin:comments_reader_change", args=[comment.reader_id]))
    return people.writer_page(desk, request, Writer.of(comment), request.path)


def _changeable(desk: Any, request: HttpRequest, pk: int) -> Comment:
    if not desk.has_change_permission(request):
        raise PermissionDenied
    found = Comment.objects.moderated_by(moderator(request))
    return get_object_or_404(found.select_related("post", "reader"), pk=pk)


def _page(desk: Any, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = UNPROCESSABLE if context["form"].errors else 200
    return desk.render_page(request, template, context, status=status)  # type: ignore[no-any-return] # a page
