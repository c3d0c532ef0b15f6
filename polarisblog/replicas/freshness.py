"""Which replica has seen everything that the primary had written a moment ago."""

import random
import time
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from polarisblog.network.breaker import Breaker

# A healthy replica is a millisecond or two behind a primary that is being written to.
PAUSES_SECONDS = (0.0, 0.001, 0.003)
# One that is further behind is not asked by every request.
BEHIND_SECONDS = 0.1
# Where the next record will stand: whatever anybody was told is stored stands before it, flushed or
# not. Source: PostgreSQL documentation, 9.27.3 and 9.27.4 (backup control, recovery control).
WRITTEN = "SELECT pg_current_wal_insert_lsn()"
# False, too, where this is no replica (any more): a promoted one has a history of its own.
REPLAYED = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"


@cache
def breaker(alias: str) -> Breaker:
    host = connections[alias].settings_dict["HOST"]
    port = connections[alias].settings_dict["PORT"]
    return Breaker(f"database replica {host}:{port}")


def fresh_alias() -> str:
    """A replica that shows all that was stored before this was called; the primary if none does."""
    candidates = [alias for alias in settings.DATABASE_REPLICAS if breaker(alias).may_try()]
    if not candidates:
        return DEFAULT_DB_ALIAS
    random.shuffle(candidates)
    written = _ask(DEFAULT_DB_ALIAS, WRITTEN)
    for pause_seconds in PAUSES_SECONDS:
        time.sleep(pause_seconds)
        for alias in candidates:
            # Where one is away the primary answers this question, too: it is no replica.
            if _ask(alias, REPLAYED, written):
                return alias
        candidates = [alias for alias in candidates if not breaker(alias).is_away]
        if not candidates:
            break
    for alias in candidates:
        breaker(alias).rest(BEHIND_SECONDS)
    return DEFAULT_DB_ALIAS


def _ask(alias: str, question: str, *params: Any) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(question, params)
        return cursor.fetchone()[0]
