"""What posts are sorted by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class CategoryQuerySet(models.QuerySet["Category"]):
    def tree(self) -> list[Category]:
        """All of these, each parent before its children, with `depth` set; one query."""
        children: dict[int | None, list[Category]] = {}
        for category in self.order_by("name"):
            children.setdefault(category.parent_id, []).append(category)
        return list(_walk(children, None, 0))

    def within(self, category: Category) -> list[int]:
        """The ids of `category` and of everything below it; one query however deep."""
        parents = dict(self.values_list("pk", "parent_id"))
        return [pk for pk in parents if category.pk in _line(pk, parents)]


def _walk(
    children: dict[int | None, list[Category]], parent: int | None, depth: int
) -> Iterator[Category]:
    for category in children.get(parent, []):
        category.depth = depth
        yield category
        yield from _walk(children, category.pk, depth + 1)


def _line(pk: int | None, parents: Mapping[int, int | None]) -> list[int]:
    """`pk` and those above it; ends even where a circle stands in the database."""
    line: list[int] = []
    while pk is not None and pk not in line:
        line.append(pk)
        pk = parents.get(pk)
    return line


class Category(models.Model):
    """A shelf of posts; shelves may stand inside one another."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, unique=True, allow_unicode=True)
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("inside"),
    )

    objects = CategoryQuerySet.as_manager()
    depth = 0

    class Meta:
        ordering = ["name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A shelf cannot stand inside itself, not even by way of others."""
        parents = dict(Category.objects.values_list("pk", "parent_id"))
        if self.pk and self.pk in _line(self.parent_id, parents):
            raise ValidationError({"parent": _("A category cannot be inside itself.")})

    def get_absolute_url(self) -> str:
        return reverse("posts:category", args=[self.slug])


class Tag(models.Model):
    """A word that several posts share."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, unique=True, allow_unicode=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("posts:tag", args=[self.slug])
