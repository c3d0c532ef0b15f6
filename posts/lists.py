"""The lists that lead to posts: pages show them, feeds follow them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from posts import metadata
from posts.models import Category, Post, Tag
from posts.models.posts import PostQuerySet


@dataclass(frozen=True)
class Listing:
    """`posts` (published articles, in their order) under a `heading`, with the page at `path`.

    `trail` leads from the home page down to it, in names and paths.
    """

    posts: PostQuerySet
    path: str
    heading: str = ""
    kind: str = ""
    trail: list[tuple[str, str]] = field(default_factory=list)
    has_feed: bool = True


def articles() -> PostQuerySet:
    return Post.objects.published().articles().newest_first()


def everything() -> Listing:
    """Every article, the newest first."""
    return Listing(articles(), reverse("posts:home"))


def in_category(slug: str) -> Listing:
    """The articles of a category and of those inside it. 404 where there is none."""
    category = get_object_or_404(Category, slug=slug)
    through = Post.categories.through.objects.filter(
        category_id__in=Category.objects.within(category)
    )
    return Listing(
        articles().filter(pk__in=through.values("post_id")),
        category.get_absolute_url(),
        category.name,
        _("Category"),
        metadata.category_trail(category),
    )


def tagged(slug: str) -> Listing:
    tag = get_object_or_404(Tag, slug=slug)
    path = tag.get_absolute_url()
    return Listing(articles().filter(tags=tag), path, tag.name, _("Tag"), [(tag.name, path)])


def by_author(pk: int) -> Listing:
    """What somebody has published, alone or with others; nobody else has a list."""
    published = articles()
    writers = User.objects.filter(Q(posts__in=published) | Q(co_authored__in=published))
    author = get_object_or_404(writers.distinct(), pk=pk)
    path = reverse("posts:author", args=[author.pk])
    name = str(author)
    return Listing(published.by(author), path, name, _("Author"), [(name, path)])


def of_year(year: int) -> Listing:
    path = _path("posts:year", year)
    return _period(str(year), path, _("Year"), [(str(year), path)], published_at__year=year)


def of_month(year: int, month: int) -> Listing:
    if month not in MONTHS:
        raise Http404
    path = _path("posts:month", year, month)
    heading = date_format(datetime.date(_known(year), month, 1), "YEAR_MONTH_FORMAT")
    trail = [(str(year), _path("posts:year", year)), (heading, path)]
    when = {"published_at__year": year, "published_at__month": month}
    return _period(heading, path, _("Month"), trail, **when)


def _period(
    heading: str, path: str, kind: str, trail: list[tuple[str, str]], **when: int
) -> Listing:
    """A stretch of time; one in which nothing was published does not exist."""
    _known(when["published_at__year"])
    found = articles().filter(**when)
    if not found.exists():
        raise Http404
    return Listing(found, path, heading, kind, trail, has_feed=False)


def _known(year: int) -> int:
    """`year`, if the database can count it."""
    if not datetime.MINYEAR <= year < datetime.MAXYEAR:
        raise Http404
    return year


def _path(name: str, *numbers: int) -> str:
    return reverse(name, args=numbers)
