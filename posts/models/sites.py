"""What editors say about the blog itself, and where readers find help."""

from typing import Self

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def are_web_addresses(text: str) -> None:
    """Each line is an http or https address; a validator."""
    is_address = URLValidator(schemes=["http", "https"])
    for line in text.splitlines():
        if line.strip():
            is_address(line.strip())


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

    tab_title = models.CharField(
        _("neutral tab title"),
        max_length=60,
        blank=True,
        help_text=_(
            "If set, every tab, bookmark and history entry shows this and a plain icon instead of"
            " the page’s own title. Search engines see it, too."
        ),
    )
    emergency_number = models.CharField(
        _("emergency number"),
        max_length=20,
        blank=True,
        default="911",
        help_text=_("Whom readers in immediate danger call."),
    )
    profile_urls = models.TextField(
        _("our profiles elsewhere"),
        blank=True,
        validators=[are_web_addresses],
        help_text=_("One address a line; pages name them with rel=me, so that they can verify us."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return self.name

    @property
    def profiles(self) -> list[str]:
        return [line.strip() for line in self.profile_urls.splitlines() if line.strip()]

    @classmethod
    def current(cls) -> Self:
        """The settings in force; defaults until an editor saved some."""
        return cls.objects.first() or cls()


class HelpLine(models.Model):
    """Where somebody in danger finds people who help, as data that editors review."""

    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(
        _("for readers of"),
        max_length=10,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=_("Stands first on pages in this language and is left out of the others."),
    )
    hours = models.CharField(
        _("hours"), max_length=100, blank=True, help_text=_("Such as: Day and night, free.")
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    text_number = models.CharField(_("text message to"), max_length=40, blank=True)
    text_word = models.CharField(_("spelled as a word"), max_length=40, blank=True)
    tty = models.CharField(_("TTY"), max_length=40, blank=True)
    chat_url = models.URLField(_("chat"), blank=True)
    reviewed_on = models.DateField(
        _("last reviewed"), help_text=_("When somebody last checked these with their source.")
    )
    review_every_days = models.PositiveSmallIntegerField(
        _("days until the next review"),
        default=90,
        help_text=_("Editors are reminded once they have passed."),
    )
    reminded_on = models.DateField(editable=False, null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("help line")
        verbose_name_plural = _("help lines")

    def __str__(self) -> str:
        return self.name

    @property
    def is_due(self) -> bool:
        """Whether somebody should check this line with its source again."""
        return (timezone.localdate() - self.reviewed_on).days >= self.review_every_days

    @property
    def dial(self) -> str:
        """The number as a `tel:` link wants it (RFC 3966)."""
        return "+" + "".join(filter(str.isdigit, self.phone))

    @property
    def chat_label(self) -> str:
        """The chat's address as people read it."""
        return self.chat_url.split("://", 1)[-1].rstrip("/")
