"""The queue: what readers and other pages said, and what becomes of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comments import banning, moderating
from comments.admin import filters, pages, rows, undoing
from comments.admin.correcting import CorrectionForm, save_correction
from comments.admin.desk import DeskAdmin, moderator
from comments.models import (
    CannedReason,
    Claim,
    Comment,
    Conversation,
    DeskPreferences,
    Report,
)
from comments.writers import histories

Status = Comment.Status
MOST_AT_ONCE = 1000


class Queue(ChangeList):
    """A page of the queue, each row with what a decision needs, in a few queries for all."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found: list[Any] = list(self.result_list)
        before = histories(found)
        reports: dict[int, list[Report]] = {}
        for report in Report.objects.filter(comment__in=found, closed_at=None):
            reports.setdefault(report.comment_id, []).append(report)
        claims = Claim.objects.in_force().filter(comment__in=found).select_related("moderator")
        by_comment = {claim.comment_id: claim for claim in claims}
        for comment in found:
            comment.before = before[comment.pk]
            comment.open_reports = reports.get(comment.pk, [])
            comment.claimed = by_comment.get(comment.pk)
        self.result_list = found
        # The rows' template gets this list and nothing else.
        self.preferences = DeskPreferences.of(moderator(request))
        reasons = {"reasons": CannedReason.objects.all()}
        self.reason_options = render_to_string("admin/comments/comment/_reasons.html", reasons)
        self.may_change = self.model_admin.has_change_permission(request)
        self.may_erase = self.model_admin.has_delete_permission(request)
        self.may_see_people = request.user.has_perm("comments.view_reader")
        self.me = request.user
        self.here = request.get_full_path()


class DecisionForm(ActionForm):
    """What to do with the ticked rows, and why."""

    reason = forms.ModelChoiceField(
        CannedReason.objects.all(), required=False, label=gettext_lazy("Reason:"), empty_label="–"
    )


