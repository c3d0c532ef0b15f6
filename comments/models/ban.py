"""Who may not comment here, until when, and what they are told."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts.html import links_in

if TYPE_CHECKING:
    from comments.models.comment import Comment


class BanQuerySet(models.QuerySet["Ban"]):
    def in_force(self) -> Self:
        return self.filter(models.Q(ends_at=None) | models.Q(ends_at__gt=timezone.now()))

    def against(self, comment: Comment) -> Self:
        """Bans that meet `comment`: its reader, its address's hash, or a host it links to."""
        meets = {
            "reader_id": comment.reader_id,
            "address_hash": comment.address_hash,
            "host__in": _hosts([comment.url, *links_in(comment.html)]),
        }
        known = [models.Q((field, value)) for field, value in meets.items() if value]
        return self.in_force().filter(reduce(or_, known)) if known else self.none()


class Ban(models.Model):
    """One reader, one address (as its hash) or one host with all below it. Exactly one of them."""

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="bans",
        verbose_name=_("reader"),
    )
    address_hash = models.CharField(_("address hash"), max_length=64, blank=True, db_index=True)
    host = models.CharField(
        _("host"), max_length=253, blank=True, db_index=True, help_text=_("With all names below.")
    )
    reason = models.CharField(
        _("what they are told"),
        max_length=200,
        default=_("A moderator has stopped comments from here."),
    )
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("moderator"),
    )
    made_at = models.DateTimeField(_("since"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("ban")
        verbose_name_plural = _("bans")

    def __str__(self) -> str:
        return self.host or (str(self.reader) if self.reader else self.address_hash[:12])

    def clean(self) -> None:
        self.host = self.host.strip().lower().rstrip(".")
        if sum(map(bool, (self.reader_id, self.address_hash, self.host))) != 1:
            raise ValidationError(_("A ban is on a reader, an address or a host: on one of them."))


def _hosts(urls: list[str]) -> set[str]:
    """The hosts of `urls` and each name above them: a.b.example, b.example, example."""
    found = set()
    for url in urls:
        try:
            labels = (urlsplit(url).hostname or "").rstrip(".").split(".")
        except ValueError:
            continue
        found |= {".".join(labels[start:]) for start in range(len(labels))}
    return found - {""}
