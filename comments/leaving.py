"""A reader changes their name, takes everything along, or leaves: what becomes of comments."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.signals import personal_data_requested, reader_leaving, reader_renamed
from comments.models import Comment

FIELDS = (
    *("id", "kind", "status", "created_at", "name", "email", "url", "text", "parent_id"),
    *("guest_key", "address_hash"),
)


@receiver(reader_renamed)
def rename(reader: User, name: str, **kwargs: Any) -> None:
    """The new name stands on what was written before, too: whoever hides behind it needs that."""
    _by(reader).update(name=name)


@receiver(personal_data_requested)
def hand_over(reader: User, **kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    rows = _by(reader).select_related("post").order_by("pk")
    return {
        "comments": [
            {
                **{field: getattr(comment, field) for field in FIELDS},
                "address": comment.get_absolute_url(),
                "on": comment.post.title,
            }
            for comment in rows
        ]
    }


@receiver(reader_leaving)
def part_with(reader: User, *, keeps_comments: bool, **kwargs: Any) -> None:
    """Take the name off what stays; what goes is deleted.

    One that others answered cannot go without tearing their thread: its words go, its place stays
    (in the trash), so that every reply is still read where it was.
    """
    mine = _by(reader)
    nameless = {"name": _("A former reader"), "email": "", "url": "", "guest_key": ""}
    if keeps_comments:
        mine.update(reader=None, address_hash="", **nameless)
        return
    answered = Comment.objects.filter(parent=OuterRef("pk")).exclude(reader=reader)
    kept = mine.filter(Exists(answered)).values_list("pk", flat=True)
    mine.exclude(pk__in=list(kept)).delete()
    mine.update(
        **nameless,
        text="",
        html="",
        address_hash="",
        status=Comment.Status.TRASH,
        reason=_("Its writer left"),
        reader=None,
    )


def _by(reader: User) -> QuerySet[Comment]:
    return Comment.objects.filter(reader=reader)
