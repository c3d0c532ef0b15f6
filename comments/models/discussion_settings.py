"""How the conversation works, as editors set it."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.conversation import MAX_LEVELS
from polarisblog.pagecache.until_changed import UntilChanged
from posts.models import Post

ONE_PER_LINE = _("One per line; upper and lower case are the same, and so are spellings in markup.")


class DiscussionSettings(models.Model):
    """One row. The defaults are WordPress's where it has the setting."""

    newest_first = models.BooleanField(
        _("newest threads first"), default=False, help_text=_("Readers may choose for themselves.")
    )
    threads_per_page = models.PositiveSmallIntegerField(
        _("threads on a page"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    max_depth = models.PositiveSmallIntegerField(
        _("levels of replies"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_LEVELS)],
        help_text=_("Deeper ones stand at the last level."),
    )
    closes_after_days = models.PositiveSmallIntegerField(
        _("close articles to comments after days"), default=0, help_text=_("0 never closes.")
    )
    requires_email = models.BooleanField(_("guests must give an e-mail address"), default=False)
    edit_minutes = models.PositiveSmallIntegerField(
        _("minutes in which writers may change their comment"),
        default=30,
        help_text=_("0 for never. Readers with an account may always delete theirs."),
    )
    takes_linkbacks = models.BooleanField(
        _("other sites may tell us that they link here"),
        default=True,
        help_text=_("Pingbacks, trackbacks and webmentions. Each article can refuse for itself."),
    )
    holds_everything = models.BooleanField(_("hold every comment"), default=False)
    holds_first_comment = models.BooleanField(
        _("hold a reader's first comment"),
        default=True,
        help_text=_("A guest's name proves nothing, so with this on every guest's comment waits."),
    )
    links_to_hold = models.PositiveSmallIntegerField(
        _("links that hold a comment"), default=2, help_text=_("This many or more; 0 holds none.")
    )
    hold_words = models.TextField(
        _("words that hold a comment"), blank=True, help_text=ONE_PER_LINE
    )
    disallowed_words = models.TextField(
        _("words that send a comment to the trash"), blank=True, help_text=ONE_PER_LINE
    )
    learns_spam = models.BooleanField(
        _("learn from what moderators mark as spam"),
        default=True,
        help_text=_("Here on this machine; no comment is sent anywhere."),
    )
    reports_to_hold = models.PositiveSmallIntegerField(
        _("reports that hold a comment"),
        default=3,
        help_text=_("By so many different readers, until a moderator decides; 0 for never."),
    )
    mails_are_discreet = models.BooleanField(
        _("mail gives nothing away"),
        default=True,
        help_text=_("Subject and text name no topic and quote nobody; they lead here."),
    )
    address_days = models.PositiveSmallIntegerField(
        _("days the hash of a commenter's address is kept"), default=30
    )
    trash_days = models.PositiveSmallIntegerField(
        _("days until trash and spam are erased"), default=30
    )

    note_days = models.PositiveSmallIntegerField(
        _("days until notes to the moderators are erased"), default=30
    )
    sealed_days = models.PositiveSmallIntegerField(
        _("days until words that were cut out are erased"), default=30
    )

    class Meta:
        verbose_name = verbose_name_plural = _("discussion settings")

    def __str__(self) -> str:
        return str(_("Discussion settings"))

    @classmethod
    def current(cls) -> Self:
        """The settings in force; defaults until an editor has saved some."""
        return next(iter(_settings()), None) or cls()

    @classmethod
    def for_post(cls, post: Post) -> Self:
        """The same, read once for all parts of a post's page."""
        kept: Self | None = post.__dict__.get("_discussion_settings")
        if kept is None:
            kept = post.__dict__["_discussion_settings"] = cls.current()
        return kept

    def is_open(self, post: Post) -> bool:
        """Whether `post` takes comments now."""
        if not post.comments_open:
            return False
        age = timezone.now() - post.published_at
        return not self.closes_after_days or age < datetime.timedelta(days=self.closes_after_days)


@UntilChanged
def _settings() -> Any:
    return DiscussionSettings.objects.all()[:1]
