"""What came, what went, and how editors want both, in Django's admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise
from django_tasks.base import Task

from comments.linkbacks import tasks
from comments.linkbacks.models import (
    MAX_URL_LENGTH,
    LinkbackSettings,
    Protocol,
    ReceivedLinkback,
    SentLinkback,
)
from posts.desk.settings import OneRowAdmin

AGAIN = "_again"


def outside(url: str) -> SafeString:
    """A link to another site that says nothing of where it was clicked."""
    return format_html('<a href="{0}" rel="noreferrer noopener">{0}</a>', url)


class AgainAdmin(admin.ModelAdmin[Any]):
    """Rows that programs write: nobody edits what happened, but it can be done again."""

    change_form_template = "admin/linkbacks/change_form.html"
    list_per_page = 50
    again_label: StrOrPromise
    # Does it, once the row says that it is due.
    again: Task[Any, Any]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """What the filters ask, and no guess at what the list does not show."""
        field, _, how = lookup.partition("__")
        return field in self.list_filter and how in ("exact", "gte", "lt", "isnull")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        if row and request.method == "POST" and AGAIN in request.POST:
            return self._again(request, row)
        context = {
            "again_label": self.again_label if object_id else "",
            "show_save": not object_id,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )

    def _again(self, request: HttpRequest, row: Any) -> HttpResponse:
        if self.has_change_permission(request, row):
            self.do_again([row])
            messages.success(request, _("It is done again now; reload in a moment."))
        return HttpResponseRedirect(request.path)

    def do_again(self, rows: list[Any]) -> None:
        for row in rows:
            row.ask_again()
            row.save()
            self.again.enqueue(row.pk)

    def _do_all_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        chosen = list(rows)
        self.do_again(chosen)
        done = ngettext(
            "%(count)d is done again now.", "%(count)d are done again now.", len(chosen)
        )
        messages.success(request, done % {"count": len(chosen)})


@admin.register(ReceivedLinkback)
class ReceivedLinkbackAdmin(AgainAdmin):
    """The facts of each claim. Deciding about the response happens in the queue."""

    again_label = _("Verify again")
    again = tasks.verify
    list_display = ("source_url", "post", "protocol", "state", "mention", "asked_at")
    list_filter = ("state", "protocol", "asked_at")
    list_select_related = ("post", "comment")
    search_fields = ("source_url", "author_name")
    actions = ("verify_again",)
    fields = (
        *("source", "post", "response", "protocol", "state", "detail", "mention"),
        *("author_name", "author_url", "asked_at", "checked_at", "attempts", "due_at"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("source"), ordering="source_url")
    def source(self, row: ReceivedLinkback) -> SafeString:
        return outside(row.source_url)

    @admin.display(description=_("kind of mention"))
    def mention(self, row: ReceivedLinkback) -> str:
        return row.comment.get_mention_display() if row.comment else ""

    @admin.display(description=_("response"))
    def response(self, row: ReceivedLinkback) -> SafeString | str:
        if row.comment is None:
            return "–"
        return format_html(
            '<a href="../../../../comments/comment/{}/change/">{}</a> ({})',
            row.comment.pk,
            row.comment.name,
            row.comment.get_status_display(),
        )

    @admin.action(description=_("Verify again"), permissions=["change"])
    def verify_again(self, request: HttpRequest, queryset: QuerySet[ReceivedLinkback]) -> None:
        self._do_all_again(request, queryset)


class TrackbackForm(forms.ModelForm[SentLinkback]):
    """Only trackbacks are entered by hand; the other two find their way from the text."""

    target_url = forms.URLField(
        label=_("Trackback address"), max_length=MAX_URL_LENGTH, assume_scheme="https"
    )

    class Meta:
        model = SentLinkback
        fields = ("post", "target_url")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "post" in self.fields:
            self.fields["post"].required = True


@admin.register(SentLinkback)
class SentLinkbackAdmin(AgainAdmin):
    """One row for each link and what became of it; trackback addresses are added here."""

    again_label = _("Send again")
    again = tasks.deliver
    form = TrackbackForm
    list_display = ("target_url", "post", "protocol", "outcome", "detail", "sent_at")
    list_filter = ("outcome", "protocol", "is_linked")
    list_select_related = ("post",)
    search_fields = ("target_url", "source_url")
    raw_id_fields = ("post",)
    actions = ("send_again",)
    fields = (
        *("target", "source_url", "post", "protocol", "endpoint_url", "outcome", "detail"),
        *("is_linked", "attempts", "sent_at", "due_at"),
    )

    def get_fields(self, request: HttpRequest, obj: SentLinkback | None = None) -> Any:
        return self.fields if obj else ("post", "target_url")

    @admin.display(description=_("target"), ordering="target_url")
    def target(self, row: SentLinkback) -> SafeString:
        return outside(row.target_url)

    def save_model(self, request: HttpRequest, obj: SentLinkback, form: Any, change: bool) -> None:
        obj.protocol = Protocol.TRACKBACK
        super().save_model(request, obj, form, change)
        if obj.post and obj.post.is_published:
            self.do_again([obj])

    @admin.action(description=_("Send again"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[SentLinkback]) -> None:
        self._do_all_again(request, queryset)


@admin.register(LinkbackSettings)
class LinkbackSettingsAdmin(OneRowAdmin[LinkbackSettings]):
    pass
