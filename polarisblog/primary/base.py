"""Django's PostgreSQL engine for the primary: whoever meets a server that is away is told at once.

Named `base` because Django looks for an engine's class there.
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

from polarisblog.network.breaker import Breaker

# Somebody looks so often whether it is back, in each process.
REST_SECONDS = 1.0
# A burst of writers queues at one post's row, so a connection may take as long as SQLite's lock.
PATIENCE_SECONDS = 30.0
KNOCK_SECONDS = 2
# A server that says this is there. It says nothing else by which this could be told: libpq keeps
# no SQLSTATE of a connection that failed.
BUSY = ("too many clients", "too many connections", "connection slots")

breaker = Breaker("the database", REST_SECONDS)


def check(connection: Any) -> None:
    """Raise OperationalError where the server has hung up on an idle connection.

    It says so before it goes: what is quiet can be used. Asking would cost a round trip each time.
    """
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    if line.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """A pool alone lets everybody wait their whole patience for a server that is not there.

    Here the pool's own timeout is short. Whoever meets it asks the server itself, and where that
    does not let them in, nobody else of this process waits until it does again.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not breaker.may_try():
            raise self.Database.OperationalError("the database was away a moment ago")
        if breaker.is_away:
            self._knock(conn_params)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                connection = super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() > deadline:
                    raise
                self._knock(conn_params)
            except self.Database.OperationalError as problem:
                # Without a pool this was the server's own answer, or none.
                self._judge(problem)
                raise
            else:
                breaker.worked()
                return connection

    @property
    def pool(self) -> Any:
        """Django's, but that connections are looked at before they are used, and not asked."""
        pool = super().pool
        if pool is not None and pool._check:  # noqa: SLF001 # Django offers the slow check or none
            pool._check = check  # noqa: SLF001 # as above
        return pool

    def binding_cursor(self) -> Any:
        """A cursor that sends values apart from their SQL.

        The server then remembers how SQL that comes again is run (`prepare_threshold`); what it is
        asked only once is better off with Django's own. For SQL that says what type a value is
        where that cannot be told from the column beside it.
        """
        self.ensure_connection()
        connection: Any = self.connection
        connection.cursor_factory, usual = base.ServerBindingCursor, connection.cursor_factory
        try:
            return self.cursor()
        finally:
            connection.cursor_factory = usual

    def _knock(self, conn_params: dict[str, Any]) -> None:
        """Raises OperationalError where the server does not let us in; being busy is no such."""
        hurried = {**conn_params, "connect_timeout": KNOCK_SECONDS}
        try:
            self.Database.connect(**hurried).close()
        except self.Database.OperationalError as problem:
            if self._judge(problem):
                raise

    @staticmethod
    def _judge(problem: Exception) -> bool:
        """Whether the server is away; noted if it is."""
        if any(words in str(problem) for words in BUSY):
            return False
        breaker.failed(problem)
        return True
