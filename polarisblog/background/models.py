"""What workers tell each other through the database.

Every instant here is the database's own, so that workers on machines whose clocks differ agree.
"""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import DateTimeField, ExpressionWrapper, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now


def seconds_from_now(seconds: float) -> ExpressionWrapper[Combinable]:
    """The database's time, `seconds` later (earlier, when negative)."""
    return ExpressionWrapper(
        Now() + Value(timedelta(seconds=seconds), output_field=models.DurationField()),
        output_field=DateTimeField(),
    )


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def alive(self, lease_seconds: float) -> Self:
        return self.filter(beat_at__gte=seconds_from_now(-lease_seconds))

    def beat(self, worker_id: str) -> None:
        self.update_or_create(worker_id=worker_id, defaults={"beat_at": Now()})


class Heartbeat(models.Model):
    """The last sign of life of a worker. Gone when the worker ended in good order."""

    worker_id = models.CharField(primary_key=True, max_length=64)
    beat_at = models.DateTimeField(db_index=True)

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.worker_id} at {self.beat_at}"


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def claim(self, name: str, every_seconds: float) -> bool:
        """Whether the caller, and nobody else in this period, is to do what `name` stands for.

        Call it in a transaction with the work, so that a crash between the two loses neither. Due
        at once when seen for the first time. One that lies further ahead than a whole period
        (the period was shortened, a clock was wrong) is due too.
        """
        self.get_or_create(name=name, defaults={"due_at": Now()})
        is_due = Q(due_at__lte=Now()) | Q(due_at__gt=seconds_from_now(every_seconds + 1))
        claimed = self.filter(is_due, name=name).update(due_at=seconds_from_now(every_seconds))
        return bool(claimed)


class Schedule(models.Model):
    """When a periodic task is due next."""

    name = models.CharField(primary_key=True, max_length=200)
    due_at = models.DateTimeField()

    objects = ScheduleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} at {self.due_at}"
