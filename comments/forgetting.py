"""What is not kept longer than it is needed. Runs in the background; again is no harm."""

import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from comments.models import (
    Ban,
    Comment,
    DiscussionSettings,
    MailKey,
    Notice,
    PrivateNote,
    Report,
    Sealed,
    Subscription,
)

GUEST_DAYS = 2  # longer than a guest's cookie is good for
UNCONFIRMED_DAYS = 7
SENT_DAYS = 30
ERASED_AT_ONCE = 500


def forget() -> None:
    """Everything whose time has come, by the settings in force."""
    settings = DiscussionSettings.current()
    forget_addresses(settings.address_days)
    forget_guests()
    forget_mail()
    forget_notes(settings)
    empty_trash(settings.trash_days)


def forget_addresses(days: int) -> None:
    """The hashes of commenters' network addresses; a ban's goes with the ban."""
    Comment.objects.filter(created_at__lt=_ago(days)).exclude(address_hash="").update(
        address_hash=""
    )
    Ban.objects.exclude(address_hash="").filter(ends_at__lt=timezone.now()).delete()


def forget_guests() -> None:
    """The keys that tied comments to browsers: nobody's cookie opens them any more."""
    Comment.objects.filter(created_at__lt=_ago(GUEST_DAYS)).exclude(guest_key="").update(
        guest_key=""
    )
    Report.objects.filter(closed_at__lt=_ago(GUEST_DAYS)).exclude(reader_key="").update(
        reader_key=""
    )


def forget_mail() -> None:
    """Addresses that never answered, and mails that are long out."""
    Subscription.objects.filter(confirmed_at=None, made_at__lt=_ago(UNCONFIRMED_DAYS)).delete()
    finished = Notice.objects.exclude(sent_at=None, given_up_at=None)
    finished.filter(made_at__lt=_ago(SENT_DAYS)).delete()


def forget_notes(settings: DiscussionSettings) -> None:
    """What readers told moderators alone, words that were cut out, and keys that open nothing."""
    PrivateNote.objects.filter(made_at__lt=_ago(settings.note_days)).delete()
    Sealed.objects.filter(made_at__lt=_ago(settings.sealed_days)).delete()
    MailKey.objects.filter(expires_at__lt=timezone.now()).delete()


def empty_trash(days: int) -> None:
    """Erase what has lain in trash or spam for so long since it was last decided about."""
    thrown_away = Q(status=Comment.Status.TRASH) | Q(status=Comment.Status.SPAM)
    lately = Q(decisions__made_at__gte=_ago(days)) | Q(created_at__gte=_ago(days))
    kept = Comment.objects.filter(thrown_away & lately).values("pk")
    old = Comment.objects.filter(thrown_away).exclude(pk__in=kept).exclude(text="", name="")
    # Newest first, so that replies go before what they answer and leave no empty place.
    for comment in old.order_by("-pk")[:ERASED_AT_ONCE]:
        comment.erase(why=_("Its time in the trash was over"))


def _ago(days: int) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(days=days)
