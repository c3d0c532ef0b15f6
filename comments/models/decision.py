"""What was decided about a comment, and what it said before."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment


class Decision(models.Model):
    """One change of a comment's status. Rows are added and never changed."""

    comment = models.ForeignKey(
        Comment, models.SET_NULL, null=True, related_name="decisions", verbose_name=_("comment")
    )
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("moderator"),
    )
    old_status = models.CharField(_("from"), max_length=20, choices=Comment.Status.choices)
    new_status = models.CharField(_("to"), max_length=20, choices=Comment.Status.choices)
    why = models.CharField(_("why"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_old_status_display()} → {self.get_new_status_display()}"


class Revision(models.Model):
    """What a comment said before its writer changed it. For moderators; gone with the comment."""

    comment = models.ForeignKey(
        Comment, models.CASCADE, related_name="revisions", verbose_name=_("comment")
    )
    text = models.TextField(_("text"))
    replaced_at = models.DateTimeField(_("replaced"), default=timezone.now)

    class Meta:
        ordering = ["-replaced_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.replaced_at:%Y-%m-%d %H:%M} · {self.text[:60]}"
