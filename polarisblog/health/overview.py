"""What the system page says."""

from __future__ import annotations

import datetime
import platform
import shutil
from dataclasses import dataclass

import django
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.utils.translation import gettext as _

from polarisblog.background import queue
from polarisblog.backups.models import Backup
from polarisblog.health import readiness

SHOWN = 20
LATE_BACKUP = datetime.timedelta(days=8)


@dataclass(frozen=True)
class Parked:
    """A task that was given up, as a person reads about it."""

    number: str
    name: str
    failed_at: datetime.datetime | None
    reason: str
    trace: str


@dataclass(frozen=True)
class Overview:
    versions: list[tuple[str, str]]
    waiting: queue.Waiting
    postponed: int
    running: int
    workers: int
    parked: list[Parked]
    parked_count: int
    backups: list[Backup]
    states: list[tuple[str, str]]
    cache: str
    free_bytes: int
    total_bytes: int

    @property
    def used_percent(self) -> int:
        return round(100 * (1 - self.free_bytes / self.total_bytes))

    @property
    def is_behind(self) -> bool:
        return self.waiting.seconds > readiness.BEHIND_SECONDS


def overview() -> Overview:
    disk = shutil.disk_usage(settings.DATA_DIR)
    parked = queue.parked()
    return Overview(
        versions=_versions(),
        waiting=queue.waiting(),
        postponed=queue.postponed(),
        running=queue.running(),
        workers=queue.workers(),
        parked=[_parked(row) for row in parked[:SHOWN]],
        parked_count=parked.count(),
        backups=list(Backup.objects.order_by("-pk")[:3]),
        states=list(readiness.look().items()),
        cache=type(caches["default"]).__name__,
        free_bytes=disk.free,
        total_bytes=disk.total,
    )


def _versions() -> list[tuple[str, str]]:
    return [
        ("Polaris Blog", settings.VERSION),
        ("Django", django.__version__),
        ("Python", platform.python_version()),
        (connection.display_name, _engine_version()),
        (_("System"), platform.system() + " " + platform.release()),
    ]


def _engine_version() -> str:
    return ".".join(map(str, connection.get_database_version()))


def _parked(row: queue.Row) -> Parked:
    lines = row.traceback.strip().splitlines() or [row.exception_class_path]
    return Parked(str(row.pk), row.task_path, row.finished_at, lines[-1][:300], row.traceback)
