"""Choosing a picture for a post."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.forms.renderers import BaseRenderer
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from posts.models import Image, Post


class PictureIdWidget(ForeignKeyRawIdWidget):
    """The picture's number with a way to the media library, and the picture beside it."""

    def __init__(self) -> None:
        field: Any = Post.featured_image.field
        super().__init__(field.remote_field, admin.site)

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        known = Image.objects.filter(pk=value) if str(value or "").isdecimal() else None
        field = super().render(name, value, attrs, renderer)
        context = {"field": field, "image": known.first() if known is not None else None}
        return render_to_string("admin/posts/_picture_choice.html", context)

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=["admin/js/jquery.init.js", "admin/js/admin/RelatedObjectLookups.js"])
