"""The worker: second chances, dead colleagues, periodic tasks; real processes where it matters."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from polarisblog.background import keeping
from polarisblog.background.beating import Pulse
from polarisblog.background.models import Heartbeat, Schedule
from polarisblog.background.tasks import TaskResultStatus
from polarisblog.background.working import RETRY_AFTER_SECONDS, Worker
from tests.background import chores
from tests.processes import ROOT, Running, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

NOTE = "tests.background.chores.note"
HOUR = 3600


def work() -> None:
    """Do everything that is ready now."""
    Worker(interval=0, batch=True).run()


def only_row() -> DBTaskResult:
    """Beside the product's own periodic tasks."""
    return DBTaskResult.objects.get(task_path__startswith="tests.")


def make_due(row: DBTaskResult) -> None:
    DBTaskResult.objects.filter(pk=row.pk).update(run_after=timezone.now())


def silence(worker_id: str, seconds: float) -> None:
    beat_at = timezone.now() - timedelta(seconds=seconds)
    Heartbeat.objects.filter(worker_id=worker_id).update(beat_at=beat_at)


@contextmanager
def worker_process(folder: Path, name: str = "worker", lease: float = 30) -> Iterator[Running]:
    """A worker as production runs it, on this test's own database."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        person = f"{database['USER']}:{database['PASSWORD']}".strip(":")
        url = f"postgres://{person}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    command = (sys.executable, ROOT / "manage.py", "worker", "--interval", 0.02, "--lease", lease)
    # The tests' settings, so that it has nothing to do but what a test gives it.
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": url,
        "DATA_DIR": folder / "data",
        "SECRET_KEY": "tests",
    }
    with Running(command, environment, folder / f"{name}.txt") as running:
        yield running


def test_a_task_runs_and_is_written_down(tmp_path: Path) -> None:
    chores.note.enqueue(str(tmp_path / "traces"))
    work()
    assert only_row().status == TaskResultStatus.SUCCESSFUL
    assert only_row().return_value == 1


def test_a_worker_leaves_no_heartbeat_behind() -> None:
    work()
    assert not Heartbeat.objects.exists()


def test_a_task_that_raises_is_tried_again_later_and_parked_in_the_end(tmp_path: Path) -> None:
    file = tmp_path / "traces"
    chores.fail.enqueue(str(file))
    for attempt, seconds in enumerate(RETRY_AFTER_SECONDS, start=1):
        work()
        row = only_row()
        assert (row.status, chores.traces(file)) == (TaskResultStatus.READY, attempt)
        assert abs((row.run_after - timezone.now()).total_seconds() - seconds) < 5
        assert "this chore always fails" in row.traceback
        work()
        assert chores.traces(file) == attempt, "not before it is due"
        make_due(row)
    work()
    assert only_row().status == TaskResultStatus.FAILED
    assert only_row().finished_at
    assert chores.traces(file) == len(RETRY_AFTER_SECONDS) + 1


def test_a_task_whose_code_is_gone_is_kept_for_a_later_version() -> None:
    chores.note.enqueue("unused")
    DBTaskResult.objects.update(task_path="tests.background.chores.gone")
    work()
    assert only_row().status == TaskResultStatus.READY
    assert "gone" in only_row().traceback


def test_a_dead_workers_task_is_ready_again(tmp_path: Path) -> None:
    chores.note.enqueue(str(tmp_path / "traces"))
    Heartbeat.objects.beat("dead")
    only_row().claim("dead")
    silence("dead", keeping.LEASE_SECONDS + 5)
    assert keeping.recover_abandoned_tasks() == 1
    assert keeping.recover_abandoned_tasks() == 0
    work()
    assert only_row().status == TaskResultStatus.SUCCESSFUL


def test_a_living_workers_task_is_left_alone() -> None:
    chores.note.enqueue("unused")
    Heartbeat.objects.beat("living")
    only_row().claim("living")
    silence("living", keeping.LEASE_SECONDS - 5)
    assert keeping.recover_abandoned_tasks() == 0


def test_a_task_that_kills_its_workers_is_parked_with_the_reason() -> None:
    chores.note.enqueue("unused")
    for worker_id in ("first", "second", "third"):
        only_row().claim(worker_id)
        assert keeping.recover_abandoned_tasks() == 1
    row = only_row()
    assert row.status == TaskResultStatus.FAILED
    assert "Parked: the worker died in each of 3 attempts" in row.traceback
    assert row.task_result.errors[0].exception_class is keeping.Abandoned


def test_a_worker_that_came_back_does_not_overwrite_its_successor(tmp_path: Path) -> None:
    chores.note.enqueue(str(tmp_path / "traces"))
    stalled = only_row()
    stalled.claim("stalled")
    keeping.recover_abandoned_tasks()
    only_row().claim("successor")
    Worker(interval=0, batch=True).run_task(stalled)
    assert only_row().status == TaskResultStatus.RUNNING
    assert only_row().worker_ids[-1] == "successor"


def test_a_periodic_task_is_enqueued_once_however_many_ask(settings: Settings) -> None:
    settings.PERIODIC_TASKS = {NOTE: HOUR}

    def ask(_: int) -> int:
        try:
            return keeping.enqueue_due_tasks()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as colleagues:
        assert sum(colleagues.map(ask, range(16))) == 1
    assert only_row().task_path == NOTE


def test_a_periodic_task_comes_again_after_its_period(settings: Settings) -> None:
    settings.PERIODIC_TASKS = {NOTE: HOUR}
    keeping.enqueue_due_tasks()
    DBTaskResult.objects.all().delete()
    assert keeping.enqueue_due_tasks() == 0
    Schedule.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert keeping.enqueue_due_tasks() == 1


def test_a_shorter_period_counts_at_once(settings: Settings) -> None:
    settings.PERIODIC_TASKS = {NOTE: 24 * HOUR}
    keeping.enqueue_due_tasks()
    DBTaskResult.objects.all().delete()
    settings.PERIODIC_TASKS = {NOTE: 60}
    assert keeping.enqueue_due_tasks() == 1


def test_periodic_tasks_do_not_pile_up_behind_a_slow_queue(settings: Settings) -> None:
    settings.PERIODIC_TASKS = {NOTE: HOUR}
    keeping.enqueue_due_tasks()
    Schedule.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert keeping.enqueue_due_tasks() == 0


def test_a_wrong_periodic_task_is_an_error_and_holds_up_no_other(
    settings: Settings,
) -> None:
    settings.PERIODIC_TASKS = {"no.such.task": HOUR, NOTE: HOUR}
    assert "background.E001" in [problem.id for problem in run_checks()]
    assert keeping.enqueue_due_tasks() == 1


def test_old_rows_are_pruned(tmp_path: Path) -> None:
    for days in (6, 8):
        chores.note.enqueue(str(tmp_path / "traces"))
        work()
        finished = DBTaskResult.objects.filter(finished_at__gt=timezone.now() - timedelta(days=1))
        finished.update(finished_at=timezone.now() - timedelta(days=days))
    for name, hours in (("recent", 23), ("lost", 25)):
        Heartbeat.objects.beat(name)
        silence(name, hours * HOUR)
    Schedule.objects.all().delete()
    keeping.prune()
    assert DBTaskResult.objects.count() == 1
    assert [beat.worker_id for beat in Heartbeat.objects.all()] == ["recent"]


def test_told_to_stop_as_it_begins_leaves_no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal may come right after the first beat, where the pulse's thread is about to start."""

    def stop(thread: threading.Thread) -> None:
        assert Heartbeat.objects.exists()
        raise SystemExit

    monkeypatch.setattr(threading.Thread, "start", stop)

    with pytest.raises(SystemExit):
        work()

    assert not Heartbeat.objects.exists()


