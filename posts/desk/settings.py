"""Settings that are one row: there is no list to choose from."""

from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst

Row = TypeVar("Row", bound=Model)


class OneRowAdmin(admin.ModelAdmin[Row], Generic[Row]):
    """Where the list would be, the form: the row's, or before there is one a new row's."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_queryset(request).first()
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if row is not None and self.has_view_or_change_permission(request):
            return redirect(f"{name}_change", row.pk)
        if self.has_add_permission(request):
            return redirect(f"{name}_add")
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name))
        shown = {"title": title, "subtitle": "", "show_save_and_add_another": False}
        shown |= extra_context or {}
        return super().changeform_view(request, object_id, form_url, shown)

    def has_add_permission(self, request: HttpRequest) -> bool:
        is_missing = not self.get_queryset(request).exists()
        return is_missing and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False
