"""Numbers for Prometheus: what was answered, what waits. Nobody is in them.

Requests are counted by every web process in files of its own, which whoever is asked adds up
(prometheus_client's multiprocess mode). All else is read from the database when somebody asks.
Importing this takes half a second, so only a blog with METRICS_TOKEN does.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count

from comments.linkbacks.models import ReceivedLinkback, SentLinkback
from comments.models import Comment, Notice
from polarisblog.background import queue
from polarisblog.backups.models import Backup


def _folder() -> str:
    """A folder that the processes of this one server share: they have one parent.

    What servers that have ended left goes.
    """
    beginning = f"polaris-metrics-{os.getuid()}-"
    for left in Path(tempfile.gettempdir()).glob(f"{beginning}*"):
        parent = left.name.removeprefix(beginning)
        if parent.isdecimal() and not _lives(int(parent)):
            shutil.rmtree(left, ignore_errors=True)
    path = Path(tempfile.gettempdir()) / f"{beginning}{os.getppid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise RuntimeError(f"{path} is somebody else's")
    return str(path)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


# Before the import, which decides by it how to count.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", _folder())

from prometheus_client import (  # noqa: E402 # see above
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily  # noqa: E402 # see above
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402 # see above
from prometheus_client.registry import Collector  # noqa: E402 # see above

CONTENT_TYPE = CONTENT_TYPE_LATEST
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

ANSWERS = Counter("polaris_answers", "Requests answered.", ["route", "method", "status"])
SECONDS = Histogram("polaris_request_seconds", "How long answers took.", ["route"], buckets=BUCKETS)


def count(route: str, method: str, status: int, seconds: float) -> None:
    ANSWERS.labels(route, method if method in METHODS else "other", str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def text() -> bytes:
    """Everything, in Prometheus's text format."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # as they publish it
    registry.register(Kept())
    return generate_latest(registry)


class Kept(Collector):
    """What the database knows."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        built = GaugeMetricFamily(
            "polaris_build_info", "What runs here.", labels=["version", "django"]
        )
        built.add_metric([settings.VERSION, django.__version__], 1)
        yield built
        try:
            found = list(_from_database())
        except DatabaseError:
            found = []
        is_up = int(bool(found))
        yield GaugeMetricFamily("polaris_database_up", "Whether the database answers.", is_up)
        yield from found


def _from_database() -> Iterator[GaugeMetricFamily]:
    waiting = queue.waiting()
    tasks = GaugeMetricFamily("polaris_tasks", "Tasks of the worker.", labels=["state"])
    tasks.add_metric(["waiting"], waiting.count)
    tasks.add_metric(["postponed"], queue.postponed())
    tasks.add_metric(["running"], queue.running())
    tasks.add_metric(["parked"], queue.parked().count())
    yield tasks
    yield GaugeMetricFamily(
        "polaris_queue_age_seconds", "How long the oldest task waits.", waiting.seconds
    )
    yield GaugeMetricFamily("polaris_workers", "Workers that are alive.", queue.workers())
    for name, words, model, field in (
        ("polaris_comments", "Comments by status.", Comment, "status"),
        ("polaris_linkbacks_received", "Linkbacks that came in.", ReceivedLinkback, "state"),
        ("polaris_linkbacks_sent", "Linkbacks that went out.", SentLinkback, "outcome"),
    ):
        family = GaugeMetricFamily(name, words, labels=[field])
        groups = model._default_manager.order_by().values_list(field).annotate(Count("pk"))  # noqa: SLF001 # Django's documented name
        for value, number in groups:
            family.add_metric([value], number)
        yield family
    unsent = Notice.objects.filter(sent_at=None, given_up_at=None).count()
    yield GaugeMetricFamily("polaris_mails_waiting", "Mails that are to go out.", unsent)
    last = Backup.objects.last_made_at()
    if last:
        age = time.time() - last.timestamp()
        yield GaugeMetricFamily("polaris_backup_age_seconds", "Since the last backup.", age)
