"""SQLite: its online backup API both ways (sqlite.org/backup.html).

Taking a copy reads one transaction and holds up no writer. Loading one is a single write
transaction on the blog's file: killed in the middle, the next connection rolls it back.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from polarisblog.backups.archive import BadArchive
from polarisblog.backups.engines.snapshots import LOCK_SECONDS, EngineFailed, Snapshot, left_out

MEMBER = "database.sqlite3.gz"
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
COPY = "copy.sqlite3"
# Text shrinks about fourfold; a file that grows so much more is a bomb.
MOST_GROWTH = 200
LEAST_ROOM_BYTES = 64 * 1024 * 1024


def snapshot(folder: Path) -> Snapshot:
    copy, packed = folder / COPY, folder / MEMBER
    with _told(), _open(_place(), mode="rw") as ours, closing(sqlite3.connect(copy)) as target:
        ours.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        names = _names(target)
        for table in set(left_out()) & set(names):
            target.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608 # quoted
        target.commit()
        # Erased words linger in a database's free pages; they do not come along.
        target.execute("VACUUM")
        tables = _counts(target)
        migrations = target.execute("SELECT app, name FROM django_migrations").fetchall()
    with copy.open("rb") as plain, gzip.open(packed, "wb", compresslevel=3) as file:
        shutil.copyfileobj(plain, file)
    copy.unlink()
    done = sorted(f"{app}.{name}" for app, name in migrations)
    return Snapshot(packed, sqlite3.sqlite_version, tables, done)


def check(path: Path, folder: Path) -> dict[str, int]:
    """The rows of each table, after SQLite itself found the file sound. Raises BadArchive."""
    copy = _unpacked(path, folder)
    try:
        with _open(copy, mode="ro") as file:
            said = file.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if said != "ok":
                raise BadArchive(f"The database in the archive is damaged: {said}.")
            return _counts(file)
    except sqlite3.Error as problem:
        raise BadArchive(f"The database in the archive cannot be read: {problem}.") from problem


def load(path: Path, folder: Path, tables: dict[str, int]) -> None:
    """Put the archive's database in the place of ours, in one transaction.

    `check` has unpacked and counted it. Whoever reads meanwhile sees the old or the new one.
    """
    connection.close()
    with (
        _told(),
        _open(folder / COPY, mode="ro") as source,
        closing(sqlite3.connect(_place(), timeout=0)) as target,
    ):
        deadline = time.monotonic() + LOCK_SECONDS

        def give_up(status: int, remaining: int, total: int) -> None:
            # Python itself would try for as long as somebody else writes.
            if status in BUSY and time.monotonic() > deadline:
                raise EngineFailed("SQLite says: the database is locked. Stop the blog first.")

        source.backup(target, progress=give_up, sleep=0.05)
    connection.close()


def _place() -> Path:
    return Path(str(connection.settings_dict["NAME"])).absolute()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as problem:
        raise EngineFailed(f"SQLite says: {problem}.") from problem


@contextmanager
def _open(path: Path, *, mode: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True)) as file:
        file.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")
        yield file


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _names(file: sqlite3.Connection) -> list[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
    )
    return [row[0] for row in file.execute(query)]


def _counts(file: sqlite3.Connection) -> dict[str, int]:
    return {
        name: file.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]  # noqa: S608 # quoted
        for name in _names(file)
    }


def _unpacked(path: Path, folder: Path) -> Path:
    copy = folder / COPY
    room = LEAST_ROOM_BYTES + MOST_GROWTH * path.stat().st_size
    try:
        with gzip.open(path, "rb") as packed, copy.open("xb") as file:
            while piece := packed.read(1024 * 1024):
                room -= file.write(piece)
                if room < 0:
                    raise BadArchive("The database in the archive unpacks to more than any blog.")
    except (gzip.BadGzipFile, EOFError, OSError) as problem:
        raise BadArchive(f"The database in the archive cannot be unpacked: {problem}.") from problem
    return copy
