"""What waits to be done, and what was given up."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Case, Count, F, Min, QuerySet, When
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from polarisblog.background.keeping import LEASE_SECONDS
from polarisblog.background.models import Heartbeat, Schedule
from polarisblog.background.tasks import TaskResultStatus

Row = DBTaskResult[..., object]


@dataclass(frozen=True)
class Waiting:
    """Tasks that are due; `since` is when the oldest of them became so."""

    count: int
    since: datetime.datetime | None

    @property
    def seconds(self) -> float:
        return (timezone.now() - self.since).total_seconds() if self.since else 0.0


def waiting() -> Waiting:
    # One that need not wait for an hour carries the last day there is.
    due_at = Case(When(run_after=get_date_max(), then=F("enqueued_at")), default=F("run_after"))
    found = DBTaskResult.objects.ready().order_by().aggregate(count=Count("pk"), since=Min(due_at))
    return Waiting(found["count"], found["since"])


def since_overdue() -> datetime.datetime | None:
    """When the periodic task became due that no worker has begun for longest; it may be ahead.

    None before there ever was a worker.
    """
    known = Schedule.objects.filter(name__in=settings.PERIODIC_TASKS)
    since: datetime.datetime | None = known.aggregate(since=Min("due_at"))["since"]
    return since


def postponed() -> int:
    """Tasks that failed and will be tried again, or that are for later."""
    later = DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, run_after__gt=timezone.now(), run_after__lt=get_date_max()
    )
    return later.order_by().count()


def running() -> int:
    return DBTaskResult.objects.running().order_by().count()


def parked() -> QuerySet[Row]:
    """Tasks that were given up, the latest first; nothing tries them again by itself."""
    return DBTaskResult.objects.failed().order_by("-finished_at")


def try_again(number: str | None = None) -> int:
    """Queue a parked task again with all its attempts, or all parked ones; how many were.

    Asked twice it is queued once: the UPDATE only matches what is still parked.
    """
    rows = DBTaskResult.objects.failed()
    if number is not None:
        rows = rows.filter(pk=number)
    return rows.update(
        status=TaskResultStatus.READY, run_after=get_date_max(), worker_ids=[], finished_at=None
    )


def forget(number: str) -> int:
    """Delete a parked task; how many there were."""
    return DBTaskResult.objects.failed().filter(pk=number).delete()[0]


def workers() -> int:
    return Heartbeat.objects.alive(LEASE_SECONDS).count()
