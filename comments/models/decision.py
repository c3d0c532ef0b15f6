"""The log of what was done about comments and people, and what a comment said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from posts.models import Post

if TYPE_CHECKING:
    from accounts.models import User


class AppendOnly(TypeError):
    """A row of the log is added and then stays as it is."""


class DecisionQuerySet(models.QuerySet["Decision"]):
    def read_by(self, user: User) -> Self:
        """What `user` may read: everything, or what was decided under posts they (also) wrote."""
        if user.has_perm("comments.moderate_everywhere"):
            return self
        return self.filter(post__in=Post.objects.by(user))

    def update(self, **changes: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class Decision(models.Model):
    """One thing that was done: who, when, what, why. Rows are added and never changed.

    It names what it is about by number, so that nothing personal outlives its comment here.
    """

    class What(models.TextChoices):
        STATUS = "status", _("Decided")
        ERASE = "erase", _("Deleted for good")
        EDIT = "edit", _("Edited")
        REDACT = "redact", _("Words cut out")
        UNSEAL = "unseal", _("Original opened")
        REPLY = "reply", _("Replied")
        BAN = "ban", _("Banned")
        UNBAN = "unban", _("Ban ended")
        STANDING = "standing", _("Standing changed")
        NOTE = "note", _("Reader’s note dealt with")

    what = models.CharField(_("what"), max_length=20, choices=What.choices, default=What.STATUS)
    comment = models.ForeignKey(
        Comment, models.SET_NULL, null=True, related_name="decisions", verbose_name=_("comment")
    )
    post = models.ForeignKey(
        Post, models.SET_NULL, null=True, related_name="+", verbose_name=_("post")
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("reader"),
    )
    subject = models.CharField(_("about"), max_length=200, blank=True)
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("moderator"),
    )
    old_status = models.CharField(
        _("from"), max_length=20, choices=Comment.Status.choices, blank=True
    )
    new_status = models.CharField(
        _("to"), max_length=20, choices=Comment.Status.choices, blank=True
    )
    why = models.CharField(_("why"), max_length=200, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    batch = models.CharField(
        max_length=32, blank=True, editable=False, help_text=_("The same for one click.")
    )
    made_at = models.DateTimeField(_("when"), default=timezone.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="decision_newest"),
            models.Index(fields=["batch"], condition=~models.Q(batch=""), name="decision_batch"),
        ]

    def __str__(self) -> str:
        if self.what == self.What.STATUS:
            return f"{self.get_old_status_display()} → {self.get_new_status_display()}"
        return str(self.get_what_display())

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        if self.comment is not None:
            self.post_id = self.comment.post_id
            self.subject = self.subject or f"#{self.comment.pk}"
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly


class Revision(models.Model):
    """What a comment said before it was changed. For moderators; gone with the comment."""

    comment = models.ForeignKey(
        Comment, models.CASCADE, related_name="revisions", verbose_name=_("comment")
    )
    text = models.TextField(_("text"))
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
        help_text=_("Nobody: the writer."),
    )
    replaced_at = models.DateTimeField(_("replaced"), default=timezone.now)

    class Meta:
        ordering = ["-replaced_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.replaced_at:%Y-%m-%d %H:%M} · {self.text[:60]}"


class Sealed(models.Model):
    """What a comment said before words were cut out of it. Opening it leaves a row in the log."""

    comment = models.ForeignKey(
        Comment, models.CASCADE, related_name="sealed", verbose_name=_("comment")
    )
    text = models.TextField(_("text"))
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("moderator"),
    )
    made_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
