"""What other sites told us, what we told them, and how editors want both."""

from __future__ import annotations

import datetime
import uuid
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models import Comment
from posts.models import Post

MAX_URL_LENGTH = 2000
# Longer than any exchange may take: a lease that is older belongs to a process that died.
LEASE = datetime.timedelta(seconds=60)


class Protocol(models.TextChoices):
    PINGBACK = "pingback", _("Pingback")
    TRACKBACK = "trackback", _("Trackback")
    WEBMENTION = "webmention", _("Webmention")


Row_co = TypeVar("Row_co", bound="Exchange", covariant=True)


class ExchangeQuerySet(models.QuerySet[Row_co]):
    def free(self) -> Self:
        """Rows that no living process has in hand."""
        return self.filter(models.Q(leased_until=None) | models.Q(leased_until__lt=timezone.now()))

    def due_since(self, instant: datetime.datetime) -> Self:
        """What should have been done by `instant` and is in nobody's hands."""
        return self.free().filter(due_at__lt=instant)


class Exchange(models.Model):
    """Talk with another site about one pair of source and target, by one process at a time."""

    # How long to wait after each attempt that met trouble on the other side.
    RETRY_AFTER_SECONDS: ClassVar[tuple[int, ...]] = ()

    detail = models.CharField(_("what happened"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        abstract = True

    def take(self) -> bool:
        """Whether this process, and no other, is to act now; `release` gives it back."""
        mine = type(self).objects.free().filter(pk=self.pk)
        if not mine.update(leased_until=timezone.now() + LEASE):
            return False
        self.refresh_from_db()
        return True

    def release(self) -> None:
        type(self).objects.filter(pk=self.pk).update(leased_until=None)

    def postpone(self) -> bool:
        """Try again later, unless it was tried often enough: then nothing is due any more."""
        if self.attempts >= len(self.RETRY_AFTER_SECONDS):
            self.due_at = None
            return False
        wait = datetime.timedelta(seconds=self.RETRY_AFTER_SECONDS[self.attempts])
        self.attempts += 1
        self.due_at = timezone.now() + wait
        return True


class ReceivedLinkback(Exchange):
    """The claim that a page (`source_url`, in its canonical form) links to `post`.

    There is one row for a source and a post, whichever protocols it came by, and one response once
    it was verified.
    """

    RETRY_AFTER_SECONDS = (60, 600, 3600)

    class State(models.TextChoices):
        CLAIMED = "claimed", _("To be verified")
        VERIFIED = "verified", _("Verified")
        REFUSED = "refused", _("Refused")
        GONE = "gone", _("Gone since")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="received_linkbacks")
    source_url = models.CharField(_("source"), max_length=MAX_URL_LENGTH)
    source_host = models.CharField(_("site"), max_length=253, db_index=True)
    protocol = models.CharField(_("protocol"), max_length=20, choices=Protocol.choices)
    state = models.CharField(
        _("state"), max_length=20, choices=State.choices, default=State.CLAIMED
    )
    comment = models.OneToOneField(
        Comment,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="linkback",
        verbose_name=_("response"),
    )
    author_name = models.CharField(_("author"), max_length=245, blank=True)
    author_url = models.CharField(_("author’s page"), max_length=MAX_URL_LENGTH, blank=True)
    sent_title = models.CharField(max_length=250, blank=True, editable=False)
    sent_excerpt = models.CharField(max_length=500, blank=True, editable=False)
    asked_at = models.DateTimeField(_("last told"), default=timezone.now)
    checked_at = models.DateTimeField(_("last verified"), null=True, blank=True)
    asked_from = models.GenericIPAddressField(
        null=True,
        editable=False,
        help_text=_("Until it is verified, so that the source learns who made us ask."),
    )

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["post", "source_url"], name="linkback_once"),
        ]
        indexes = [models.Index(fields=["due_at"], name="received_due")]
        verbose_name = _("received linkback")

    def __str__(self) -> str:
        return f"{self.get_protocol_display()}: {self.source_url}"

    @property
    def is_registered(self) -> bool:
        return self.comment_id is not None and self.state != self.State.GONE

    @property
    def is_awaited(self) -> bool:
        """A check is under way or will come without further asking."""
        return self.due_at is not None

    def ask_again(self) -> None:
        """Make it due now, as if it had been claimed just now."""
        self.asked_at = self.due_at = timezone.now()
        self.attempts = 0


