"""What all of the moderators' pages share."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst

from accounts.models import User

Row = TypeVar("Row", bound=Model)

AHEAD = 500
UNPROCESSABLE = 422


class CappedPaginator(Paginator[Any]):
    """Counts so many rows beyond the page that is read, and no more.

    To count all of 100,000 costs more than to show 50 of them. A page that has gone, because what
    stood on it was decided, is the last there is.
    """

    def __init__(self, rows: QuerySet[Any], per_page: int, page: int) -> None:
        super().__init__(rows, per_page)
        self.cap = max(page, 1) * per_page + AHEAD

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: self.cap].count()

    @property
    def is_capped(self) -> bool:
        """Whether there are (or may be) more than `count` says."""
        return self.count >= self.cap

    def validate_number(self, number: Any) -> int:
        return min(max(int(number), 1), self.num_pages)


class DeskAdmin(admin.ModelAdmin[Row], Generic[Row]):
    """A list that costs the same however long it is, and that answers no guesses.

    `lookups` are all that an address may filter by. Django's admin allows every field of the model,
    by which whoever may read the list could ask for an e-mail address letter by letter.
    """

    lookups: frozenset[str] = frozenset()
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Row],
        per_page: int,
        *args: Any,
        **kwargs: Any,
    ) -> CappedPaginator:
        page = request.GET.get("p", "1")
        is_number = page.isascii() and page.isdigit() and len(page) < 7  # noqa: PLR2004 # enough
        return CappedPaginator(queryset, per_page, int(page) if is_number else 1)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def log_addition(self, *args: Any, **kwargs: Any) -> Any:
        """Ours is the log; Django's keeps names and words for ever."""

    log_change = log_deletion = log_deletions = log_addition

    def render_page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        """A page of ours in the admin's frame."""
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/comments/{template}", whole, status=status)


class ReadOnlyAdmin(DeskAdmin[Row]):
    """Read, never written here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


def moderator(request: HttpRequest) -> User:
    """Who is at the desk; the admin lets nobody else near."""
    return cast(User, request.user)
