"""Whether what the blog needs around it is well.

Cheap enough to be asked every second, and answered in two however long the database takes.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from polarisblog.background import queue

LIMIT_SECONDS = 2.0
BEHIND_SECONDS = 15 * 60
LEAST_FREE_BYTES = 200 * 1024 * 1024
OK, NO_ANSWER = "", "no answer in time"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def cached() -> str:
    cache.get("readyz")
    return OK


def queued() -> str:
    waiting = queue.waiting()
    if waiting.seconds > BEHIND_SECONDS:
        return f"the oldest task has waited {waiting.seconds / 60:.0f} minutes"
    # On a quiet blog nothing waits; but somebody should do what is to be done by the clock.
    since = queue.since_overdue()
    late = (timezone.now() - since).total_seconds() if since else 0
    if late > BEHIND_SECONDS:
        return f"no worker has begun anything for {late / 60:.0f} minutes"
    return OK


def disk() -> str:
    free = shutil.disk_usage(settings.DATA_DIR).free
    return OK if free > LEAST_FREE_BYTES else f"only {free // 1024**2} MiB are free"


CHECKS: dict[str, Callable[[], str]] = {
    "disk": disk,
    "database": database,
    "queue": queued,
    "cache": cached,
}
# One look at a time: while a database is away, askers must not pile up threads that wait for it.
_looking = threading.Lock()


def look() -> dict[str, str]:
    """What is wrong with each of CHECKS, in words; "" where nothing is."""
    found = dict.fromkeys(CHECKS, NO_ANSWER)
    if not _looking.acquire(timeout=LIMIT_SECONDS):
        return found

    def run() -> None:
        try:
            for name, check in CHECKS.items():
                found[name] = _said(check)
        finally:
            connection.close()
            _looking.release()

    # In a thread of its own: a pool that waits for its database cannot be told to hurry.
    thread = threading.Thread(target=run, name="readiness", daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    return dict(found)


def _said(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as problem:  # noqa: BLE001 # whatever it is, that is the answer
        return type(problem).__name__
