"""What keeps the list of changes short."""

import datetime

from django.utils import timezone
from django_tasks import task

from polarisblog.pagecache.hearing import KEPT_CHANGES_SECONDS
from polarisblog.pagecache.models import Change


@task()
def prune() -> None:
    """Changes that every host has heard, or has given up on."""
    before = timezone.now() - datetime.timedelta(seconds=KEPT_CHANGES_SECONDS)
    Change.objects.filter(made_at__lt=before).delete()
