"""Who asked for mail, and the mails that are to go out."""

from __future__ import annotations

import datetime
from typing import Self

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import Comment
from posts.models import Post

_signer = Signer(salt="comments.subscription", sep=".")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def with_token(self, token: str) -> Subscription | None:
        """The subscription that a mail's link names; None when it is forged or has ended."""
        try:
            number = int(_signer.unsign(token))
        except (BadSignature, ValueError):
            return None
        return self.select_related("post").filter(pk=number).first()

    def of(self, email: str) -> Self:
        return self.filter(email__iexact=email)

    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def in_conversation(self, post: Post) -> Self:
        """In force, and on this article, a thread below it or a comment there."""
        of_comments = models.Q(comment__post=post)
        return self.confirmed().filter(
            models.Q(kind=Subscription.Kind.POST, post=post) | of_comments
        )

    def about(self, comment: Comment) -> Self:
        """Whoever follows what `comment` answers, its thread or its post; not its own writer."""
        kinds = Subscription.Kind
        follows = models.Q(kind=kinds.POST, post=comment.post_id)
        follows |= models.Q(kind=kinds.THREAD, comment__thread=comment.thread_id)
        if comment.parent_id:
            follows |= models.Q(kind=kinds.REPLIES, comment=comment.parent_id)
        found = self.confirmed().filter(follows).exclude(comment=comment.pk)
        if comment.reader_id:
            found = found.exclude(reader=comment.reader_id)
        if comment.guest_key:
            found = found.exclude(comment__guest_key=comment.guest_key)
        return found


class Subscription(models.Model):
    """An address that asked for mail about something, in force once it was confirmed."""

    class Kind(models.TextChoices):
        REPLIES = "replies", _("Replies to my comment")
        THREAD = "thread", _("The whole thread")
        POST = "post", _("Every comment on this article")
        BLOG = "blog", _("New articles")

    email = models.EmailField(_("e-mail"), max_length=100)
    kind = models.CharField(_("follows"), max_length=20, choices=Kind.choices)
    post = models.ForeignKey(
        Post, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("article")
    )
    comment = models.ForeignKey(
        Comment,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("comment"),
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("reader"),
    )
    made_at = models.DateTimeField(_("asked for"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    asked_with = models.CharField(
        max_length=32, editable=False, help_text=_("The same for what one form asked for.")
    )

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [
            models.Index(fields=["kind", "post"], name="subscription_what"),
            models.Index(fields=["email"], name="subscription_email"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"

    @property
    def subject(self) -> str:
        """What is followed, in words."""
        return self.post.title if self.post else ""

    @property
    def token(self) -> str:
        """Stands in the mails' links; whoever has it received the mail."""
        return _signer.sign(str(self.pk))


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self) -> Self:
        now = timezone.now()
        return self.filter(sent_at=None, given_up_at=None, due_at__lte=now).order_by("pk")

    def claim(self, notice: Notice) -> bool:
        """Whether the caller, and no other worker meanwhile, is to send `notice`.

        One UPDATE that matches only while what was read still holds. Who claims and dies leaves it
        to whoever comes after LEASE.
        """
        return bool(
            self.due()
            .filter(pk=notice.pk, attempts=notice.attempts)
            .update(attempts=notice.attempts + 1, due_at=timezone.now() + Notice.LEASE)
        )


class Notice(models.Model):
    """One mail to one address: a row of the outbox, written with the change it tells of.

    It goes to whoever follows (`subscription`), to one of the team (`recipient`), or with `words`
    to the `email` that somebody left for an answer.

    `key` names the occasion and the address: the same mail is never queued twice. `message_id`
    stays the same at every attempt, so that where a worker died between handing a mail over and
    writing that down, the second copy is recognised as the first by whoever receives it.
    """

    LEASE = datetime.timedelta(seconds=180)

    class Kind(models.TextChoices):
        COMMENT = "comment", _("A comment")
        POST = "post", _("An article")
        CONFIRM = "confirm", _("Please confirm")
        HELD = "held", _("A comment waits")
        DIGEST = "digest", _("Comments wait")
        REFUSED = "refused", _("Why it did not appear")
        ANSWER = "answer", _("An answer to a note")

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    subscription = models.ForeignKey(
        Subscription, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    email = models.EmailField(max_length=100, blank=True)
    words = models.TextField(blank=True)
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="+")
    post = models.ForeignKey(Post, models.CASCADE, null=True, blank=True, related_name="+")
    message_id = models.CharField(max_length=200)
    made_at = models.DateTimeField(_("queued"), default=timezone.now)
    due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)
    problem = models.CharField(_("last problem"), max_length=200, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="notice_due",
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def follower(self) -> Subscription:
        """What it goes out for. Moderation's mail follows none and never asks."""
        if self.subscription is None:
            raise Subscription.DoesNotExist(self.key)
        return self.subscription
