"""Where posts used to be."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from posts.models.posts import Post


class OldAddressQuerySet(models.QuerySet["OldAddress"]):
    def leave(self, path: str, post: Post) -> None:
        """From now on `path` leads to where `post` is."""
        self.update_or_create(path=unquote(path), defaults={"post": post})

    def free(self, path: str) -> None:
        """Something lives at `path` again."""
        self.filter(path=unquote(path)).delete()


class OldAddress(models.Model):
    """A path that a published post once had, as it reads; it leads to the post for good."""

    path = models.CharField(_("path"), max_length=250, unique=True)
    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="old_addresses")

    objects = OldAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")

    def __str__(self) -> str:
        return self.path
