"""The blog's settings and sorting in Django's admin; where authors write is `posts.desk`."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts.desk import images, posts
from posts.desk.settings import OneRowAdmin
from posts.models import Category, HelpLine, Site, Tag

__all__ = ["images", "posts"]  # imported so that they register themselves


@admin.register(Category, Tag)
class TermAdmin(admin.ModelAdmin[Category]):
    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(HelpLine)
class HelpLineAdmin(admin.ModelAdmin[HelpLine]):
    list_display = ("name", "language", "phone", "reviewed_on", "is_checked")
    actions = ("mark_checked",)

    @admin.display(boolean=True, description=_("checked lately"))
    def is_checked(self, line: HelpLine) -> bool:
        return not line.is_due

    @admin.action(description=_("Checked with the source today"), permissions=["change"])
    def mark_checked(self, request: HttpRequest, lines: QuerySet[HelpLine]) -> None:
        lines.update(reviewed_on=timezone.localdate(), reminded_on=None)


@admin.register(Site)
class SiteAdmin(OneRowAdmin[Site]):
    pass
