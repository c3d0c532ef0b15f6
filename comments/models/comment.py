"""A response to a post."""

from __future__ import annotations

import datetime
import hashlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.formats import get_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from comments.models.comment_queryset import CommentQuerySet
from comments.models.conversation import ID_WIDTH, MAX_LEVELS, Conversation
from comments.wording import skeleton
from posts import html
from posts.models import Post

if TYPE_CHECKING:
    from accounts.models import User
    from comments.models.discussion_settings import DiscussionSettings

MAX_TEXT_LENGTH = 65_525  # WordPress's, so that what was written there fits here


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

    class Mention(models.TextChoices):
        """What a webmention's page does with the post."""

        MENTION = "mention", _("Mention")
        REPLY = "reply", _("Reply")
        LIKE = "like", _("Like")
        REPOST = "repost", _("Repost")

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        SPAM = "spam", _("Spam")
        TRASH = "trash", _("Trash")

    # Without indexes of their own: those below begin with them, or leave out the many without one.
    post = models.ForeignKey(
        Post, models.CASCADE, db_index=False, related_name="comments", verbose_name=_("post")
    )
    parent = models.ForeignKey(
        "self",
        models.RESTRICT,
        null=True,
        blank=True,
        db_index=False,
        related_name="replies",
        verbose_name=_("reply to"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.COMMENT)
    mention = models.CharField(
        _("kind of mention"), max_length=20, choices=Mention.choices, blank=True
    )
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
        db_index=False,
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
    fingerprint = models.CharField(
        max_length=64, blank=True, editable=False, help_text=_("The same for the same words again.")
    )
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False)
    is_pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Its thread stands before all others.")
    )
    is_grouped = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("A like or repost elsewhere: shown in a group, neither listed nor counted."),
    )
    # Its place and its counts. Conversation and Like keep them; `save` leaves them alone.
    thread = models.ForeignKey(
        "self", models.RESTRICT, null=True, editable=False, db_index=False, related_name="+"
    )
    path = models.CharField(max_length=ID_WIDTH * MAX_LEVELS, blank=True, editable=False)
    is_listed = models.BooleanField(default=False, editable=False)
    shown_replies = models.PositiveIntegerField(default=0, editable=False)
    like_count = models.PositiveIntegerField(_("likes"), default=0, editable=False)
    taught = models.CharField(
        max_length=4, blank=True, editable=False, help_text=_("As what the spam learner knows it.")
    )
    # Whom it concerns has not been told of it yet: `announcing`.
    is_untold = models.BooleanField(default=False, db_default=False, editable=False)

    KEPT_ELSEWHERE = frozenset(
        {"thread", "path", "is_listed", "shown_replies", "like_count", "taught", "is_untold"}
    )
    NEVER_CHANGES = frozenset({"post", "parent"})

    # Set where a page is read by somebody who wrote or liked this.
    is_mine = False
    is_liked = False
    # Where it was stored just now and opens a thread: the threads that stood there already, and all
    # that is listed in them.
    threads_before: int | None = None
    listed_before: int = 0
    _rendered: str | None = None  # what `html` was made from; unknown of a row that was read

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        permissions = [
            ("moderate_everywhere", _("Can moderate under everybody’s posts")),
            ("see_addresses", _("Can see e-mail addresses")),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="comment_newest"),
            models.Index(fields=["status", "post", "created_at"], name="comment_by_status"),
            models.Index(fields=["status", "-created_at"]),
            models.Index(
                fields=["parent"], condition=models.Q(parent__isnull=False), name="comment_replies"
            ),
            models.Index(
                fields=["reader"], condition=models.Q(reader__isnull=False), name="comment_reader"
            ),
            models.Index(
                fields=["guest_key"], condition=~models.Q(guest_key=""), name="comment_guest"
            ),
            models.Index(
                fields=["address_hash"],
                condition=~models.Q(address_hash=""),
                name="comment_address",
            ),
            # The only one of all comments that begins with the post: of two, PostgreSQL could not
            # tell which is better for the same words, before it has looked at the table.
            models.Index(fields=["post", "fingerprint"], name="comment_twin"),
            models.Index(fields=["thread", "path"], name="comment_in_thread"),
            models.Index(
                fields=["post", "-is_pinned", "path"],
                condition=models.Q(parent=None, is_listed=True),
                name="comment_threads",
            ),
            models.Index(
                fields=["post", "-is_pinned", "-path"],
                condition=models.Q(parent=None, is_listed=True),
                name="comment_threads_newest",
            ),
            models.Index(
                fields=["post"], condition=models.Q(is_untold=True), name="comment_untold"
            ),
            models.Index(
                fields=["post", "status"],
                condition=models.Q(is_grouped=True),
                name="comment_reactions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {html.plain_text(self.html)[:60]}"

    @transaction.atomic(savepoint=False)
    def save(
        self, *args: object, conversation: Conversation | None = None, **kwargs: object
    ) -> None:
        """Store it, in its place, with every count that changes by it.

        A stored comment keeps its post and what it answers; what readers do to it meanwhile (likes,
        replies) is never overwritten. `conversation` is its row, where the caller holds it already.
        """
        self.render()
        expects = int(self._state.adding)
        conversation = conversation or Conversation.locked(self.post_id, expects=expects)
        if self._state.adding:
            conversation.add(self)
        else:
            kept = ("status", "is_grouped", *self.KEPT_ELSEWHERE)
            stored = Comment.objects.only(*kept).get(pk=self.pk)
            was_counted = stored.is_counted
            self.is_listed, self.shown_replies = stored.is_listed, stored.shown_replies
            kwargs["update_fields"] = set(kwargs.get("update_fields") or self._own_fields())  # type: ignore[call-overload] # names
            super().save(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came
            conversation.settle(self, was_counted=was_counted)

    @transaction.atomic
    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        """Remove the row. Raises RestrictedError where something answers it; see `erase`."""
        conversation = Conversation.locked(self.post_id)
        stored = Comment.objects.get(pk=self.pk)
        was_counted, stored.status = stored.is_counted, self.Status.TRASH
        conversation.settle(stored, was_counted=was_counted)
        return super().delete(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came

    @transaction.atomic
    def erase(self, *, by: User | None = None, why: str = "") -> None:
        """Leave nothing of what was said or of who said it; the row stays only under replies.

        The log says that it was done: `by` None where its time had come.
        """
        Conversation.locked(self.post_id)
        self.status = Comment.objects.values_list("status", flat=True).get(pk=self.pk)
        is_put_away = self.status in (self.Status.TRASH, self.Status.SPAM)
        after = self.status if is_put_away else self.Status.TRASH
        self.decisions.create(
            what="erase",
            moderator=by,
            old_status=self.status,
            new_status=after,
            why=why or str(_("Erased")),
        )
        if not self.replies.exists():
            self.delete()
            return
        self.revisions.all().delete()
        self.sealed.all().delete()
        self.reports.all().delete()
        self.subscriptions.all().delete()
        self.status, self.reason = after, str(_("Erased"))
        self.name = self.text = self.email = self.url = ""
        self.guest_key = self.address_hash = self.fingerprint = ""
        self.reader = None
        self.save()

    def take_place(self, conversation: Conversation) -> None:
        """For a new one, whose key is known."""
        own = f"{self.pk:0{ID_WIDTH}}"
        if self.parent is None:
            self.path, self.thread_id = own, self.pk
            self.threads_before = conversation.thread_count
            self.listed_before = conversation.listed_count
        else:
            self.path = self.parent.path[: (MAX_LEVELS - 1) * ID_WIDTH] + own
            self.thread_id = self.parent.thread_id

    def _own_fields(self) -> set[str]:
        names = {field.name for field in self._meta.concrete_fields if not field.primary_key}
        return names - self.KEPT_ELSEWHERE - self.NEVER_CHANGES

    def get_absolute_url(self) -> str:
        """The comment's own address, the same for ever; it leads to the page it stands on."""
        return reverse("comments:comment", args=[self.pk])

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
    def was_thrown_away(self) -> bool:
        """Whether somebody, and not screening alone, has put it into the trash."""
        return self.status == self.Status.TRASH and self.decisions.exists()

    @property
    def is_counted(self) -> bool:
        """Whether the heading counts it."""
        return self.is_approved and not self.is_grouped

    @property
    def is_on_pages(self) -> bool:
        """Whether everybody's pages show it; those that are kept then change with it (`kept`)."""
        return self.is_listed or self.is_grouped

    @property
    def is_tombstone(self) -> bool:
        """A place kept for what was removed, because something below it can be read."""
        return self.is_listed and not self.is_counted

    @property
    def is_by_post_author(self) -> bool:
        return self.reader_id is not None and self.post.is_by(self.reader_id)

    @property
    def initial(self) -> str:
        """The letter drawn in place of a picture."""
        return next((letter.upper() for letter in self.name if letter.isalnum()), "·")

    # What each response on a page shows. As text made once: Django localises numbers and dates anew
    # wherever a template prints them, which cost a fifth of a long page.
    @cached_property
    def number(self) -> str:
        return str(self.pk)

    @property
    def written_at(self) -> str:
        """For machines."""
        return timezone.localtime(self.created_at).isoformat(timespec="seconds")

    @property
    def written_on(self) -> str:
        """For people."""
        local = timezone.localtime(self.created_at)
        day, hour = date_format(local, get_format("DATE_FORMAT")), date_format(local, "g:i a")
        return _("%(day)s at %(hour)s") % {"day": day, "hour": hour}

    def render(self) -> None:
        """Make the markup from the text; reading never does. Another page's words are no markup."""
        if self._rendered == self.text:
            return
        self._rendered = self.text
        if self.is_linkback:
            self.html = format_html("<p>{}</p>", self.text) if self.text else ""
        else:
            self.html = html.comment_from_markdown(self.text)

    def may_be_answered(self) -> bool:
        """Only what everybody can read is replied to, and nobody replies to another page."""
        return self.is_approved and not self.is_linkback

    def may_be_edited(self, settings: DiscussionSettings) -> bool:
        """By its writer: for a while after writing, unless a moderator has put it away."""
        age = timezone.now() - self.created_at
        in_time = age < datetime.timedelta(minutes=settings.edit_minutes)
        return in_time and not self.is_linkback and (self.is_approved or self.is_pending)

    def may_be_deleted(self, settings: DiscussionSettings) -> bool:
        """By its writer: with an account always, as a guest while it may be edited."""
        is_there = self.is_approved or self.is_pending
        return is_there and (self.reader_id is not None or self.may_be_edited(settings))

    def may_be_moderated_by(self, user: User) -> bool:
        """Whether `user` may decide about it."""
        is_team = user.is_active and user.is_staff and user.has_perm("comments.change_comment")
        is_everywhere = user.has_perm("comments.moderate_everywhere")
        return is_team and (is_everywhere or self.post.is_by(user.pk))

    def take_fingerprint(self) -> None:
        """The same for the same words by the same name in answer to the same comment."""
        writer = f"reader {self.reader_id}" if self.reader_id else skeleton(self.name)
        said = f"{self.parent_id}\n{writer}\n{skeleton(self.text)}"
        self.fingerprint = hashlib.sha256(said.encode()).hexdigest()
