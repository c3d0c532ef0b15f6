"""A full-text index that the database itself keeps in step, behind one face on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.db import connection, connections, models, router
from django.db.backends.utils import CursorWrapper

from polarisblog.pagecache.migrating import is_whole
from posts.models import Post
from posts.search import postgres, sqlite
from posts.search.words import Query

# Stand around a found word in what `excerpts` gives; both can be in no stored text.
OPEN, CLOSE = "\x02", "\x03"


@dataclass(frozen=True)
class Index:
    """Over columns of one table: a title, a text, and perhaps terms that are found but never shown.

    A word in the title weighs most, one in the text least.

    Triggers fill a second table, `<table>_fts`, so that no way of writing a row can forget it: the
    admin, a bulk update, an import, an erasure. Names come from code, never from a request.
    """

    table: str
    key: str
    columns: tuple[str, ...]

    def ensure(self) -> None:
        """Make the index and fill it where it is missing; cheap when it is there.

        Runs after every migrate: SQLite loses triggers when a migration remakes their table.
        """
        if is_whole():
            with connection.cursor() as cursor:
                _engine().ensure(cursor, self)

    def withdraw(self) -> None:
        """Take the index away with all that fills it."""
        with connection.cursor() as cursor:
            _engine().withdraw(cursor, self)

    def drop(self) -> None:
        """Forget the index, but not how it is filled: `ensure` makes it anew."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}_fts")

    def count(self, query: Query, visible: models.QuerySet[Any]) -> int:
        """How many rows match, of those whose keys `visible` selects."""
        sql, params = visible.query.sql_with_params()
        with reading() as cursor:
            return int(_engine().count(cursor, self, query, sql, params))

    def best(self, query: Query, visible: models.QuerySet[Any], start: int, stop: int) -> list[int]:
        """The keys of the matches from `start` to `stop`, the best first."""
        sql, params = visible.query.sql_with_params()
        with reading() as cursor:
            return list(_engine().best(cursor, self, query, sql, params, start, stop))

    def excerpts(self, query: Query, keys: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Title and telling part of the text of these rows, found words between OPEN and CLOSE."""
        if not keys:
            return {}
        with reading() as cursor:
            return dict(_engine().excerpts(cursor, self, query, keys))


def reading() -> CursorWrapper:
    """A cursor where this request reads posts: at the database, or at a copy of it."""
    return connections[router.db_for_read(Post)].cursor()


def _engine() -> ModuleType:
    return postgres if connection.vendor == "postgresql" else sqlite
