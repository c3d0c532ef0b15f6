"""Moderation, in Django's admin."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from comments.models import Ban, Comment, Decision, DiscussionSettings, Report
from comments.moderating import decide
from posts.html import sanitise_comment

Status = Comment.Status


class StatusTabs(admin.SimpleListFilter):
    """The queue's tabs; what waits comes first."""

    title = _("status")
    parameter_name = "status"
    is_tabs = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Status.choices, ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        tab = self.value() or Status.PENDING
        return queryset if tab == "all" else queryset.filter(status=tab)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        counts = dict(
            changelist.root_queryset.order_by().values_list("status").annotate(Count("pk"))
        )
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or Status.PENDING) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}, ["p"]),
                "display": label,
                "count": sum(counts.values()) if value == "all" else counts.get(value, 0),
            }


class CommentForm(forms.ModelForm[Comment]):
    class Meta:
        model = Comment
        fields = ("status", "name", "email", "url", "text", "is_pinned", "post", "parent", "kind")

    def clean_is_pinned(self) -> bool:
        """What is pinned is a thread, so only what begins one."""
        if self.cleaned_data["is_pinned"] and self.instance.parent_id:
            raise forms.ValidationError(_("Pin the first comment of the thread instead."))
        return bool(self.cleaned_data["is_pinned"])


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin[Comment]):
    form = CommentForm
    list_display = ("response", "who", "on_post", "created_at", "reason")
    list_display_links = ("who",)
    list_filter = (StatusTabs, "kind")
    list_select_related = ("post", "reader", "parent")
    search_fields = ("text", "name", "url")
    list_per_page = 50
    actions = ("approve", "spam", "trash")
    raw_id_fields = ("post", "parent")
    readonly_fields = ("created_at", "reader", "reason", "log", "history")
    fieldsets = (
        (None, {"fields": ("status", "reason", "name", "text", "is_pinned")}),
        (_("Writer"), {"fields": ("reader", "email", "url")}),
        (_("Place"), {"fields": ("post", "parent", "kind", "created_at")}),
        (_("Decisions"), {"fields": ("log", "history")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Comment | None = None) -> Any:
        """A stored comment stays on its post and under what it answers."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "post", "parent")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description=_("response"))
    def response(self, comment: Comment) -> SafeString:
        return format_html(
            '<div class="response-text" dir="auto">{}</div>', sanitise_comment(comment.html)
        )

    @admin.display(description=_("who"), ordering="name")
    def who(self, comment: Comment) -> SafeString:
        kind = "" if comment.kind == Comment.Kind.COMMENT else comment.get_kind_display()
        return format_html("<bdi>{}</bdi> {}", comment.name, kind)

    @admin.display(description=_("on"), ordering="post")
    def on_post(self, comment: Comment) -> SafeString:
        return format_html('<a href="{}">{}</a>', comment.get_absolute_url(), comment.post.title)

    @admin.display(description=_("log"))
    def log(self, comment: Comment) -> str:
        lines = [
            f"{decision.made_at:%Y-%m-%d %H:%M} · {decision} · {decision.moderator or '–'}"
            for decision in comment.decisions.select_related("moderator")
        ]
        return "\n".join(lines) or "–"

    @admin.display(description=_("before it was edited"))
    def history(self, comment: Comment) -> str:
        return (
            "\n\n".join(
                f"{revision.replaced_at:%Y-%m-%d %H:%M}\n{revision.text}"
                for revision in comment.revisions.all()
            )
            or "–"
        )

    def save_model(
        self, request: HttpRequest, obj: Comment, form: forms.ModelForm[Comment], change: bool
    ) -> None:
        """A status changed in the form is a decision like any other."""
        status = Status(obj.status)
        if change and "status" in form.changed_data:
            obj.status = form.initial["status"]
        super().save_model(request, obj, form, change)
        if change and status != obj.status:
            decide(obj, status, by=_moderator(request))

    @admin.action(description=_("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, Status.APPROVED)

    @admin.action(description=_("Spam"), permissions=["change"])
    def spam(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, Status.SPAM)

    @admin.action(description=_("Trash"), permissions=["change"])
    def trash(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide_all(request, queryset, Status.TRASH)

    def _decide_all(
        self, request: HttpRequest, queryset: QuerySet[Comment], status: Comment.Status
    ) -> None:
        moderator = _moderator(request)
        count = sum(decide(comment, status, by=moderator) for comment in queryset)
        done = ngettext(
            "%(count)d response: %(status)s.", "%(count)d responses: %(status)s.", count
        )
        messages.success(request, done % {"count": count, "status": status.label})


def _moderator(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@admin.register(Decision)
class DecisionAdmin(admin.ModelAdmin[Decision]):
    """The log: read, never written here."""

    list_display = ("made_at", "comment", "old_status", "new_status", "moderator", "why")
    list_filter = ("new_status", "made_at")
    list_select_related = ("comment", "moderator")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Decision | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Decision | None = None) -> bool:
        return False


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin[Report]):
    """What readers asked to be looked at. A decision about the comment closes it."""

    list_display = ("made_at", "comment", "reason", "words", "closed_at")
    list_filter = ("reason", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("comment",)
    fields = readonly_fields = ("comment", "reason", "words", "made_at", "closed_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Ban)
class BanAdmin(admin.ModelAdmin[Ban]):
    list_display = ("__str__", "reason", "made_at", "ends_at", "moderator")
    list_select_related = ("reader", "moderator")
    raw_id_fields = ("reader",)
    exclude = ("moderator", "made_at")

    def save_model(
        self, request: HttpRequest, obj: Ban, form: forms.ModelForm[Ban], change: bool
    ) -> None:
        obj.moderator = obj.moderator or _moderator(request)
        super().save_model(request, obj, form, change)


@admin.register(DiscussionSettings)
class DiscussionSettingsAdmin(admin.ModelAdmin[DiscussionSettings]):
    fieldsets = (
        (
            _("The page"),
            {"fields": ("newest_first", "threads_per_page", "max_depth", "closes_after_days")},
        ),
        (
            _("Before a comment appears"),
            {
                "fields": (
                    "holds_everything",
                    "holds_first_comment",
                    "links_to_hold",
                    "hold_words",
                    "disallowed_words",
                    "learns_spam",
                )
            },
        ),
        (_("Afterwards"), {"fields": ("edit_minutes", "reports_to_hold")}),
        (
            _("Personal data and mail"),
            {"fields": ("requires_email", "mails_are_discreet", "address_days", "trash_days")},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not DiscussionSettings.objects.exists() and super().has_add_permission(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: DiscussionSettings | None = None
    ) -> bool:
        return False
