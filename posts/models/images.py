"""Pictures: one clean master each, from which the worker makes what pages show."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from pictures.models import PictureField

from posts.renditions import FILE_TYPES, LEAD, RATIOS, WIDEST_PX, FocalPictureFile, Rendition


def unguessable_name(image: Image, filename: str) -> str:
    """Where an upload is kept: nothing of the name it came with, so nothing of it can do harm."""
    return f"images/{secrets.token_hex(12)}{PurePosixPath(filename).suffix}"


class FocalPictureField(PictureField):
    """django-pictures' field, whose crops keep the row's focal point in sight."""

    attr_class = FocalPictureFile


class ImageQuerySet(models.QuerySet["Image"]):
    def named(self, names: Iterable[str]) -> dict[str, Image]:
        """Those whose files are called so, by that name."""
        return {image.file.name: image for image in self.filter(file__in=set(names))}


class Image(models.Model):
    """A picture of the media library. Its file is our own re-encoding, without metadata."""

    file = FocalPictureField(
        _("picture"),
        upload_to=unguessable_name,
        width_field="width",
        height_field="height",
        aspect_ratios=RATIOS,
        container_width=WIDEST_PX,
        grid_columns=4,
        file_types=FILE_TYPES,
    )
    width = models.PositiveIntegerField(editable=False, default=0)
    height = models.PositiveIntegerField(editable=False, default=0)
    name = models.CharField(
        _("name"), max_length=200, help_text=_("For finding it again; readers do not see it.")
    )
    alt = models.CharField(
        _("description"),
        max_length=500,
        blank=True,
        help_text=_("What the picture shows, for readers who cannot see it."),
    )
    is_decorative = models.BooleanField(
        _("only decoration"),
        default=False,
        help_text=_("Nothing is lost by not seeing it, so it needs no description."),
    )
    caption = models.CharField(_("caption"), max_length=500, blank=True)
    focal_x = models.PositiveSmallIntegerField(
        # xgettext:no-python-format  # noqa: ERA001 # an order to gettext, not code
        _("focal point, % from the left"),
        default=50,
        validators=[MaxValueValidator(100)],
    )
    focal_y = models.PositiveSmallIntegerField(
        # xgettext:no-python-format  # noqa: ERA001 # an order to gettext, not code
        _("focal point, % from the top"),
        default=50,
        validators=[MaxValueValidator(100)],
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    rendered_at = models.DateTimeField(
        _("sizes made"), null=True, editable=False, help_text=_("By the background worker.")
    )

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Every picture is described, or said to need no description."""
        if not self.alt.strip() and not self.is_decorative:
            raise ValidationError(
                {"alt": _("Describe the picture, or tick that it is only decoration.")}
            )
        if self.is_decorative:
            self.alt = ""

    @property
    def url(self) -> str:
        """The master's address: good anywhere, also while smaller sizes are being made."""
        return str(self.file.url)

    @property
    def thumbnail_url(self) -> str:
        """The smallest JPEG."""
        widths = self.renditions().get("JPEG", {})
        return str(widths[min(widths)].url) if widths else self.url

    @property
    def lead_height(self) -> int:
        """The height of the widest 16:9 crop."""
        return round(self.lead_width * 9 / 16)

    @property
    def lead_width(self) -> int:
        widest = self.renditions(LEAD).get("JPEG", {})
        return max(widest, default=self.width)

    @property
    def lead_url(self) -> str:
        """The widest 16:9 JPEG, as other sites' previews like it."""
        widest = self.renditions(LEAD).get("JPEG", {})
        return str(widest[max(widest)].url) if widest else self.url

    @property
    def lead_sources(self) -> list[tuple[str, str]]:
        """MIME type and `srcset` of the 16:9 crops, the smallest format first."""
        return self.srcsets(LEAD)

    def renditions(self, ratio: str | None = None) -> dict[str, dict[int, Rendition]]:
        """File type -> width in pixels -> rendition; no picture is ever made larger."""
        found: Any = self.file.aspect_ratios
        return dict(found[ratio])

    def srcsets(self, ratio: str | None = None) -> list[tuple[str, str]]:
        """MIME type and `srcset` per file type, the smallest format first."""
        return [
            (
                f"image/{file_type.lower()}",
                ", ".join(f"{widths[width].url} {width}w" for width in sorted(widths)),
            )
            for file_type, widths in self.renditions(ratio).items()
            if widths
        ]
