"""What keeps the queue going whatever becomes of a single worker.

Each function is safe to call from any number of workers at any moment: every change is one UPDATE
that only matches while what was read still holds.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from polarisblog.background.models import Heartbeat, Schedule, seconds_from_now
from polarisblog.background.tasks import TaskResultStatus

log = logging.getLogger(__name__)

# A worker that was silent for so long is taken for dead.
LEASE_SECONDS = 30.0
# A task that took its worker down this often will do it again: it may be what kills them.
MOST_ATTEMPTS = 3
PRUNE_EVERY_SECONDS = 3600
KEEP_TASKS = timedelta(days=7)
KEEP_HEARTBEATS = timedelta(days=1)


class Abandoned(Exception):
    """What stands as the reason where a task was parked because its workers died."""


def recover_abandoned_tasks(lease_seconds: float = LEASE_SECONDS) -> int:
    """Queue the tasks of dead workers again, or park them after MOST_ATTEMPTS; how many there were.

    A worker that only seemed dead may still be at it: tasks must be safe to repeat.
    """
    # Tasks first: a worker that starts between the two queries is alive in the second.
    running = list(DBTaskResult.objects.running().only("id", "started_at", "worker_ids"))
    if not running:
        return 0
    alive = set(Heartbeat.objects.alive(lease_seconds).values_list("worker_id", flat=True))
    abandoned = [row for row in running if not row.worker_ids or row.worker_ids[-1] not in alive]
    return sum(_recover(row) for row in abandoned)


def _recover(row: DBTaskResult[..., object]) -> int:
    attempts = len(row.worker_ids)
    change: dict[str, object] = {"status": TaskResultStatus.READY}
    if attempts >= MOST_ATTEMPTS:
        change = {
            "status": TaskResultStatus.FAILED,
            "finished_at": Now(),
            "exception_class_path": f"{__name__}.{Abandoned.__qualname__}",
            "traceback": f"Parked: the worker died in each of {attempts} attempts, the last time "
            f"{row.worker_ids[-1:]}. Nothing will try again by itself.",
        }
    # Each claim writes a new started_at, so this matches the very attempt that was looked at.
    changed = DBTaskResult.objects.running().filter(pk=row.pk, started_at=row.started_at)
    recovered = changed.update(**change)
    if recovered:
        log.warning("task %s: its worker died (attempt %d)", row.pk, attempts)
    return recovered


def enqueue_due_tasks() -> int:
    """Enqueue each of settings.PERIODIC_TASKS that is due; how many were."""
    return sum(_enqueue_if_due(path, every) for path, every in settings.PERIODIC_TASKS.items())


def _enqueue_if_due(path: str, every_seconds: int) -> int:
    try:
        with transaction.atomic():
            if not Schedule.objects.claim(path, every_seconds):
                return 0
            periodic = import_string(path)
            waiting = DBTaskResult.objects.filter(
                task_path=periodic.module_path, status=TaskResultStatus.READY
            )
            # Where the queue is behind, more of the same would only lengthen it.
            if waiting.exists():
                return 0
            periodic.enqueue()
            return 1
    except Exception:
        # One that cannot be enqueued must not hold up the others.
        log.exception("periodic task %s was not enqueued", path)
        return 0


@transaction.atomic
def prune() -> None:
    """Once an hour, delete finished tasks after a week and lost heartbeats after a day."""
    if Schedule.objects.claim("prune", PRUNE_EVERY_SECONDS):
        finished = DBTaskResult.objects.filter(
            status__in=(TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED),
            finished_at__lt=seconds_from_now(-KEEP_TASKS.total_seconds()),
        )
        finished.delete()
        lost = seconds_from_now(-KEEP_HEARTBEATS.total_seconds())
        Heartbeat.objects.filter(beat_at__lt=lost).delete()
