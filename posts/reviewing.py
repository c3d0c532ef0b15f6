"""Editors are reminded to check the help lines: a wrong number may cost a life."""

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from posts.models import HelpLine

DAYS_BETWEEN_REMINDERS = 7


def due() -> list[HelpLine]:
    """Help lines that somebody should look at again."""
    return [line for line in HelpLine.objects.all() if line.is_due]


def remind() -> int:
    """Write to everybody who may change the lines that are due; each line at most once a week.

    Gives how many were written about. Safe to repeat: a line is marked before the mail goes out,
    so that a mail server that fails half-way is not asked every day.
    """
    today = timezone.localdate()
    lines = [
        line
        for line in due()
        if line.reminded_on is None or (today - line.reminded_on).days >= DAYS_BETWEEN_REMINDERS
    ]
    addresses = editors_addresses()
    if not lines or not addresses:
        return 0
    HelpLine.objects.filter(pk__in=[line.pk for line in lines]).update(reminded_on=today)
    url = f"{settings.SITE_URL}{reverse('admin:posts_helpline_changelist')}"
    with translation.override(settings.LANGUAGE_CODE):
        # Neutral outside: a subject line is seen by whoever looks at the screen.
        subject = _("Something to review on the site")
        body = render_to_string("posts/mail/review.txt", {"lines": lines, "url": url})
        for address in addresses:
            send_mail(subject, body, None, [address])
    return len(lines)


def editors_addresses() -> list[str]:
    """Of active staff who may change help lines."""
    permission = Permission.objects.filter(
        content_type__app_label="posts", codename="change_helpline"
    )
    may = (
        Q(is_superuser=True)
        | Q(user_permissions__in=permission)
        | Q(groups__permissions__in=permission)
    )
    staff = User.objects.filter(may, is_active=True, is_staff=True).exclude(email="")
    return list(staff.order_by("pk").values_list("email", flat=True).distinct())
