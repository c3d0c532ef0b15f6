"""Readers, how far they are trusted, and who is banned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comments import banning
from comments.admin import undoing
from comments.admin.desk import UNPROCESSABLE, DeskAdmin, ReadOnlyAdmin, moderator
from comments.admin.filters import MOST_COUNTED
from comments.admin.forms import BanForm, StandingForm
from comments.models import Ban, Comment, Reader, Standing
from comments.views.writing import see_other
from comments.writers import Writer

SHOWN = 30
Status = Comment.Status


def writer_page(desk: Any, request: HttpRequest, writer: Writer, path: str) -> HttpResponse:
    """Everything of one writer, and what can be done about them."""
    ban_form = BanForm(writer, request.POST if "ban" in request.POST else None)
    if request.method == "POST":
        done = _act(request, writer, ban_form)
        if done:
            return see_other(path)
    rows = writer.comments.moderated_by(moderator(request))
    counts = [
        (label, status, rows.filter(status=status)[: MOST_COUNTED + 1].count())
        for status, label in Status.choices
    ]
    standing = writer.standing
    context = {
        "title": str(writer.reader) if writer.reader else _("A guest"),
        "writer": writer,
        "counts": counts,
        "comments": rows.select_related("post")[:SHOWN],
        "standing": standing,
        "standing_form": StandingForm(initial={"level": standing.level if standing else ""}),
        "bans": writer.bans(),
        "ban_form": ban_form,
        "queue_query": _queue_query(writer),
    }
    status = UNPROCESSABLE if ban_form.errors else 200
    return desk.render_page(request, "writer.html", context, status=status)  # type: ignore[no-any-return] # a page


def _act(request: HttpRequest, writer: Writer, ban_form: BanForm) -> bool:
    """Do what the pressed button says; whether it was done."""
    me = moderator(request)
    if "ban" in request.POST:
        _need(request, "comments.add_ban")
        return _ban(request, writer, ban_form)
    if "standing" in request.POST and writer.reader:
        _need(request, "comments.change_standing")
        form = StandingForm(request.POST)
        if form.is_valid():
            banning.set_standing(writer.reader, form.cleaned_data["level"], by=me)
            messages.success(request, _("Saved."))
    for word in (Status.TRASH, Status.SPAM):
        if f"all-{word}" in request.POST:
            _need(request, "comments.change_comment")
            outcome = banning.put_away(writer, word, by=me, why=_("Everything of this writer"))
            undoing.offer(request, outcome.batch, str(word.label), outcome.count)
            messages.success(request, f"{word.label}: {outcome.count}.")
    return True


def _ban(request: HttpRequest, writer: Writer, form: BanForm) -> bool:
    if not form.is_valid():
        return False
    try:
        banning.ban(by=moderator(request), terms=form.terms(), **form.whom())  # type: ignore[arg-type] # one of its names
    except ValidationError as problem:
        form.add_error(None, problem.messages)
        return False
    messages.success(request, _("Banned. It stands in the log."))
    return True


def _need(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _queue_query(writer: Writer) -> str:
    if writer.reader:
        return f"?status=all&reader={writer.reader.pk}"
    return f"?status=all&connection={writer.comment.pk if writer.comment else 0}"


@admin.register(Reader)
class ReaderAdmin(ReadOnlyAdmin[Reader]):
    """Accounts that wrote here, by their public names alone."""

    list_display: Any = ("name", "date_joined", "level")
    search_fields = ("name",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reader]:
        wrote = Comment.objects.moderated_by(moderator(request)).filter(reader=OuterRef("pk"))
        return Reader.objects.filter(Exists(wrote.order_by())).select_related("standing")

    @admin.display(description=gettext_lazy("standing"))
    def level(self, reader: Reader) -> str:
        standing: Standing | None = getattr(reader, "standing", None)
        return standing.get_level_display() if standing else "–"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        number = int(object_id) if object_id.isascii() and object_id.isdigit() else 0
        reader = get_object_or_404(Reader, pk=number if number < 2**63 else 0)
        return writer_page(self, request, Writer(reader, ""), request.path)


class HostBanForm(forms.ModelForm[Ban]):
    """Readers and connections are banned from their own pages; a host can be typed."""

    class Meta:
        model = Ban
        fields = ("host", "ends_at", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = field is not self.fields.get("ends_at")


class InForceFilter(admin.SimpleListFilter):
    title = gettext_lazy("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ban]) -> QuerySet[Ban]:
        in_force = Q(ends_at=None) | Q(ends_at__gt=timezone.now())
        if self.value() == "yes":
            return queryset.filter(in_force)
        return queryset.exclude(in_force) if self.value() == "no" else queryset


@admin.register(Ban)
class BanAdmin(DeskAdmin[Ban]):
    """Who is kept out. A ban is ended here and not deleted; `forgetting` deletes a connection's."""

    form = HostBanForm
    list_display: Any = ("whom", "reason", "made_at", "ends_at", "moderator")
    list_filter = (InForceFilter,)
    lookups = frozenset({"in_force"})
    list_select_related = ("reader", "moderator")
    actions = ("lift",)

    @admin.display(description=gettext_lazy("whom"))
    def whom(self, ban: Ban) -> str:
        return str(ban)

    def has_change_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        """A ban is not rewritten: it is ended, and another one made."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Ban, form: forms.ModelForm[Ban], change: bool
    ) -> None:
        terms = banning.Terms(obj.ends_at, obj.reason)
        obj.pk = banning.ban(by=moderator(request), terms=terms, host=obj.host).pk

    def response_add(
        self, request: HttpRequest, obj: Ban, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, _("Banned. It stands in the log."))
        return see_other(reverse("admin:comments_ban_changelist"))

    @admin.action(description=gettext_lazy("End these bans"), permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        done = sum(banning.lift(ban, by=moderator(request)) for ban in queryset)
        messages.success(request, _("Ended: %d.") % done)
