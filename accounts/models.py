"""Who people are: readers who sign in to comment, authors, moderators."""

from __future__ import annotations

import secrets
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.sessions import SessionStore


class User(AbstractUser):
    """Somebody with an account. `username` is never shown in public; `name` is all others see.

    Until `has_chosen_name` the name is a provider's suggestion and nobody but its bearer sees it.
    `picture_key` is there where they chose to show a picture: see `Picture`.
    `is_unproven` marks this one object, for one request: staff who are here without the second
    factor that they need hold no permission anywhere (see `accounts.second_factor`).
    """

    is_unproven = False

    first_name = None  # type: ignore[assignment] # one name, as its bearer writes it
    last_name = None  # type: ignore[assignment] # as above
    name = models.CharField(
        _("public name"),
        max_length=245,
        blank=True,
        help_text=_("Shown beside comments and posts."),
    )
    has_chosen_name = models.BooleanField(default=False, editable=False)
    picture_key = models.CharField(max_length=32, blank=True, editable=False)

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """The name others see; never the user name, which may be a provider's handle."""
        return self.name or str(_("A reader"))

    def get_short_name(self) -> str:
        return self.get_full_name()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return not self.is_unproven and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return not self.is_unproven and super().has_module_perms(app_label)

    @property
    def confirmed_email(self) -> str:
        """The address they added and confirmed; empty where there is none."""
        addresses = self.emailaddress_set  # type: ignore[attr-defined] # allauth's, who comes later
        found = addresses.filter(verified=True).order_by("-primary", "pk").first()
        return found.email if found else ""

    @property
    def picture_url(self) -> str:
        """Where the picture they chose to show is; empty where there is none. No query."""
        return reverse("picture", args=[self.picture_key]) if self.picture_key else ""


class SessionQuerySet(models.QuerySet["Session"]):
    def of(self, reader_id: int) -> Self:
        """Those that still open that reader's account, the newest first."""
        return self.filter(reader_id=reader_id, expire_date__gt=timezone.now()).order_by(
            "-began_on", "pk"
        )


class Session(AbstractBaseSession):
    """A browser that has a session, and whose it is; empty columns where nobody is signed in.

    `device` is two coarse words (`accounts.devices`). There is no address, and no time but the day:
    the list tells whoever sits at a reader's open browser what other devices that reader has.
    """

    # No foreign key: a request that ends after its reader has left must not fail on it.
    reader_id = models.BigIntegerField(null=True, db_index=True)
    device = models.CharField(max_length=40, blank=True)
    began_on = models.DateField(null=True)

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()  # type: ignore[misc] # as Django's own does

    class Meta(AbstractBaseSession.Meta):
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore

    @property
    def handle(self) -> str:
        """Names it in a page. The key itself would open the session."""
        return salted_hmac("accounts.session", self.pk, algorithm="sha256").hexdigest()[:20]


class Picture(models.Model):
    """The small copy of a provider's picture that a reader asked us to show.

    In the database and not in a file: it goes when its reader goes, in the same transaction, and it
    is in every backup and on every machine. `image` is empty while the copy is being fetched;
    `problem` says why there will be none. The key changes with the image, so that a browser may
    keep what it has for good.
    """

    reader = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="picture", verbose_name=_("reader")
    )
    provider = models.CharField(_("from"), max_length=200)
    key = models.CharField(max_length=32, blank=True, db_index=True)
    image = models.BinaryField()
    problem = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.provider}, {len(self.image)} bytes"

    @property
    def is_waiting(self) -> bool:
        return not self.image and not self.problem


def new_deletion_code() -> str:
    return secrets.token_urlsafe(18)


class Deletion(models.Model):
    """That Facebook told us to forget somebody, and what came of it; not whom.

    `digest` is of the signed request, so that the same one twice is done once.
    """

    class Outcome(models.TextChoices):
        NOTHING_KEPT = "nothing_kept", _("Nothing about this account was kept here.")
        CONNECTION = (
            "connection",
            _("The connection to Facebook and all that came with it is gone."),
        )
        ACCOUNT = "account", _("The account here is gone, and comments stand without a name.")

    code = models.CharField(max_length=40, unique=True, default=new_deletion_code)
    digest = models.CharField(max_length=64, unique=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    done_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.code}: {self.outcome}"

    def get_absolute_url(self) -> str:
        return reverse("facebook_deletion", args=[self.code])
