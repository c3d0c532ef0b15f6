"""Threads that wait for the same lock of the database: the first to get it works for all of them.

A commit, and what leads up to it, takes about as long for many rows as for one. Where many come at
once, most of their time would be spent waiting for each other's.
"""

import fcntl
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from django.conf import settings
from django.db import connection

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Claim = Callable[[], list[Item]]


class _Ticket(Generic[Item]):
    """One who waits. When called they are done, or it is their turn, or they try alone."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.call = threading.Event()
        self.is_done = False
        self.is_alone = False


class Turns(Generic[Key, Item]):
    """Turns at things of this process, each named by a key: one at a time, the others wait."""

    def __init__(self, work: Callable[[Key, Claim[Item]], None]) -> None:
        """`work(key, claim)` takes the lock, calls `claim`, works on all it gave, and commits.

        `claim` gives all that wait by then, in the order in which they came. What becomes of each
        has to be said on the item itself. An exception means that nothing was done for any.
        """
        self._work = work
        self._lock = threading.Lock()
        self._waiting: dict[Key, list[_Ticket[Item]]] = {}

    def take(self, key: Key, item: Item) -> None:
        """Return once `item` was worked on, here or by a thread that came before.

        Raises what the work raises for this item. Where it fails for several they are tried one by
        one, each by its own thread, so that nobody fails for what another brought.
        """
        ticket = _Ticket(item)
        if not self._is_first(key, ticket):
            ticket.call.wait()
        if not (ticket.is_done or ticket.is_alone):
            self._work_for_all(key, ticket)
        if ticket.is_alone:
            self._work(key, lambda: [item])

    def _is_first(self, key: Key, ticket: _Ticket[Item]) -> bool:
        with self._lock:
            is_first = key not in self._waiting
            self._waiting.setdefault(key, []).append(ticket)
            return is_first

    def _work_for_all(self, key: Key, ticket: _Ticket[Item]) -> None:
        claimed: list[_Ticket[Item]] = []

        def claim() -> list[Item]:
            with self._lock:
                claimed.extend(self._waiting[key])
                self._waiting[key] = []
            return [each.item for each in claimed]

        is_done = False
        try:
            self._work(key, claim)
            is_done = True
        except Exception:
            if len(claimed) <= 1:
                raise
        finally:
            for each in claimed:
                each.is_done, each.is_alone = is_done, not is_done
                each.call.set()
            self._hand_on(key, ticket)

    def _hand_on(self, key: Key, ticket: _Ticket[Item]) -> None:
        """The turn goes to whoever came next. The work may have failed before it claimed any."""
        with self._lock:
            line = [each for each in self._waiting[key] if each is not ticket]
            if line:
                self._waiting[key] = line
                line[0].call.set()
            else:
                del self._waiting[key]


@contextmanager
def among_processes(name: str) -> Iterator[None]:
    """Wait behind the processes of this host that came before, for what is called `name`.

    PostgreSQL keeps such a line itself, so nobody waits here with it. SQLite has its writers try
    again now and then, where whoever wrote last mostly wins; the kernel keeps their order.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with (settings.DATA_DIR / f"{name}.turn").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
