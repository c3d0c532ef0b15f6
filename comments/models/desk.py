"""What moderators keep at hand: reasons, who is on what, and how each likes to work."""

from __future__ import annotations

import datetime
import secrets
from contextlib import suppress
from typing import Self

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from comments.models.comment import Comment

_signer = Signer(salt="comments.mail-key", sep=".")


class CannedReason(models.Model):
    """A reason that comes again and again: its name for the log, and kind words for the writer."""

    title = models.CharField(_("reason"), max_length=100, unique=True)
    words = models.TextField(
        _("what the writer is told"),
        max_length=2000,
        help_text=_("Kind, plain, and what they can do next. Only sent where you say so."),
    )
    position = models.PositiveSmallIntegerField(_("place"), default=0)

    class Meta:
        ordering = ["position", "title"]
        verbose_name = _("canned reason")
        verbose_name_plural = _("canned reasons")

    def __str__(self) -> str:
        return self.title


class ClaimQuerySet(models.QuerySet["Claim"]):
    def in_force(self) -> Self:
        return self.filter(made_at__gt=timezone.now() - Claim.LASTS)

    def take(self, comment: Comment, by: User) -> Claim:
        """Say that `by` is on it. Gives the claim in force afterwards, which may be another's."""
        self.filter(comment=comment, made_at__lte=timezone.now() - Claim.LASTS).delete()
        rows = self.select_related("moderator").filter(comment=comment)
        while (found := rows.first()) is None:
            with suppress(IntegrityError), transaction.atomic():
                return self.create(comment=comment, moderator=by)
        return found


class Claim(models.Model):
    """A moderator is on it. Lapses by itself, so nothing is ever stuck in somebody's hands."""

    LASTS = datetime.timedelta(minutes=30)

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="claim")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    objects = ClaimQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.moderator}: {self.comment_id}"


class DeskPreferences(models.Model):
    """How one moderator works. Defaults until they say otherwise."""

    class Mail(models.TextChoices):
        EACH = "each", _("A mail for each comment that waits")
        HOURLY = "hourly", _("One an hour for all that wait")
        DAILY = "daily", _("One a day for all that wait")
        NONE = "none", _("No mail")

    PERIODS = {
        Mail.HOURLY: datetime.timedelta(hours=1),
        Mail.DAILY: datetime.timedelta(days=1),
    }

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="desk_preferences"
    )
    hides_words = models.BooleanField(
        _("show what was written only when I ask for it"),
        default=False,
        help_text=_("The queue then says why something waits and how long it is, and no more."),
    )
    uses_keys = models.BooleanField(
        _("single keys decide in the queue"),
        default=True,
        help_text=_("j and k move, a, s and d decide, u takes back, ? lists them all."),
    )
    mail = models.CharField(_("mail"), max_length=10, choices=Mail.choices, default=Mail.EACH)
    digested_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return str(self.user)

    @classmethod
    def of(cls, user: User) -> Self:
        return cls.objects.filter(user=user).first() or cls(user=user)


class MailKeyQuerySet(models.QuerySet["MailKey"]):
    def issue(self, comment: Comment, moderator: User) -> str:
        """A key that lets `moderator` decide once about `comment` without signing in."""
        secret = secrets.token_urlsafe(24)
        row = self.create(
            comment=comment,
            moderator=moderator,
            secret_hash=_hash(secret),
            seen=comment.status,
            expires_at=timezone.now() + MailKey.LASTS,
        )
        return _signer.sign(f"{row.pk}-{secret}")

    def of(self, token: str) -> MailKey | None:
        """The key that a link holds, used and expired ones too; None when it was never ours."""
        try:
            number, _dash, secret = _signer.unsign(token).partition("-")
        except BadSignature:
            return None
        rows = self.select_related("comment__post__author", "comment__parent", "moderator")
        found = rows.filter(pk=int(number)).first()
        if found is None or not constant_time_compare(found.secret_hash, _hash(secret)):
            return None
        return found

    def use(self, key: MailKey) -> bool:
        """Whether this call, and no other, uses the key up. Call in a transaction."""
        unused = self.filter(pk=key.pk, used_at=None, expires_at__gt=timezone.now())
        return bool(unused.update(used_at=timezone.now()))


class MailKey(models.Model):
    """What stands behind the links of one mail to one moderator. Kept as a hash, good for once."""

    LASTS = datetime.timedelta(days=3)

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="+")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64)
    seen = models.CharField(max_length=20, choices=Comment.Status.choices)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    objects = MailKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.moderator}: {self.comment_id}"

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.expires_at > timezone.now()


def _hash(secret: str) -> str:
    return salted_hmac("comments.mail-key", secret, algorithm="sha256").hexdigest()