@admin.register(Comment)
class CommentAdmin(DeskAdmin[Comment]):
    form: Any = CorrectionForm
    action_form = DecisionForm
    change_form_template = "admin/comments/comment/change_form.html"
    list_display: Any = ("response", "name", "created_at")
    list_filter = (
        filters.StatusTabs,
        filters.KindFilter,
        filters.ReportedFilter,
        filters.ReasonFilter,
        filters.ReaderFilter,
        filters.ConnectionFilter,
        filters.PostFilter,
    )
    lookups = frozenset({"status", "kind", "reported", "reason", "reader", "connection", "post"})
    list_select_related = ("post", "reader", "parent")
    list_per_page = 30
    search_fields = ("text", "name", "url")
    actions = ("approve", "hold", "spam", "trash", "restore", "erase")
    readonly_fields = ("created_at", "reader", "reason", "post", "parent", "kind", "like_count")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("status", "reason", "name", "text", "is_pinned")}),
        (gettext_lazy("Writer"), {"fields": ("reader", "email", "url")}),
        (gettext_lazy("Place"), {"fields": ("post", "parent", "kind", "created_at", "like_count")}),
        (gettext_lazy("Why"), {"fields": ("why", "seen_text", "seen_status")}),
    )

    class Media:
        css = {"all": ["css/admin-queue.css"]}
        js = [forms.Script("js/admin-queue.js", defer=True)]

    # --- Who may do what -----------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        """Authors find what stands under posts they wrote; moderators find everything."""
        return Comment.objects.moderated_by(moderator(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Comments are written on the page; a moderator replies in the queue."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Comment | None = None) -> Any:
        hidden = set() if request.user.has_perm("comments.see_addresses") else {"email"}
        return [
            (name, {**options, "fields": [f for f in options["fields"] if f not in hidden]})
            for name, options in self.fieldsets
        ]

    # --- The list -------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra_context = {
            "title": _("The queue"),
            "undo": undoing.offered(request),
            **(extra_context or {}),
        }
        if request.POST.get("select_across") and "_selected_action" not in request.POST:
            # “All that match” needs no further tick; Django's admin asks for one.
            posted = request.POST.copy()
            posted["_selected_action"] = "0"
            request.POST = posted  # type: ignore[assignment] # what the admin reads
        return super().changelist_view(request, extra_context)

    @admin.display(description=gettext_lazy("response"))
    def response(self, comment: Comment) -> str:
        """The column's name; the row's own template says what stands in it."""
        return ""

    @admin.action(description=gettext_lazy("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, Status.APPROVED, _("Approved"))

    @admin.action(description=gettext_lazy("Hold"), permissions=["change"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, Status.PENDING, _("Held"))

    @admin.action(description=gettext_lazy("Spam"), permissions=["change"])
    def spam(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, Status.SPAM, _("Spam"))

    @admin.action(description=gettext_lazy("Trash"), permissions=["change"])
    def trash(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, Status.TRASH, _("Trash"))

    @admin.action(description=gettext_lazy("Restore"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, moderating.BEFORE, _("Restored"))

    @admin.action(description=gettext_lazy("Delete for good"), permissions=["delete"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Comment]) -> HttpResponse | None:
        """Only of what is in spam or trash, and asked once more: this cannot be taken back."""
        put_away = queryset.filter(status__in=[Status.SPAM, Status.TRASH])
        found = put_away.exclude(text="", name="").order_by("-pk")[:MOST_AT_ONCE]
        if "sure" not in request.POST:
            context = {"title": _("Delete for good?"), "comments": found, "posted": request.POST}
            return self.render_page(request, "erase_many.html", context)
        done = sum(banning.erase(comment, by=moderator(request)) for comment in found)
        messages.success(request, _("Deleted for good: %d.") % done)
        return None

    def _decide_all(
        self, request: HttpRequest, queryset: QuerySet[Comment], status: str, said: str
    ) -> None:
        """Newest last, at most 1,000 at once: a request must end while somebody waits for it."""
        number = request.POST.get("reason", "")
        reason = CannedReason.objects.filter(pk=int(number)).first() if number.isdigit() else None
        found = list(queryset.order_by("post_id", "pk")[: MOST_AT_ONCE + 1])
        outcome = moderating.decide_all(
            found[:MOST_AT_ONCE],
            status,
            by=moderator(request),
            why=reason.title if reason else "",
            seen=rows.seen(request),
        )
        undoing.offer(request, outcome.batch, said, outcome.count)
        messages.success(request, f"{said}: {outcome.count}.")
        for comment in outcome.late[:5]:
            messages.warning(request, f"#{comment.pk}: {moderating.who_decided(comment)}")
        if len(found) > MOST_AT_ONCE:
            messages.warning(request, _("There are more. Do it again for the next 1,000."))

    # --- One comment ----------------------------------------------------------

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Comment | None:
        """For a change held until it is stored, so that of two editors the second is told."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            Conversation.locked(found.post_id)
            found = super().get_object(request, object_id, from_field)
        return found

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        comment: Comment | None = kwargs.get("obj")
        if comment is not None:
            stored = self.get_queryset(request).select_related("post", "parent", "reader")
            context |= pages.beside(stored.get(pk=comment.pk), context["adminform"].form)
        response = super().render_change_form(request, context, *args, **kwargs)
        if context["errors"]:
            response.status_code = 422
        return response

    def save_model(
        self, request: HttpRequest, obj: Comment, form: forms.ModelForm[Comment], change: bool
    ) -> None:
        """A status changed in the form is a decision like any other."""
        late = save_correction(obj, form, by=moderator(request))
        if late:
            messages.warning(request, late)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return rows.erase(self, request, object_id)

    def get_urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            def bound(request: HttpRequest, **kwargs: Any) -> HttpResponse:
                return view(self, request, **kwargs)  # type: ignore[no-any-return] # a view's

            return path(route, self.admin_site.admin_view(bound), name=f"comments_comment_{name}")

        return [
            at("undo/", rows.undo, "undo"),
            at("preferences/", pages.preferences, "preferences"),
            at("<int:pk>/decide/", rows.decide, "decide"),
            at("<int:pk>/claim/", rows.claim, "claim"),
            at("<int:pk>/reply/", rows.reply, "reply"),
            at("<int:pk>/redact/", pages.redact, "redact"),
            at("<int:pk>/unseal/", pages.unseal, "unseal"),
            at("<int:pk>/writer/", pages.writer_of, "writer"),
            *super().get_urls(),
        ]
