"""Writing, in Django's admin."""

from django.contrib import admin
from django.db import models
from django.forms import Textarea
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from posts.models import Category, HelpLine, Post, Site, Tag


@admin.register(Post)
class PostAdmin(admin.ModelAdmin[Post]):
    list_display = ("title", "status", "published_at", "author")
    list_filter = ("status", "categories")
    list_select_related = ("author",)
    search_fields = ("title", "body")
    prepopulated_fields = {"slug": ("title",)}
    filter_horizontal = ("categories", "tags")
    date_hierarchy = "published_at"
    formfield_overrides = {models.TextField: {"widget": Textarea(attrs={"rows": 20, "cols": 80})}}
    fieldsets = (
        (None, {"fields": ("title", "slug", "body", "markup", "excerpt")}),
        (_("Publishing"), {"fields": ("status", "published_at", "author", "categories", "tags")}),
        (_("Conversation"), {"fields": ("comments_open", "pings_open")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        return {"author": str(request.user.pk)}


@admin.register(Category, Tag)
class TermAdmin(admin.ModelAdmin[Category]):
    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(HelpLine)
class HelpLineAdmin(admin.ModelAdmin[HelpLine]):
    list_display = ("name", "phone", "reviewed_on")


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin[Site]):
    list_display = ("name", "tagline")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Site.objects.exists() and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        return False
