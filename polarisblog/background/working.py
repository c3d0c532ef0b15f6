"""Our worker: django_tasks_db's loop, with second chances.

A task runs *at least* once. It runs again when it raises, when its worker dies, and even when its
worker only seemed to have died, so every task must be safe to repeat.
"""

import logging
import signal
import time
from datetime import timedelta
from traceback import format_exception
from types import FrameType
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db import compat
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from polarisblog.background.beating import Pulse
from polarisblog.background.keeping import LEASE_SECONDS
from polarisblog.background.tasks import TaskResultStatus

log = logging.getLogger(__name__)

Row = DBTaskResult[..., Any]

# How long to wait after each attempt that raised; after one more it is parked as failed.
RETRY_AFTER_SECONDS = (10, 60, 600)
# Whoever stops us kills us after ten seconds; before that the task is put back in good order.
FINISH_SECONDS = 6


class Worker(db_worker.Worker):
    """Runs queued tasks until told to stop, or with `batch` until none is ready."""

    def __init__(
        self,
        *,
        interval: float = 1.0,
        batch: bool = False,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=interval,
            batch=batch,
            backend_name=compat.DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )
        self.lease_seconds = lease_seconds

    def run(self) -> None:
        while self.running:
            try:
                with Pulse(self.worker_id, self.lease_seconds) as pulse:
                    pulse.begin()
                    super().run()
                return
            except (OperationalError, InterfaceError):
                # The database is away. What we were running could not be written down, so we come
                # back under another name and the dead one's tasks are recovered.
                log.exception("the worker lost its database and starts afresh")
                self.worker_id = get_random_string(32)
                close_old_connections()
                time.sleep(self.interval)

    def configure_signals(self) -> None:
        super().configure_signals()
        signal.signal(signal.SIGALRM, self._abandon)

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """End now when idle, else after this task; at once when asked again."""
        is_repeated, self.running = not self.running, False
        if is_repeated or not self.running_task:
            raise SystemExit(int(is_repeated))
        signal.alarm(FINISH_SECONDS)

    def _abandon(self, signum: int, frame: FrameType | None) -> None:
        raise SystemExit(1)

    def run_task(self, row: Row) -> None:
        """Run one claimed task and write down how it went, unless it was taken from us."""
        self.running_task = True
        try:
            self._run(row)
        finally:
            self.running_task = False
            self._run_tasks += 1

    def _run(self, row: Row) -> None:
        try:
            result = row.task_result
            compat.task_started.send(sender=row.task.get_backend(), task_result=result)
            context: list[object] = (
                [compat.TaskContext(task_result=result)] if row.task.takes_context else []
            )
            value = row.task.call(*context, *result.args, **result.kwargs)
            outcome: dict[str, object] = {
                "status": TaskResultStatus.SUCCESSFUL,
                "return_value": compat.normalize_json(value),
                "exception_class_path": "",
                "traceback": "",
            }
        except Exception as problem:  # noqa: BLE001 # whatever a task raises is its outcome
            outcome = self._after_failure(row, problem)
        except BaseException as end:
            # We are being ended in the middle of it: somebody else goes on at once.
            self._write_down(row, self._failure(end) | {"status": TaskResultStatus.READY})
            raise
        self._write_down(row, outcome)

    def _after_failure(self, row: Row, problem: Exception) -> dict[str, object]:
        attempts = len(row.worker_ids)
        outcome = self._failure(problem)
        if attempts > len(RETRY_AFTER_SECONDS):
            log.error("task %s (%s) is parked: %r", row.pk, row.task_path, problem)
            return outcome | {"status": TaskResultStatus.FAILED}
        log.warning("task %s (%s) will be tried again: %r", row.pk, row.task_path, problem)
        wait = timedelta(seconds=RETRY_AFTER_SECONDS[attempts - 1])
        return outcome | {"status": TaskResultStatus.READY, "run_after": timezone.now() + wait}

    @staticmethod
    def _failure(problem: BaseException) -> dict[str, object]:
        kind = type(problem)
        return {
            "exception_class_path": f"{kind.__module__}.{kind.__qualname__}",
            "traceback": "".join(format_exception(problem)),
            "return_value": None,
        }

    def _write_down(self, row: Row, outcome: dict[str, object]) -> None:
        if outcome["status"] != TaskResultStatus.READY:
            outcome["finished_at"] = timezone.now()
        mine = DBTaskResult.objects.running().filter(pk=row.pk, started_at=row.started_at)
        if not mine.update(**outcome):
            log.warning("task %s was taken over by another worker", row.pk)
        elif outcome["status"] != TaskResultStatus.READY:
            row.refresh_from_db()
            try:
                backend = type(row.task.get_backend())
                compat.task_finished.send(sender=backend, task_result=row.task_result)
            except ImportError:
                log.warning("task %s names code that is gone: %s", row.pk, row.task_path)
