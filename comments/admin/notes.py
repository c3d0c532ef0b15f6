"""What readers ask moderators to look at, and what they tell them alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comments import answering
from comments.admin.desk import UNPROCESSABLE, DeskAdmin, moderator
from comments.admin.forms import AnswerForm
from comments.models import DiscussionSettings, PrivateNote, Report
from comments.views.writing import see_other


class OpenFilter(admin.SimpleListFilter):
    """What is not dealt with comes first."""

    title = gettext_lazy("dealt with")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("Dealt with")), ("all", gettext_lazy("All"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Django calls what is shown without a choice “All”, which here it is not."""
        first, *others = super().choices(changelist)
        return iter([{**first, "display": gettext_lazy("Not dealt with yet")}, *others])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "no")


@admin.register(Report)
class ReportAdmin(DeskAdmin[Report]):
    """What readers asked to be looked at. A decision about the comment closes it."""

    list_display: Any = ("made_at", "about", "reason", "words", "closed_at")
    list_filter = (OpenFilter, "reason")
    lookups = frozenset({"open", "reason__exact"})
    list_select_related = ("comment",)
    list_display_links = None
    fields = readonly_fields = ("comment", "reason", "words", "made_at", "closed_at")
    actions = ("close",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("comment"))
    def about(self, report: Report) -> SafeString:
        url = reverse("admin:comments_comment_change", args=[report.comment_id])
        return format_html('<a href="{}">#{} {}</a>', url, report.comment_id, report.comment.name)

    @admin.action(description=gettext_lazy("Dealt with"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        done = queryset.filter(closed_at=None).update(closed_at=timezone.now())
        messages.success(request, _("Dealt with: %d.") % done)


@admin.register(PrivateNote)
class PrivateNoteAdmin(DeskAdmin[PrivateNote]):
    """For the moderators only. Shows no address; an answer goes there all the same."""

    list_display: Any = ("__str__", "made_at", "beginning", "post", "closed_at")
    list_filter = (OpenFilter,)
    lookups = frozenset({"open"})
    list_select_related = ("post",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=gettext_lazy("what they wrote"))
    def beginning(self, note: PrivateNote) -> str:
        return note.words[:120]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The note, and an answer to it. Of two who answer at once the second is told."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        number = int(object_id) if object_id.isascii() and object_id.isdigit() else 0
        rows = PrivateNote.objects.select_related("post", "reader", "closed_by")
        note = get_object_or_404(rows, pk=number if number < 2**63 else 0)
        form = AnswerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            words = form.cleaned_data["words"] if note.may_be_answered else ""
            if answering.close(note, by=moderator(request), words=words):
                messages.success(request, _("Dealt with."))
                return see_other(reverse("admin:comments_privatenote_changelist"))
            note.refresh_from_db()
            form.add_error(None, _("%s dealt with it meanwhile.") % note.closed_by)
        context = {
            "title": str(note),
            "note": note,
            "form": form,
            "days": DiscussionSettings.current().note_days,
            "may_delete": self.has_delete_permission(request, note),
        }
        status = UNPROCESSABLE if form.errors else 200
        return self.render_page(request, "note.html", context, status=status)
