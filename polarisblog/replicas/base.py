"""Django's PostgreSQL engine for a replica: what it cannot answer, the primary answers.

Named `base` because Django looks for an engine's class there.
"""

import threading
from typing import Any

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper

from polarisblog.replicas.freshness import breaker

AWAY = (OperationalError, InterfaceError)
_closing = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A read that fails here is made again on the primary, in the middle of a request or not.

    Nothing but single reads outside of transactions comes here (see `routing`), so making one
    again is right, and the primary is at least as new. With DEBUG on the primary stands in only
    where no connection can be made.
    """

    def cursor(self) -> CursorWrapper:
        try:
            return super().cursor()
        except AWAY as problem:
            self.give_up(problem)
            return connections[DEFAULT_DB_ALIAS].cursor()

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return ReplicaCursor(cursor, self)

    def give_up(self, problem: Exception) -> None:
        """Leave the replica alone for a while, unless it is only busy or refused one query."""
        if self.connection is not None and not self.connection.closed:
            return  # as when replaying had to cancel a long query
        if self.connection is None and self._is_busy():
            return
        breaker(self.alias).failed(problem)
        if self.pool is not None:
            # Its connections are as dead as this one; the next attempt begins with none.
            with _closing:
                self.pool.close(timeout=0)
                self.close_pool()

    def _is_busy(self) -> bool:
        """Whether as many connections are at work as there may be."""
        stats = self.pool.get_stats() if self.pool is not None else {}
        return bool(stats) and stats["pool_size"] >= stats["pool_max"]


class ReplicaCursor(CursorWrapper):
    """Answers from the replica, or becomes a cursor of the primary."""

    db: Any

    def execute(self, sql: Any, params: Any = None) -> Any:
        replica = self.db
        try:
            answer = super().execute(sql, params)
        except AWAY as problem:
            if replica.alias == DEFAULT_DB_ALIAS or replica.in_atomic_block:
                raise
            replica.give_up(problem)
            self.db = connections[DEFAULT_DB_ALIAS]
            self.cursor = self.db.cursor().cursor
            return super().execute(sql, params)
        if replica.alias != DEFAULT_DB_ALIAS:
            breaker(replica.alias).worked()
        return answer
