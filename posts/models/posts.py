"""Posts and pages."""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts import html, reserved
from posts.models.images import Image
from posts.models.sites import Site
from posts.models.terms import Category, Tag
from posts.pairs import JsonPairs
from posts.pictures import names_in, with_pictures

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

WORDS_PER_MINUTE = 230


class Byline(NamedTuple):
    """Somebody who wrote a post, as readers see them."""

    pk: int
    name: str


class PostQuerySet(models.QuerySet["Post"]):
    def published(self, now: Any = None) -> Self:
        """Posts and pages a stranger may read now."""
        return self.filter(status=Post.Status.PUBLISHED, published_at__lte=now or timezone.now())

    def articles(self) -> Self:
        """Posts without the pages: what lists and feeds are made of."""
        return self.filter(kind=Post.Kind.POST)

    def pages(self) -> Self:
        return self.filter(kind=Post.Kind.PAGE)

    def open(self) -> Self:
        """Those that ask no reader for a password: only their words may be shown elsewhere."""
        return self.filter(password="")

    def due(self) -> Self:
        """Scheduled ones whose hour has come."""
        return self.filter(status=Post.Status.SCHEDULED, published_at__lte=timezone.now())

    def by(self, author: User) -> Self:
        """Those that `author` wrote, alone or with others."""
        together = Post.co_authors.through.objects.filter(user_id=author.pk).values("post_id")
        return self.filter(models.Q(author=author) | models.Q(pk__in=together))

    def at(self, year: int, month: int, day: int, slug: str) -> Self:
        """The post at `/YYYY/MM/DD/slug/`; the date is the site's own, not the reader's."""
        span = day_span(year, month, day)
        return self.within(*span, slug) if span else self.none()

    def within(self, start: Any, end: Any, slug: Any) -> Self:
        """Those of that slug from `start` until before `end`."""
        return self.filter(slug=slug, published_at__gte=start, published_at__lt=end)

    def beside(self, published_at: Any, now: Any = None) -> Self:
        """The published posts just before and just after that moment, in one query."""
        published = self.published(now).articles()
        older = published.filter(published_at__lt=published_at).newest_first()
        newer = published.filter(published_at__gt=published_at).order_by("published_at", "pk")
        ids = [models.Subquery(posts.values("pk")[:1]) for posts in (older, newer)]
        return self.filter(pk__in=ids)

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def with_people(self) -> Self:
        """With authors and featured image in the same query; `post.authors` then asks no more."""
        return self.select_related("author", "featured_image").annotate(
            co_author_names=JsonPairs.of(Post.co_authors.through, "user__pk", "user__name")
        )

    def for_reading(self) -> Self:
        """With everything a post's page shows, in three queries."""
        return self.with_people().prefetch_related("categories", "tags")

    def for_lists(self) -> Self:
        """With everything a list shows, in a constant number of queries."""
        lists = self.with_people().prefetch_related("categories")
        return lists.defer("body", "html")


