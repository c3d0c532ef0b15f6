"""This host hears of changes: of its own at every commit, of others' four times a second."""

import fcntl
import logging
import threading
import time
from functools import cache
from typing import TextIO

from django.conf import settings
from django.db import connection

from polarisblog.pagecache import watching
from polarisblog.pagecache.keeping import EVERYTHING
from polarisblog.pagecache.pages import Page
from polarisblog.pagecache.shelf import Position, Shelf, spread

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
# A host that heard nothing for so long forgets everything: its changes may be pruned by now.
LONGEST_SILENCE_SECONDS = 1800
KEPT_CHANGES_SECONDS = 2 * LONGEST_SILENCE_SECONDS
NOTED_EVERY_SECONDS = 60
DEAF_AFTER_SECONDS = 2

# On PostgreSQL a row of a longer transaction may appear behind one that was read before, so rows
# are asked for again from the oldest transaction that was still open then.
_ON_POSTGRES = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, change.id, change.tag
    FROM (SELECT 1) AS one
    LEFT JOIN pagecache_change AS change ON change.xid >= %s
"""
_BEYOND_ALL_TRANSACTIONS = 2**62
_ON_SQLITE = "SELECT 0, id, tag FROM pagecache_change WHERE id > %s"
_NEWEST_ON_SQLITE = "SELECT coalesce(max(id), 0) FROM pagecache_change"


@cache
def shelf() -> Shelf:
    return Shelf(settings.PAGES_DIR)


def changes_after(position: Position) -> tuple[set[str], Position]:
    """The tags changed since `position`, and the position that holds them."""
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_ON_POSTGRES if is_postgres else _ON_SQLITE, [position.after])
        rows = cursor.fetchall()
    fresh = {pk: tag for _, pk, tag in rows if pk is not None and pk not in position.seen}
    if is_postgres:
        seen = frozenset(pk for _, pk, _ in rows if pk is not None)
        return set(fresh.values()), Position(rows[0][0], seen, time.time())
    return set(fresh.values()), Position(max([position.after, *fresh]), frozenset(), time.time())


def catch_up(*, moves_on: bool = False) -> None:
    """Forget every page that a committed change concerns. Raises DatabaseError, OSError.

    `moves_on`: where there was none, note all the same how far we heard, or more and more would be
    asked for again. That is enough now and then, and too much at every commit.
    """
    ours = shelf()
    # Before the lock: whoever had the lock and waited for a connection would wait for those who
    # have one and wait for the lock.
    connection.ensure_connection()
    with ours.locked():
        position = ours.position()
        if position is None or time.time() - position.heard_at > LONGEST_SILENCE_SECONDS:
            newest = _newest()
            ours.clear()
            ours.forget_memory()
            ours.note(newest)
            return
        changed, newest = changes_after(position)
        ours.forget(changed)
        if watching.may_be_remembered(changed):
            ours.forget_memory()
        is_old = newest.heard_at - position.heard_at > NOTED_EVERY_SECONDS
        if changed or (moves_on and (is_old or newest.after != position.after)):
            ours.note(newest)


def _newest() -> Position:
    """Where somebody begins who keeps nothing yet."""
    if connection.vendor == "postgresql":
        _, oldest_open = changes_after(Position(_BEYOND_ALL_TRANSACTIONS))
        # What was committed beside that transaction is heard already: no page was made before it.
        _, newest = changes_after(oldest_open)
        return newest
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_ON_SQLITE)
        return Position(cursor.fetchone()[0], heard_at=time.time())


def keep(place: str, page: Page, since: Position) -> bool:
    """Keep `page`, unless something it shows changed after `since`, which its maker read before.

    Whoever changes something forgets under the same lock after the commit: either we see the change
    here, or they see our page there.
    """
    ours = shelf()
    connection.ensure_connection()
    with ours.locked():
        changed, _ = changes_after(since)
        if (page.tags | {EVERYTHING}) & spread(changed):
            return False
        ours.put(place, page)
        return True


class Listener:
    """A thread per web process; one on each host does the listening, and another once that dies."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._lead: TextIO | None = None
        self._is_over = threading.Event()
        self._heard_at = time.monotonic()

    @property
    def is_deaf(self) -> bool:
        """Whether nobody on this host has heard anything for a while: the database is away."""
        silence = time.monotonic() - self._heard_at
        return self._thread is not None and silence > DEAF_AFTER_SECONDS

    def ensure(self) -> None:
        """Start listening, once per process: a thread does not outlive a fork."""
        if self._thread is None:
            self._heard_at = time.monotonic()
            self._thread = threading.Thread(target=self._listen, name="page cache", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop listening, and let another process of this host do so."""
        self._is_over.set()
        if self._thread:
            self._thread.join()
        if self._lead:
            self._lead.close()

    def _listen(self) -> None:
        was_deaf = False
        while not self._is_over.is_set():
            try:
                if self._leads():
                    # For what was true when we asked, not when the answer came.
                    asked_at = time.time()
                    catch_up(moves_on=True)
                    shelf().grant(asked_at)
                if shelf().is_open(time.time()):
                    self._heard_at = time.monotonic()
                was_deaf = False
            except Exception:
                # Whatever it is: no lease is granted meanwhile, and pages are made anew.
                if not was_deaf:
                    log.exception("changes cannot be heard, so kept pages are not served")
                was_deaf = True
            finally:
                connection.close()
            self._is_over.wait(TICK_SECONDS)

    def _leads(self) -> bool:
        if self._lead is None:
            lead = (shelf().root / "leader").open("w")
            try:
                fcntl.flock(lead, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lead.close()
                return False
            self._lead = lead
        return True
