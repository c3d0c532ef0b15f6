"""Which comments: questions about many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from posts.models import Post

if TYPE_CHECKING:
    from accounts.models import User
    from comments.models.comment import Comment  # noqa: F401 # quoted below, as it comes later

MAX_ID = 2**63 - 1


class CommentQuerySet(models.QuerySet["Comment"]):
    def on(self, post: Post) -> Self:
        return self.filter(post=post)

    def numbered(self, text: object) -> Self:
        """The comment with that number, as an address or a form names it; else none."""
        digits = str(text)
        if not (digits.isascii() and digits.isdigit() and int(digits[:20]) <= MAX_ID):
            return self.none()
        return self.filter(pk=int(digits[:20]))

    def approved(self) -> Self:
        return self.filter(status=self.model.Status.APPROVED)

    def awaiting_moderation(self) -> Self:
        return self.filter(status=self.model.Status.PENDING)

    def untold(self) -> Self:
        return self.filter(is_untold=True)

    def oldest_first(self) -> Self:
        return self.order_by("created_at", "pk")

    def written_by(self, *, reader_id: int | None, guest_key: str) -> Self:
        """Comments of this reader, and those a guest's browser can prove are its own."""
        mine = models.Q(pk__in=[])
        if reader_id:
            mine |= models.Q(reader_id=reader_id)
        if guest_key:
            mine |= models.Q(guest_key=guest_key)
        return self.filter(mine)

    def held_by_screening(self) -> Self:
        """What waits, and what screening alone put away: no person has decided about it yet."""
        put_away = [self.model.Status.SPAM, self.model.Status.TRASH]
        return self.filter(
            models.Q(status=self.model.Status.PENDING)
            | models.Q(status__in=put_away, decisions__isnull=True)
        )

    def moderated_by(self, user: User) -> Self:
        """What `user` decides about: everything, or what stands under posts they (also) wrote."""
        if not (user.is_active and user.is_staff and user.has_perm("comments.view_comment")):
            return self.none()
        if user.has_perm("comments.moderate_everywhere"):
            return self
        return self.filter(post__in=Post.objects.by(user))

    def listed(self) -> Self:
        """What has its place on the page: what everybody can read, and tombstones above it."""
        return self.filter(is_listed=True)