class Post(models.Model):
    """An article, or a page beside the articles (`kind`).

    `body` is what its author wrote, `html` the safe markup made on saving. `version` counts the
    saves. Change a post through `posts.publishing`, which keeps revisions and old addresses.
    """

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        PAGE = "page", _("Page")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        SCHEDULED = "scheduled", _("Scheduled")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Markup(models.TextChoices):
        HTML = "html", _("HTML")
        MARKDOWN = "markdown", _("Markdown")

    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.POST, editable=False
    )
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
    co_authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="co_authored",
        verbose_name=_("written together with"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.DRAFT
    )
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    is_dated = models.BooleanField(
        default=False, editable=False, help_text="An author chose the date."
    )
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    markup = models.CharField(
        _("written in"), max_length=20, choices=Markup.choices, default=Markup.HTML
    )
    body = models.TextField(_("text"), blank=True)
    html = models.TextField(editable=False, blank=True)
    word_count = models.PositiveIntegerField(default=0, editable=False)
    excerpt = models.TextField(
        _("excerpt"), blank=True, help_text=_("For lists; made from the text when empty.")
    )
    opening_words = models.TextField(editable=False, blank=True)
    content_note = models.CharField(
        _("content note"),
        max_length=250,
        blank=True,
        help_text=_("What a reader may want to know before reading on, in a few calm words."),
    )
    featured_image = models.ForeignKey(
        Image,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("featured picture"),
    )
    categories = models.ManyToManyField(
        Category, blank=True, related_name="posts", verbose_name=_("categories")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="posts", verbose_name=_("tags"))
    is_sticky = models.BooleanField(
        _("sticky"), default=False, help_text=_("Stands before the newest posts on the home page.")
    )
    password = models.CharField(max_length=128, blank=True, editable=False)
    preview_token = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    comments_open = models.BooleanField(_("readers may comment"), default=True)
    pings_open = models.BooleanField(_("other blogs may ping"), default=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["status", "-published_at"])]
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [
            ("publish_post", "Can publish posts without review"),
            ("edit_others_posts", "Can edit what others write"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        self.render()
        super().save(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came

    def clean(self) -> None:
        """One address leads to one post."""
        twins = Post.objects.filter(slug=self.slug).exclude(pk=self.pk)
        day = timezone.localtime(self.published_at)
        if twins.at(day.year, day.month, day.day, self.slug).exists():
            raise ValidationError({"slug": _("Another post of that day has this slug.")})
        if self.is_page and twins.pages().exists():
            raise ValidationError({"slug": _("Another page has this slug.")})
        if self.is_page and self.slug and not _is_free(self.slug):
            raise ValidationError({"slug": _("The blog itself uses this address. Choose another.")})

    def get_absolute_url(self) -> str:
        return reverse("pages:page", args=[self.slug]) if self.is_page else self.dated_path

    @property
    def dated_path(self) -> str:
        """`/YYYY/MM/DD/slug/`; a page has one too, under which its comments and feed live."""
        day = timezone.localtime(self.published_at)
        return reverse("posts:post", args=[day.year, day.month, day.day, self.slug])

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED and self.published_at <= timezone.now()

    @property
    def is_undated(self) -> bool:
        """Whether it takes its date from when it will be published."""
        return self.status in (self.Status.DRAFT, self.Status.REVIEW) and not self.is_dated

    @property
    def is_page(self) -> bool:
        return self.kind == self.Kind.PAGE

    @property
    def is_markdown(self) -> bool:
        return self.markup == self.Markup.MARKDOWN

    @property
    def is_protected(self) -> bool:
        """Whether readers are asked for a password. Its words may then be shown nowhere else."""
        return bool(self.password)

    @property
    def summary(self) -> str:
        """The excerpt, or the first words; nothing of what a password protects."""
        return self.excerpt or ("" if self.is_protected else self.opening_words)

    @property
    def reading_minutes(self) -> int:
        return max(1, round(self.word_count / WORDS_PER_MINUTE))

    @property
    def authors(self) -> list[Byline]:
        """Everybody who wrote it, the first author first."""
        pairs = getattr(self, "co_author_names", None)
        if pairs is None:
            pairs = self.co_authors.values_list("pk", "name") if self.pk else []
        first = [Byline(self.author.pk, str(self.author))] if self.author else []
        others = [Byline(pk, name or str(_("A reader"))) for pk, name in pairs]
        return first + sorted((b for b in others if b not in first), key=lambda b: b.name)

    def is_by(self, user_id: int) -> bool:
        """Whether this account wrote it, alone or with others. No query after `with_people`."""
        pairs = getattr(self, "co_author_names", None)
        if self.author_id == user_id or self.pk is None:
            return self.author_id == user_id
        if pairs is None:
            return self.co_authors.filter(pk=user_id).exists()
        return any(pk == user_id for pk, _name in pairs)

    def may_be_read_by(self, user: User | AnonymousUser) -> bool:
        """Everybody reads what is published; the rest is for those who may edit it."""
        return self.is_published or self.may_be_edited_by(user)

    def may_be_edited_by(self, user: User | AnonymousUser) -> bool:
        """Authors edit what they write; editors edit everything."""
        if not (user.is_staff and user.has_perm("posts.change_post")):
            return False
        if user.has_perm("posts.edit_others_posts") or self.pk is None:
            return True
        return self.is_by(user.pk)

    def may_be_published_by(self, user: User) -> bool:
        """Editors publish; authors do where the blog asks for no review."""
        return user.has_perm("posts.publish_post") or not Site.current().authors_need_review

    def opens_with(self, password: str) -> bool:
        return check_password(password, self.password)

    def protect(self, password: str) -> None:
        """Ask readers for `password`; an empty one asks for none."""
        self.password = make_password(password) if password else ""

    def render(self) -> None:
        """Make from `body` what readers get; one query where it shows own pictures."""
        make = html.post_from_markdown if self.is_markdown else html.sanitise_post
        markup = make(self.body)
        names = names_in(markup)
        images = Image.objects.named(names) if names else {}
        shown = with_pictures(markup, images, is_led=bool(self.featured_image_id))
        self.html = html.reachable(shown)
        self.word_count = len(html.plain_text(self.html).split())
        self.opening_words = html.excerpt(self.html)

    def settle_status(self) -> None:
        """Published ahead of time means scheduled; scheduled for the past means published."""
        is_ahead = self.published_at > timezone.now()
        if self.status == self.Status.PUBLISHED and is_ahead:
            self.status = self.Status.SCHEDULED
        elif self.status == self.Status.SCHEDULED and not is_ahead:
            self.status = self.Status.PUBLISHED

    def get_preview_url(self) -> str:
        """The secret link that was given out, with the site's origin."""
        return settings.SITE_URL + reverse("posts:preview", args=[self.preview_token])

    def share_preview(self) -> None:
        """Give out a new secret preview link; one given out before ends."""
        self.preview_token = secrets.token_urlsafe(32)
        Post.objects.filter(pk=self.pk).update(preview_token=self.preview_token)

    def revoke_preview(self) -> None:
        self.preview_token = ""
        Post.objects.filter(pk=self.pk).update(preview_token="")


def day_span(year: int, month: int, day: int) -> tuple[datetime.datetime, datetime.datetime] | None:
    """From when until when that day lasts on the site; None where there is no such day."""
    try:
        start = datetime.datetime(year, month, day, tzinfo=timezone.get_current_timezone())
        return start, start + datetime.timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _is_free(slug: str) -> bool:
    """Whether a page may live there: nothing but the pages' own address answers, at no level."""
    if slug.lower() in reserved.first_words():
        return False
    try:
        return resolve(f"/{slug}/").view_name == "pages:page"
    except Resolver404:
        return False


class Page(Post):
    """A page, as the admin lists it."""

    class Meta:
        proxy = True
        verbose_name = _("page")
        verbose_name_plural = _("pages")
