"""A reader chooses the name that others see."""

from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.names import cleaned, skeleton
from accounts.signals import reader_renamed
from polarisblog.pagecache.until_changed import UntilChanged


def is_the_teams(name: str, *, besides: User | None = None) -> bool:
    """Whether `name` can be taken for that of somebody else who writes or moderates here."""
    besides_pk = besides.pk if besides else None
    team: list[tuple[int, str]] = _team()
    names = tuple(other for pk, other in team if pk != besides_pk)
    return skeleton(name) in _skeletons(names)


@UntilChanged
def _team() -> Any:
    return User.objects.filter(is_staff=True, is_active=True).values_list("pk", "name")


@lru_cache
def _skeletons(names: tuple[str, ...]) -> set[str]:
    """Asked again for the same team with each comment."""
    return {skeleton(name) for name in names} - {""}


def check(name: str, reader: User) -> str:
    """The name as it will stand, or ValidationError in words.

    Nobody takes the name of somebody who writes or moderates here: readers trust those.
    """
    name = cleaned(name)
    if not name:
        raise ValidationError(_("Please give a name; it need not be your real one."))
    if reader.is_staff:
        return name
    if is_the_teams(name, besides=reader):
        raise ValidationError(
            _("Somebody of the team here goes by that name. Please choose another.")
        )
    return name


@transaction.atomic
def choose(reader: User, name: str) -> None:
    """Let `reader` go by a checked `name`, on what was written before, too."""
    is_new = name != reader.name
    reader.name, reader.has_chosen_name = name, True
    reader.save(update_fields=["name", "has_chosen_name"])
    if is_new:
        reader_renamed.send(sender=User, reader=reader, name=name)


def settle(reader: User, name: str) -> None:
    """The first comment settles the name: the one in the form, or the suggestion unchanged."""
    if not reader.has_chosen_name:
        choose(reader, name or str(reader))
