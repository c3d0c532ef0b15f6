"""Keeping away from a server that does not answer, so that nobody waits for it twice."""

import logging
import threading
import time

log = logging.getLogger(__name__)

REST_SECONDS = 5.0


class Breaker:
    """After a failure the server is left alone; now and then one caller looks whether it is back.

    Each process has its own opinion. `name` stands in the log.
    """

    def __init__(self, name: str, rest_seconds: float = REST_SECONDS) -> None:
        self.name = name
        self.rest_seconds = rest_seconds
        self.is_away = False
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def may_try(self) -> bool:
        """Whether to ask the server. While it is away, True for one caller in `rest_seconds`."""
        if time.monotonic() < self._rests_until:
            return False
        if not self.is_away:
            return True
        with self._lock:
            if time.monotonic() < self._rests_until:
                return False
            self._rests_until = time.monotonic() + self.rest_seconds
            return True

    def rest(self, seconds: float) -> None:
        """Leave the server alone for a moment although it answers."""
        self._rests_until = time.monotonic() + seconds

    def failed(self, problem: Exception) -> None:
        with self._lock:
            was_away, self.is_away = self.is_away, True
            self.rest(self.rest_seconds)
        if not was_away:
            log.warning("%s is away, going on without it: %r", self.name, problem)

    def worked(self) -> None:
        if not self.is_away:
            return
        with self._lock:
            was_away, self.is_away = self.is_away, False
            self.rest(0)
        if was_away:
            log.warning("%s is back", self.name)
