"""Rows that change rarely are asked for once, until any change is heard of.

They are as new as a kept page: on the host that took a change at once, on others within a second.
"""

import time
from typing import Any

from django.conf import settings
from django.db import connection

from polarisblog.pagecache import hearing
from polarisblog.sql.prepared import MOST_KEPT, Fetched, Plan, Prepared, Row


class UntilChanged(Prepared[Row]):
    """`@UntilChanged` on a function that gives a QuerySet of tables with a `Watch`.

    Its tags must be of a kind that is not said to be `only_on_pages`.

    What it gives is made anew each time, so whoever changes it changes nobody else's. That there
    is nothing is remembered where it has no Slots: of what is not there anybody may ask anything.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._known: dict[tuple[Any, ...], tuple[object, Fetched]] = {}

    def _fetch(self, plan: Plan, values: dict[str, Any]) -> Fetched:
        # Before the rows: what changes meanwhile is then asked for again.
        state = _state()
        asked = (plan, *values.values())
        known = self._known.get(asked)
        if known and state is not None and known[0] == state:
            return known[1]
        fetched = super()._fetch(plan, values)
        if state is not None and (fetched or not values):
            if len(self._known) >= MOST_KEPT:
                self._known = {}
            self._known[asked] = state, fetched
        return fetched


def _state() -> object:
    """Stands for all changes heard so far; None where some may not have been."""
    if not settings.PAGE_CACHE or settings.DATABASE_REPLICAS or connection.in_atomic_block:
        # A replica may be behind what was heard, and a transaction may be taken back.
        return None
    shelf = hearing.shelf()
    return shelf.memory() if shelf.is_open(time.time()) else None
