"""The log of decisions: read, filtered and taken along, never written here."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import proving
from accounts.models import User
from comments.admin.desk import ReadOnlyAdmin, moderator
from comments.models import Decision

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PIECE = 500


class ModeratorFilter(admin.SimpleListFilter):
    title = gettext_lazy("moderator")
    parameter_name = "moderator"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        team = User.objects.filter(is_staff=True).order_by("name", "pk")[:50]
        return [*((str(user.pk), str(user)) for user in team), ("none", _("A rule or the writer"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        value = self.value()
        if value == "none":
            return queryset.filter(moderator=None)
        is_number = value is not None and value.isascii() and value.isdigit()
        return queryset.filter(moderator=int(str(value)[:18])) if is_number else queryset


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin[Decision]):
    list_display: Any = ("made_at", "moderator", "shown", "about", "post", "why")
    list_display_links = ("made_at",)
    list_filter = ("what", "new_status", ModeratorFilter, "made_at")
    lookups = frozenset(
        {"what__exact", "new_status__exact", "moderator", "made_at__gte", "made_at__lt", "comment"}
    )
    list_select_related = ("comment", "moderator", "post", "reader")
    search_fields = ("why", "note", "subject")
    fields = readonly_fields = (
        *("made_at", "moderator", "what", "old_status", "new_status"),
        *("why", "note", "about", "post", "reader"),
    )
    change_list_template = "admin/comments/decision/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """An author reads what was decided under posts of theirs."""
        return Decision.objects.read_by(moderator(request))

    @admin.display(description=gettext_lazy("what"))
    def shown(self, row: Decision) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("about"))
    def about(self, row: Decision) -> SafeString | str:
        if row.comment_id:
            url = reverse("admin:comments_comment_change", args=[row.comment_id])
            return format_html('<a href="{}">{}</a>', url, row.subject or f"#{row.comment_id}")
        return str(row.reader) if row.reader else row.subject

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="comments_decision_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What the list shows, as CSV, row by row however long it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        proving.require(request)
        rows = self.get_changelist_instance(request).queryset
        return StreamingHttpResponse(
            csv_lines(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="decisions.csv"'},
        )


class _Echo:
    """What csv writes to: hands each line on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: QuerySet[Decision]) -> Iterator[str]:
    """Names as others see them, and no address."""
    writer = csv.writer(_Echo())
    yield writer.writerow(["when", "who", "what", "from", "to", "about", "post", "why", "note"])
    for row in rows.iterator(chunk_size=PIECE):
        cells = (
            row.made_at.isoformat(timespec="seconds"),
            row.moderator or "",
            row.what,
            row.old_status,
            row.new_status,
            row.subject,
            row.post or "",
            row.why,
            row.note,
        )
        yield writer.writerow([plain_cell(str(cell)) for cell in cells])


def plain_cell(text: str) -> str:
    """`text` so that no spreadsheet calculates it; an apostrophe in front means “as it stands”."""
    return f"'{text}" if text.lstrip(" \n\ufeff").startswith(FORMULA_STARTS) else text
