"""Cursors for SQL that comes again and again."""

from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3.base import SQLiteCursorWrapper


def binding_cursor(connection: Any) -> Any:
    """A cursor of `connection` (a DatabaseWrapper) that does with each SQL but once what it can.

    On PostgreSQL the server remembers how it is run (`primary.base`); a replica's is an ordinary
    one. Only for SQL that is the same each time.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with connection.wrap_database_errors:
            cursor = connection.connection.cursor(factory=_SQLiteCursor)
            return connection._prepare_cursor(cursor)  # noqa: SLF001 # as its own `cursor`
    return getattr(connection, "binding_cursor", connection.cursor)()


class _SQLiteCursor(SQLiteCursorWrapper):
    """Django translates the placeholders anew each time, which takes as long as a short query."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        if param_names is not None:
            return super().convert_query(query, param_names=param_names)
        return _with_question_marks(query)


@lru_cache(512)
def _with_question_marks(query: str) -> str:
    nobody: Any = None
    return SQLiteCursorWrapper.convert_query(nobody, query)
