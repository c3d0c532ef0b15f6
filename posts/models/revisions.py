"""What a post said before, and what somebody is writing right now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User
    from posts.models.posts import Post

WORDS = ("title", "excerpt", "content_note", "body", "markup")


class RevisionQuerySet(models.QuerySet["Revision"]):
    def keep(self, post: Post, *, by: User | None, note: str = "") -> Revision:
        """Write down what `post` says in this version; keeping a version twice changes nothing."""
        words = {name: getattr(post, name) for name in (*WORDS, "slug", "status")}
        defaults = {**words, "saved_by": by, "note": note}
        return self.get_or_create(post=post, version=post.version, defaults=defaults)[0]


class Revision(models.Model):
    """One saved version of a post. Never changed, never written over."""

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField(_("version"))
    saved_at = models.DateTimeField(_("saved"), auto_now_add=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("saved by"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=20)
    slug = models.CharField(_("slug"), max_length=200)
    title = models.CharField(_("title"), max_length=250)
    excerpt = models.TextField(_("excerpt"), blank=True)
    content_note = models.CharField(_("content note"), max_length=250, blank=True)
    markup = models.CharField(_("written in"), max_length=20)
    body = models.TextField(_("text"), blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["post", "version"], name="one_revision_per_version")
        ]
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Autosave(models.Model):
    """What one author has typed and not saved: one row per author and post, or per new post.

    `version` is the post's when typing began. Gone once the post is saved.
    """

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    post = models.ForeignKey(
        "posts.Post", models.CASCADE, null=True, blank=True, related_name="autosaves"
    )
    kind = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=0)
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["author", "post"],
                condition=models.Q(post__isnull=False),
                name="one_autosave_per_author_and_post",
            ),
            models.UniqueConstraint(
                fields=["author", "kind"],
                condition=models.Q(post__isnull=True),
                name="one_autosave_per_author_of_a_new_post",
            ),
        ]

    def __str__(self) -> str:
        return str(self.typed.get("title") or self.pk)
