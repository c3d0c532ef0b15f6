"""What both engines give and say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import Session
from polarisblog.pagecache.models import Change

# A lock that a running blog holds is not waited for longer.
LOCK_SECONDS = 10


class EngineFailed(Exception):
    """What the database or its tool said, for the person at the terminal."""


@dataclass(frozen=True)
class Snapshot:
    """A database as it was at one instant, as a file."""

    path: Path
    engine_version: str
    tables: dict[str, int]
    migrations: list[str]


def left_out() -> list[str]:
    """Tables whose rows stay behind.

    Whoever held a live session's row could be that person, so no backup carries any: after a
    restore everybody signs in anew. What caches knew they learn again.
    """
    caches: dict[str, Any] = settings.CACHES
    names = [Session._meta.db_table, Change._meta.db_table]  # noqa: SLF001 # Django's documented Options
    names += [
        str(each["LOCATION"])
        for each in caches.values()
        if each["BACKEND"].endswith(".DatabaseCache")
    ]
    return names