class SentLinkback(Exchange):
    """What became of one link in one of our posts; kept when the post is deleted.

    `source_url` is the post's address when the link was told. `is_linked` turns false when the link
    or the post is gone; whoever was told of the link (`was_told`) is then told of that, too.
    """

    RETRY_AFTER_SECONDS = (30, 300, 3600, 6 * 3600, 24 * 3600)

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        SILENT = "silent", _("Takes no linkbacks")
        FAILED = "failed", _("Given up")

    post = models.ForeignKey(
        Post,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="sent_linkbacks",
        verbose_name=_("post"),
    )
    source_url = models.CharField(_("source"), max_length=MAX_URL_LENGTH, blank=True, db_index=True)
    target_url = models.CharField(_("target"), max_length=MAX_URL_LENGTH)
    protocol = models.CharField(_("protocol"), max_length=20, choices=Protocol.choices, blank=True)
    endpoint_url = models.CharField(_("told at"), max_length=MAX_URL_LENGTH, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=20, choices=Outcome.choices, default=Outcome.WAITING
    )
    is_linked = models.BooleanField(_("still linked"), default=True)
    was_told = models.BooleanField(_("was told of the link"), default=False)
    sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)
    created_at = models.DateTimeField(_("first seen"), default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "source_url", "target_url"], name="sent_linkback_once"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="sent_due")]
        verbose_name = _("sent linkback")

    def __str__(self) -> str:
        return f"{self.source_url or self.post} → {self.target_url}"

    @property
    def is_by_hand(self) -> bool:
        """A trackback address that an author entered, and no link in the text."""
        return self.protocol == Protocol.TRACKBACK

    def ask_again(self) -> None:
        """Make it due now, as if it had never been tried.

        A trackback that was entered before its post was published learns its address here.
        """
        if self.post and not self.source_url:
            self.source_url = f"{settings.SITE_URL}{self.post.get_absolute_url()}"
        self.outcome, self.detail = self.Outcome.WAITING, ""
        self.attempts, self.due_at = 0, timezone.now()

    def settle(self, outcome: SentLinkback.Outcome, detail: str) -> None:
        """Write down how an attempt ended; trouble on the other side is tried again for a day."""
        self.detail, self.sent_at, self.due_at = detail[:200], timezone.now(), None
        if outcome == self.Outcome.FAILED and self.postpone():
            outcome = self.Outcome.WAITING
        self.outcome = outcome
        self.save()


class Telling(models.Model):
    """What of a post was told last, so that each change is told once."""

    post = models.OneToOneField(Post, models.CASCADE, related_name="telling")
    digest = models.CharField(max_length=64)
    told_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.post} at {self.told_at}"


class LinkbackSettings(models.Model):
    """How the blog talks with other sites, as editors set it: one row."""

    sends = models.BooleanField(_("tell the sites that a post links to"), default=True)
    trusts_approved_hosts = models.BooleanField(
        _("a site that was approved before passes"),
        default=False,
        help_text=_("Beware of sites where anybody can write: all its writers pass."),
    )
    holds_changed_mentions = models.BooleanField(
        _("hold a mention again when its page changes what it says"), default=False
    )

    class Meta:
        verbose_name = verbose_name_plural = _("linkback settings")

    def __str__(self) -> str:
        return str(_("Linkback settings"))

    @classmethod
    def current(cls) -> Self:
        """The settings in force; defaults until an editor has saved some."""
        return cls.objects.first() or cls()
