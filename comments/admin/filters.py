"""By what the queue can be narrowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from comments.models import Comment, Report
from posts.models import Post

Status = Comment.Status
MOST_COUNTED = 1000
SAMPLE = 300
POSTS_OFFERED = 8


class StatusTabs(admin.SimpleListFilter):
    """The queue's tabs; what waits comes first. Counts end at 1,000, which is enough to know."""

    title = _("status")
    parameter_name = "status"
    is_tabs = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Status.choices, ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        tab = self.value() or Status.PENDING
        return queryset if tab == "all" else queryset.filter(status=tab)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        rows = changelist.root_queryset.order_by()
        counts = {s: rows.filter(status=s)[: MOST_COUNTED + 1].count() for s in Status.values}
        counts["all"] = sum(counts.values())
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or Status.PENDING) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}, ["p"]),
                "display": label,
                "count": counts[value],
                "is_capped": counts[value] > MOST_COUNTED,
            }


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("comment", _("Comments")), ("linkback", _("Linkbacks")), *Comment.Kind.choices[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        if self.value() == "linkback":
            return queryset.exclude(kind=Comment.Kind.COMMENT)
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ReportedFilter(admin.SimpleListFilter):
    title = _("reports")
    parameter_name = "reported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Reported, not dealt with"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(
            Exists(Report.objects.filter(comment=OuterRef("pk"), closed_at=None))
        )


class ReasonFilter(admin.SimpleListFilter):
    """Why it has its status: what the newest say, without the numbers and words that differ."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        tab = request.GET.get("status") or Status.PENDING
        rows = Comment.objects.moderated_by(request.user)  # type: ignore[arg-type] # signed in here
        if tab != "all":
            rows = rows.filter(status=tab)
        reasons = {_kernel(r) for r in rows.values_list("reason", flat=True)[:SAMPLE]}
        chosen = self.value_of(request)
        return [(r, r) for r in sorted({*reasons, chosen} - {""})]

    @classmethod
    def value_of(cls, request: HttpRequest) -> str:
        return request.GET.get(cls.parameter_name, "")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        chosen = self.value()
        return queryset.filter(reason__icontains=chosen) if chosen else queryset


class _Narrowing(admin.SimpleListFilter):
    """By a row's number. What is not a number narrows to nothing."""

    def number(self) -> int | None:
        value = self.value()
        if value is None:
            return None
        is_number = value.isascii() and value.isdigit() and len(value) < 19  # noqa: PLR2004 # fits a row's id
        return int(value) if is_number else 0


class PostFilter(_Narrowing):
    """One post: the chosen one, or one of the newest."""

    title = _("post")
    parameter_name = "post"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        posts = Post.objects.order_by("-published_at")
        newest = list(posts.values_list("pk", "title")[:POSTS_OFFERED])
        chosen = request.GET.get("post", "")
        if chosen.isascii() and chosen.isdigit() and int(chosen[:18]) not in dict(newest):
            newest += posts.filter(pk=int(chosen[:18])).values_list("pk", "title")
        return [(str(pk), title) for pk, title in newest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        number = self.number()
        return queryset if number is None else queryset.filter(post=number)


class ReaderFilter(_Narrowing):
    """One reader: there is a choice only where one was chosen, at a row."""

    title = _("reader")
    parameter_name = "reader"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = request.GET.get("reader", "")
        is_number = chosen.isascii() and chosen.isdigit()
        found = User.objects.filter(pk=int(chosen[:18])).first() if is_number else None
        return [(chosen, str(found))] if found else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        number = self.number()
        return queryset if number is None else queryset.filter(reader=number)


class ConnectionFilter(_Narrowing):
    """What came over the same connection as one comment."""

    title = _("connection")
    parameter_name = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = request.GET.get("connection", "")
        return [(chosen, _("The same as #%s") % chosen[:18])] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        number = self.number()
        if number is None:
            return queryset
        like = Comment.objects.filter(pk=number).exclude(address_hash="")
        return queryset.filter(address_hash__in=like.values("address_hash")[:1])


def _kernel(reason: str) -> str:
    """“2 links” and “3 links” are one reason, and so are all held words."""
    parts = [part.strip(" .") for part in re.split(r"[:,“”]|\d+", reason)]
    return max(parts, key=len, default="")
