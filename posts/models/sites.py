"""What editors say about the blog itself, and where readers find help."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Site(models.Model):
    """What editors say about the blog itself: one row."""

    name = models.CharField(_("name"), max_length=100, default="Polaris Blog")
    tagline = models.CharField(
        _("tagline"), max_length=200, blank=True, default="Notes from the work against trafficking"
    )
    exit_url = models.URLField(
        _("where “Exit this page” leads"),
        default="https://www.weather.gov/",
        help_text=_("A neutral page that loads fast and says nothing about its reader."),
    )
    posts_per_page = models.PositiveSmallIntegerField(_("posts per page"), default=10)
    authors_need_review = models.BooleanField(
        _("authors’ posts wait for an editor"),
        default=True,
        help_text=_("Off: authors publish their own posts themselves."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Self:
        """The settings in force; defaults until an editor saved some."""
        return cls.objects.first() or cls()


class HelpLine(models.Model):
    """Where somebody in danger finds people who help, as data that editors review."""

    name = models.CharField(_("name"), max_length=200)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    text_number = models.CharField(_("text message to"), max_length=40, blank=True)
    text_word = models.CharField(_("spelled as a word"), max_length=40, blank=True)
    tty = models.CharField(_("TTY"), max_length=40, blank=True)
    chat_url = models.URLField(_("chat"), blank=True)
    reviewed_on = models.DateField(
        _("last reviewed"), help_text=_("When somebody last checked these with their source.")
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def dial(self) -> str:
        """The number as a `tel:` link wants it (RFC 3966)."""
        return "+" + "".join(filter(str.isdigit, self.phone))

    @property
    def chat_label(self) -> str:
        """The chat's address as people read it."""
        return self.chat_url.split("://", 1)[-1].rstrip("/")
