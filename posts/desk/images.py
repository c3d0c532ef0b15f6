"""The media library in the admin."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from posts import uploading
from posts.desk.forms import ImageForm
from posts.models import Image, Post
from posts.tasks import remove_picture, render_picture

# What CKEditor's file browsers are told in the address; the rich editor's picture dialog speaks it.
PICKER_PARAMETER = "CKEditorFuncNum"


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin[Image]):
    form = ImageForm
    change_list_template = "admin/posts/image/change_list.html"
    change_form_template = "admin/posts/image/change_form.html"
    list_display = ("thumbnail", "name", "alt", "size", "uploaded_at")
    list_display_links = ("thumbnail", "name")
    search_fields = ("name", "alt", "caption")
    list_per_page = 40
    actions = None
    readonly_fields = ("shown", "size", "used_in", "rendered_at")

    class Media:
        css = {"all": ["css/admin-writing.css"]}
        js = [
            forms.Script("js/admin-picture-picker.js", defer=True),
            forms.Script("js/admin-focal-point.js", defer=True),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Image | None = None) -> Any:
        words = ["alt", "is_decorative", "caption", "name"]
        if obj is None:
            return [(None, {"fields": ["upload", *words]})]
        return [
            (None, {"fields": ["shown", *words]}),
            (_("Focal point"), {"fields": [("focal_x", "focal_y")]}),
            (_("About the file"), {"fields": ["size", "rendered_at", "used_in"]}),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return super().get_queryset(request).select_related("uploaded_by")

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Authors change what they uploaded; editors everything."""
        may = super().has_change_permission(request, obj)
        return may and self._is_theirs(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and self._is_theirs(request, obj)

    @staticmethod
    def _is_theirs(request: HttpRequest, image: Image | None) -> bool:
        is_editor = request.user.has_perm("posts.edit_others_posts")
        return image is None or is_editor or image.uploaded_by_id == request.user.pk

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The library; asked by the editor's dialog, each picture can be taken from it."""
        asked = request.GET.copy()
        picker = "".join(str(number) for number in asked.pop(PICKER_PARAMETER, [])[:1])
        request.GET = asked  # type: ignore[assignment] # the changelist knows no such filter
        context = {"picker": picker if picker.lstrip("-").isdigit() else ""}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Unpacking takes seconds, so it comes before the transaction that keeps others waiting."""
        upload = request.FILES.get("upload") if request.method == "POST" else None
        if isinstance(upload, UploadedFile) and object_id is None:
            if not self.has_add_permission(request):
                raise PermissionDenied
            with suppress(ValidationError):
                uploading.accept(upload)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(
        self, request: HttpRequest, obj: Image, form: forms.ModelForm[Image], change: bool
    ) -> None:
        if not change:
            obj.uploaded_by_id = request.user.pk
        has_moved = change and {"focal_x", "focal_y"} & set(form.changed_data)
        obj.rendered_at = None if has_moved else obj.rendered_at
        super().save_model(request, obj, form, change)
        if has_moved:
            transaction.on_commit(lambda: render_picture.enqueue(obj.file.name))

    def response_add(
        self, request: HttpRequest, obj: Image, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the library where the editor asked for a picture; it comes first there."""
        picker = request.GET.get(PICKER_PARAMETER)
        if picker is None:
            return super().response_add(request, obj, post_url_continue)
        query = urlencode({"_popup": 1, PICKER_PARAMETER: picker})
        return HttpResponseRedirect(f"{reverse('admin:posts_image_changelist')}?{query}")

    def delete_model(self, request: HttpRequest, obj: Image) -> None:
        name = obj.file.name
        super().delete_model(request, obj)
        # In this transaction: no crash and no bucket that is away leaves the files behind.
        remove_picture.enqueue(name)
        transaction.on_commit(lambda: _remove_at_once(name))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A picture that a post shows stays."""
        found, counts, missing, protected = super().get_deleted_objects(objs, request)
        return found, counts, missing, [*protected, *(p for i in objs for p in posts_with(i))]

    @admin.display(description=_("picture"))
    def thumbnail(self, image: Image) -> SafeString:
        return format_html(
            '<img class="thumbnail" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
            image.thumbnail_url,
            image.alt,
            image.width,
            image.height,
        )

    @admin.display(description=_("picture"))
    def shown(self, image: Image) -> SafeString:
        return format_html(
            '<focal-point><img src="{}" alt="{}" width="{}" height="{}"></focal-point>',
            image.url,
            image.alt,
            image.width,
            image.height,
        )

    @admin.display(description=_("size"))
    def size(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @admin.display(description=_("used in"))
    def used_in(self, image: Image) -> SafeString | str:
        links = ((post.get_absolute_url(), post.title) for post in posts_with(image))
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "–"


def posts_with(image: Image) -> QuerySet[Post]:
    """The posts that show `image`, in their text or above it."""
    return Post.objects.filter(Q(featured_image=image) | Q(body__contains=image.file.name))


def _remove_at_once(file_name: str) -> None:
    """Whoever deletes a picture wants it gone now; the worker tries on where that fails."""
    with suppress(OSError):
        uploading.remove(file_name)
