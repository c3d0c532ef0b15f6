"""A worker's pulse, in a thread of its own so that the longest task does not stop it."""

import logging
import threading
import time
from contextlib import suppress

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    close_old_connections,
    connection,
    connections,
)

from polarisblog.background import keeping
from polarisblog.background.models import Heartbeat

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 6


class Pulse:
    """Renews the heartbeat row of `worker_id` and keeps the queue, six times a lease."""

    def __init__(self, worker_id: str, lease_seconds: float) -> None:
        self.worker_id = worker_id
        self.lease_seconds = lease_seconds
        self._last_beat = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        return self

    def begin(self) -> None:
        """Within the `with`: we may be told to stop between the first beat and the next line."""
        # The first beat is before the first task, or others would take that task from us.
        Heartbeat.objects.beat(self.worker_id)
        self._thread.start()

    def __exit__(self, kind: object, *error: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=3)
        if kind is SystemExit:
            # We were told to stop, which may come between a BEGIN and Django's note of it. A new
            # connection is in the midst of nothing.
            connection.close()
            del connections[DEFAULT_DB_ALIAS]
        # Without a database the row stays and grows old, which says the same a little later.
        with suppress(DatabaseError):
            Heartbeat.objects.filter(worker_id=self.worker_id).delete()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._beat()
                self._stop.wait(self.lease_seconds / BEATS_PER_LEASE)
        finally:
            connection.close()

    def _beat(self) -> None:
        close_old_connections()
        try:
            Heartbeat.objects.beat(self.worker_id)
            late = time.monotonic() - self._last_beat
            self._last_beat = time.monotonic()
            # What held us up (a locked database, a machine asleep) held up the others too: they get
            # the time to show that they are alive.
            if late < self.lease_seconds / 2:
                keeping.recover_abandoned_tasks(self.lease_seconds)
            keeping.enqueue_due_tasks()
            keeping.prune()
        except Exception:
            # A database that is away for a while must not end the pulse for ever.
            log.exception("the worker's pulse missed a beat")
