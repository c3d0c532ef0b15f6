"""Readers as moderators meet them, and how far each is trusted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Reader(User):
    """Somebody with an account, seen from the conversation: by the public name alone."""

    class Meta:
        proxy = True
        verbose_name = _("reader")
        verbose_name_plural = _("readers")


class Standing(models.Model):
    """What moderators made of a reader; without a row, screening judges each comment."""

    class Level(models.TextChoices):
        TRUSTED = "trusted", _("Trusted: nothing waits but what a ban or a word list stops")
        WATCHED = "watched", _("Watched: everything waits")

    reader = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="standing", verbose_name=_("reader")
    )
    level = models.CharField(_("standing"), max_length=10, choices=Level.choices)
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("moderator"),
    )
    made_at = models.DateTimeField(_("since"), default=timezone.now)

    def __str__(self) -> str:
        return f"{self.reader}: {self.level}"
