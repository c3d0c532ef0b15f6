"""What readers say about a comment without words, and with a few."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment


class Like(models.Model):
    """One reader likes one comment. `reader_key` stands for the account or a guest's browser."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="likes")
    reader_key = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reader_key", "comment"], name="one_like_per_reader")
        ]

    def __str__(self) -> str:
        return f"{self.reader_key}: {self.comment_id}"


class Report(models.Model):
    """A reader asks moderators to look at a comment. Open until a moderator decides about it."""

    class Reason(models.TextChoices):
        PERSONAL = "personal", _("It names somebody or says where they are")
        DANGER = "danger", _("Somebody may be in danger")
        HARM = "harm", _("It is hateful, threatening or cruel")
        OFFER = "offer", _("It recruits, offers or asks for services")
        SPAM = "spam", _("It is spam")
        OTHER = "other", _("Something else")

    comment = models.ForeignKey(
        Comment, models.CASCADE, related_name="reports", verbose_name=_("comment")
    )
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    words = models.TextField(_("in their words"), max_length=2000, blank=True)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reader"),
    )
    reader_key = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(_("when"), default=timezone.now)
    closed_at = models.DateTimeField(_("dealt with"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "reader_key"],
                condition=models.Q(closed_at=None) & ~models.Q(reader_key=""),
                name="one_open_report_per_reader",
            )
        ]
        indexes = [
            models.Index(fields=["comment"], condition=models.Q(closed_at=None), name="report_open")
        ]

    def __str__(self) -> str:
        return str(self.get_reason_display())
