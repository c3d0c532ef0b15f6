"""What readers tell the moderators and nobody else."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from posts.models import Post


class PrivateNote(models.Model):
    """A note for the moderators only. No public page reads this table; erased after a set time."""

    words = models.TextField(_("what they wrote"), max_length=5000)
    post = models.ForeignKey(
        Post, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    comment = models.ForeignKey(
        Comment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("comment")
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reader"),
    )
    email = models.EmailField(_("where an answer may go"), max_length=100, blank=True)
    made_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    closed_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("note from a reader")
        verbose_name_plural = _("notes from readers")

    def __str__(self) -> str:
        return str(_("Note %d") % self.pk)

    @property
    def may_be_answered(self) -> bool:
        """They said that an answer is safe, and where it may go."""
        return bool(self.email)
