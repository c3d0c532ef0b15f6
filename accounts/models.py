"""Who people are: readers who sign in to comment, authors, moderators."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody with an account. `username` is never shown in public; `name` is all others see."""

    first_name = None  # type: ignore[assignment] # one name, as its bearer writes it
    last_name = None  # type: ignore[assignment] # as above
    name = models.CharField(
        _("public name"),
        max_length=245,
        blank=True,
        help_text=_("Shown beside comments and posts."),
    )

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """The name others see; never the user name, which may be a provider's handle."""
        return self.name or str(_("A reader"))

    def get_short_name(self) -> str:
        return self.get_full_name()
