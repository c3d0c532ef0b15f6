"""When the blog was put away."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KEPT_ROWS = 50


class BackupQuerySet(models.QuerySet["Backup"]):
    def note(self, *, size: int, is_encrypted: bool) -> Backup:
        """Write down that a backup was finished now; only the latest KEPT_ROWS stay."""
        made = self.create(size=size, is_encrypted=is_encrypted)
        oldest_kept = self.order_by("-pk").values_list("pk", flat=True)[KEPT_ROWS - 1 : KEPT_ROWS]
        self.filter(pk__lt=next(iter(oldest_kept), 0)).delete()
        return made

    def last_made_at(self) -> datetime.datetime | None:
        return self.order_by("-pk").values_list("made_at", flat=True).first()


class Backup(models.Model):
    """One finished backup. Where it lies is the keeper's business and not written here."""

    made_at = models.DateTimeField(_("made"), default=timezone.now)
    size = models.BigIntegerField(_("size in bytes"))
    is_encrypted = models.BooleanField(_("encrypted"), default=False)

    objects = BackupQuerySet.as_manager()

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
