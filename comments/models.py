"""What others say about a post, and what moderators decided about it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts import html
from posts.models import Post

MAX_ID = 2**63 - 1
MAX_TEXT_LENGTH = 65_525  # WordPress's, so that what was written there fits here


class CommentQuerySet(models.QuerySet["Comment"]):
    def on(self, post: Post) -> Self:
        return self.filter(post=post)

    def numbered(self, text: object) -> Self:
        """The comment with that number, as an address or a form names it; else none."""
        digits = str(text)
        if not (digits.isascii() and digits.isdigit() and int(digits[:20]) <= MAX_ID):
            return self.none()
        return self.filter(pk=int(digits[:20]))

    def approved(self) -> Self:
        return self.filter(status=Comment.Status.APPROVED)

    def awaiting_moderation(self) -> Self:
        return self.filter(status=Comment.Status.PENDING)

    def oldest_first(self) -> Self:
        return self.order_by("created_at", "pk")

    def written_by(self, *, reader_id: int | None, guest_key: str) -> Self:
        """Comments of this reader, and those a guest's browser can prove are its own."""
        mine = models.Q(pk__in=[])
        if reader_id:
            mine |= models.Q(reader_id=reader_id)
        if guest_key:
            mine |= models.Q(guest_key=guest_key)
        return self.filter(mine)

    def visible_to(self, *, reader_id: int | None, guest_key: str) -> Self:
        """What everybody may read, and a writer's own held comments."""
        own = self.written_by(reader_id=reader_id, guest_key=guest_key).awaiting_moderation()
        return self.filter(
            models.Q(status=Comment.Status.APPROVED) | models.Q(pk__in=own.values("pk"))
        )


class Comment(models.Model):
    """A response to a post: a reader's words, or another page that links here.

    `text` is what was typed, `html` the safe markup made from it when it was stored. A linkback's
    `name` is its page's title and `url` its source.
    """

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        PINGBACK = "pingback", _("Pingback")
        TRACKBACK = "trackback", _("Trackback")
        WEBMENTION = "webmention", _("Webmention")

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        SPAM = "spam", _("Spam")
        TRASH = "trash", _("Trash")

    post = models.ForeignKey(Post, models.CASCADE, related_name="comments", verbose_name=_("post"))
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="replies",
        verbose_name=_("reply to"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.COMMENT)
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.PENDING
    )
    reason = models.CharField(
        _("why this status"),
        max_length=200,
        blank=True,
        help_text=_("Screening's or a moderator's."),
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="comments",
        verbose_name=_("reader"),
    )
    name = models.CharField(_("name"), max_length=245)
    email = models.EmailField(_("e-mail"), max_length=100, blank=True)
    url = models.URLField(_("website"), max_length=2000, blank=True)
    text = models.TextField(_("text"), max_length=MAX_TEXT_LENGTH)
    html = models.TextField(editable=False, blank=True)
    created_at = models.DateTimeField(_("submitted"), default=timezone.now)
    guest_key = models.CharField(
        max_length=64, blank=True, editable=False, help_text=_("Proves a guest's browser wrote it.")
    )
    address_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["post", "status", "created_at"]),
            models.Index(fields=["status", "-created_at"]),
            models.Index(
                fields=["guest_key"], condition=~models.Q(guest_key=""), name="comment_guest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {html.plain_text(self.html)[:60]}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.render()
        super().save(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came

    def get_absolute_url(self) -> str:
        return f"{self.post.get_absolute_url()}#comment-{self.pk}"

    @property
    def is_linkback(self) -> bool:
        return self.kind != self.Kind.COMMENT

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def is_approved(self) -> bool:
        return self.status == self.Status.APPROVED

    @property
    def is_by_post_author(self) -> bool:
        return self.reader_id is not None and self.reader_id == self.post.author_id

    @property
    def initial(self) -> str:
        """The letter drawn in place of a picture."""
        return next((letter.upper() for letter in self.name if letter.isalnum()), "·")

    def render(self) -> None:
        """Make the markup from the text; reading never does."""
        self.html = html.comment_from_markdown(self.text)

    def may_be_answered(self) -> bool:
        """Only what everybody can read is replied to, and nobody replies to another page."""
        return self.is_approved and not self.is_linkback


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


class DiscussionSettings(models.Model):
    """How the conversation works, as editors set it: one row."""

    holds_everything = models.BooleanField(_("hold every comment"), default=False)
    links_to_hold = models.PositiveSmallIntegerField(
        _("links that hold a comment"), default=2, help_text=_("This many or more; 0 holds none.")
    )
    requires_email = models.BooleanField(_("guests must give an e-mail address"), default=False)
    max_depth = models.PositiveSmallIntegerField(
        _("levels of replies"), default=5, help_text=_("Deeper ones stand at the last level.")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("discussion settings")

    def __str__(self) -> str:
        return str(_("Discussion settings"))

    @classmethod
    def current(cls) -> Self:
        """The settings in force; defaults until an editor has saved some."""
        return cls.objects.first() or cls()