def test_told_to_stop_as_a_transaction_begins_leaves_no_heartbeat() -> None:
    """A signal may come between the database's BEGIN and Django's note of it."""

    def stop(execute: Callable[..., object], *statement: object) -> None:
        execute(*statement)
        raise SystemExit

    def beat() -> None:
        with Pulse("worker", 30) as pulse:
            pulse.begin()
            with connection.execute_wrapper(stop), transaction.atomic():
                Heartbeat.objects.exists()

    with pytest.raises(SystemExit):
        beat()

    assert not Heartbeat.objects.exists()


@pytest.mark.slow
class TestProcesses:
    def wait_for_success(self, count: int = 1) -> None:
        mine = DBTaskResult.objects.successful().filter(task_path__startswith="tests.")
        wait_until(lambda: mine.count() == count)

    def test_a_killed_workers_task_is_finished_by_another(self, tmp_path: Path) -> None:
        file = tmp_path / "traces"
        chores.hang_at_first.enqueue(str(file))
        with worker_process(tmp_path, lease=1.5) as doomed:
            wait_until(lambda: chores.traces(file) == 1)
            doomed.process.kill()
            doomed.process.wait()
        with worker_process(tmp_path, "successor", lease=1.5):
            self.wait_for_success()
        assert chores.traces(file) == 2

    def test_a_task_longer_than_the_lease_stays_with_its_worker(self, tmp_path: Path) -> None:
        file = tmp_path / "traces"
        chores.take.enqueue(str(file), 4)
        with worker_process(tmp_path, lease=1.5), worker_process(tmp_path, "other", lease=1.5):
            self.wait_for_success()
        assert chores.traces(file) == 1

    def test_two_workers_share_the_work_without_doing_any_twice(self, tmp_path: Path) -> None:
        file = tmp_path / "traces"
        for _ in range(40):
            chores.note.enqueue(str(file))
        with worker_process(tmp_path), worker_process(tmp_path, "other"):
            self.wait_for_success(40)
        assert chores.traces(file) == 40

    def test_an_idle_worker_stops_at_once(self, tmp_path: Path) -> None:
        with worker_process(tmp_path) as worker:
            wait_until(Heartbeat.objects.exists)
            assert worker.end(seconds=5) == 0
            assert worker.output == ""
        assert not Heartbeat.objects.exists()

    def test_a_worker_finishes_its_task_before_it_stops(self, tmp_path: Path) -> None:
        file = tmp_path / "traces"
        chores.take.enqueue(str(file), 2)
        with worker_process(tmp_path) as worker:
            wait_until(lambda: chores.traces(file))
            assert worker.end(seconds=10) == 0
        assert only_row().return_value == "finished"

    def test_a_task_that_will_not_end_is_put_back_within_ten_seconds(self, tmp_path: Path) -> None:
        file = tmp_path / "traces"
        chores.hang_at_first.enqueue(str(file))
        with worker_process(tmp_path) as worker:
            wait_until(lambda: chores.traces(file))
            assert worker.end(seconds=10) == 1
        assert only_row().status == TaskResultStatus.READY
