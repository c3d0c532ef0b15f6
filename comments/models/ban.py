"""Who may not comment here, until when, and what they are told."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from polarisblog.pagecache.until_changed import UntilChanged
from polarisblog.sql.prepared import Prepared, Slot
from posts.html import links_in

if TYPE_CHECKING:
    from comments.models.comment import Comment

TARGETS = ("reader", "address_hash", "host")
MOST_REMEMBERED = 200


class BanQuerySet(models.QuerySet["Ban"]):
    def in_force(self, now: Any = None) -> Self:
        in_time = models.Q(ends_at__gt=now or timezone.now())
        return self.filter(models.Q(ends_at=None) | in_time)

    def against(self, comment: Comment) -> list[Ban]:
        """Bans that meet `comment`: its reader, its address's hash, or a host it links to."""
        hosts = _hosts([comment.url, *links_in(comment.html)])
        known = {"reader": comment.reader_id, "address_hash": comment.address_hash}
        known = {field: value for field, value in known.items() if value}
        if not (known or hosts) or not _may_meet(known, hosts):
            return []
        slots = {**known, **{f"host{number}": host for number, host in enumerate(hosts)}}
        return _meeting(tuple(known), len(hosts), now=timezone.now(), **slots)


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


def _may_meet(known: dict[str, Any], hosts: set[str]) -> bool:
    """False where no ban is on any of these; that costs no query while there are few bans."""
    targets: list[tuple[Any, ...]] = _targets()
    if not targets or len(targets) > MOST_REMEMBERED:
        return bool(targets)
    wanted = {*known.items(), *(("host", host) for host in hosts)}
    return any(not wanted.isdisjoint(zip(TARGETS, row, strict=True)) for row in targets)


@UntilChanged
def _targets() -> Any:
    """What bans are on, ended ones too; of many only so many that it can be told."""
    return Ban.objects.order_by("pk").values_list(*TARGETS)[: MOST_REMEMBERED + 1]


@Prepared
def _meeting(fields: tuple[str, ...], host_count: int) -> Any:
    """Bans on one of `fields`, or on one of so many hosts."""
    meets = [models.Q((field, Slot(field))) for field in fields]
    if host_count:
        meets.append(models.Q(host__in=[Slot(f"host{number}") for number in range(host_count)]))
    return Ban.objects.in_force(Slot("now")).filter(reduce(or_, meets))


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
