"""What authors publish, and what the site says on every page."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts import html

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Category(models.Model):
    """A shelf of posts; shelves may stand inside one another."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, unique=True, allow_unicode=True)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children"
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("posts:category", args=[self.slug])


class Tag(models.Model):
    """A word that several posts share."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, unique=True, allow_unicode=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("posts:tag", args=[self.slug])


class PostQuerySet(models.QuerySet["Post"]):
    def published(self) -> Self:
        """Posts a stranger may read now."""
        return self.filter(status=Post.Status.PUBLISHED, published_at__lte=timezone.now())

    def at(self, year: int, month: int, day: int, slug: str) -> Self:
        """The post at `/YYYY/MM/DD/slug/`; the date is the site's own, not the reader's."""
        try:
            start = datetime.datetime(year, month, day, tzinfo=timezone.get_current_timezone())
            end = start + datetime.timedelta(days=1)
        except (ValueError, OverflowError):
            return self.none()
        return self.filter(slug=slug, published_at__gte=start, published_at__lt=end)

    def beside(self, post: Post) -> Self:
        """The published posts just before and just after `post`, older first, in one query."""
        published = self.published()
        older = published.filter(published_at__lt=post.published_at).newest_first()
        newer = published.filter(published_at__gt=post.published_at).order_by("published_at", "pk")
        ids = [models.Subquery(posts.values("pk")[:1]) for posts in (older, newer)]
        return self.filter(pk__in=ids).order_by("published_at")

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def for_lists(self) -> Self:
        """With everything a list shows, in a constant number of queries."""
        return self.select_related("author").prefetch_related("categories").defer("body")


class Post(models.Model):
    """An article. `body` is what its author wrote, `html` the safe markup made on saving."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    class Markup(models.TextChoices):
        HTML = "html", _("HTML")
        MARKDOWN = "markdown", _("Markdown")

    title = models.CharField(_("title"), max_length=250)
    slug = models.SlugField(_("slug"), max_length=200, allow_unicode=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("author"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.DRAFT
    )
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    markup = models.CharField(
        _("written in"), max_length=20, choices=Markup.choices, default=Markup.HTML
    )
    body = models.TextField(_("text"), blank=True)
    html = models.TextField(editable=False, blank=True)
    excerpt = models.TextField(
        _("excerpt"), blank=True, help_text=_("For lists; made from the text when empty.")
    )
    categories = models.ManyToManyField(Category, blank=True, related_name="posts")
    tags = models.ManyToManyField(Tag, blank=True, related_name="posts")
    comments_open = models.BooleanField(_("readers may comment"), default=True)
    pings_open = models.BooleanField(_("other blogs may ping"), default=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["status", "-published_at"])]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        render = html.post_from_markdown if self.is_markdown else html.sanitise_post
        self.html = render(self.body)
        super().save(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came

    def clean(self) -> None:
        """One address leads to one post."""
        day = timezone.localtime(self.published_at)
        twins = Post.objects.at(day.year, day.month, day.day, self.slug).exclude(pk=self.pk)
        if twins.exists():
            raise ValidationError({"slug": _("Another post of that day has this slug.")})

    def get_absolute_url(self) -> str:
        day = timezone.localtime(self.published_at)
        return reverse("posts:post", args=[f"{day:%Y}", f"{day:%m}", f"{day:%d}", self.slug])

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED and self.published_at <= timezone.now()

    @property
    def is_markdown(self) -> bool:
        return self.markup == self.Markup.MARKDOWN

    @property
    def summary(self) -> str:
        """The excerpt, or the first words."""
        return self.excerpt or html.excerpt(self.html)

    def may_be_read_by(self, user: User | AnonymousUser) -> bool:
        """Everybody reads what is published; the rest is for staff who may see posts."""
        return self.is_published or (user.is_staff and user.has_perm("posts.view_post"))


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
