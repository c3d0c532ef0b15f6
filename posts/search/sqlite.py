"""The index on SQLite: an FTS5 table over the content table.

Source: sqlite.org/fts5.html, sections 4.4.3 (external content tables) and 4.2 (prefix indexes).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from posts.search.words import Query, Term

if TYPE_CHECKING:
    from posts.search.index import Index


def ensure(cursor: CursorWrapper, index: Index) -> None:
    parts = [f"{index.table}_fts{part}" for part in ("", "_put", "_drop", "_change")]
    cursor.execute("SELECT count(*) FROM sqlite_master WHERE name IN (%s, %s, %s, %s)", parts)
    if cursor.fetchone()[0] == len(parts):
        return
    # Stems are English only; for other languages the open last word does their work.
    stems = "porter " if settings.LANGUAGE_CODE.startswith("en") else ""
    for statement in _STATEMENTS.split(";;"):
        cursor.execute(_filled(statement.replace("{stems}", stems), index))
    rebuild(cursor, index)


_STATEMENTS = """
CREATE VIRTUAL TABLE IF NOT EXISTS {table}_fts USING fts5(
    {columns}, content='{table}', content_rowid='{key}', prefix='3 4',
    tokenize='{stems}unicode61 remove_diacritics 2'
);;
CREATE TRIGGER IF NOT EXISTS {table}_fts_put AFTER INSERT ON {table} BEGIN
    INSERT INTO {table}_fts (rowid, {columns}) VALUES (new.{key}, {new});
END;;
CREATE TRIGGER IF NOT EXISTS {table}_fts_drop AFTER DELETE ON {table} BEGIN
    INSERT INTO {table}_fts ({table}_fts, rowid, {columns})
    VALUES ('delete', old.{key}, {old});
END;;
CREATE TRIGGER IF NOT EXISTS {table}_fts_change AFTER UPDATE ON {table}
WHEN ({old}) IS NOT ({new}) BEGIN
    INSERT INTO {table}_fts ({table}_fts, rowid, {columns})
    VALUES ('delete', old.{key}, {old});
    INSERT INTO {table}_fts (rowid, {columns}) VALUES (new.{key}, {new});
END
"""


def withdraw(cursor: CursorWrapper, index: Index) -> None:
    for part in ("put", "drop", "change"):
        cursor.execute(f"DROP TRIGGER IF EXISTS {index.table}_fts_{part}")
    cursor.execute(f"DROP TABLE IF EXISTS {index.table}_fts")


def rebuild(cursor: CursorWrapper, index: Index) -> None:
    cursor.execute(_filled("INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild')", index))


def count(
    cursor: CursorWrapper, index: Index, query: Query, visible: str, params: Sequence[Any]
) -> int:
    sql = _filled(
        "SELECT count(*) FROM {table}_fts WHERE {table}_fts MATCH %s AND rowid IN ({visible})",
        index,
    ).replace("{visible}", visible)
    cursor.execute(sql, [_match(query), *params])
    return int(cursor.fetchone()[0])


def best(
    cursor: CursorWrapper,
    index: Index,
    query: Query,
    visible: str,
    params: Sequence[Any],
    start: int,
    stop: int,
) -> Iterator[int]:
    sql = _filled(
        "SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH %s AND rowid IN ({visible})"
        # The weights of the columns in their order: title, text, terms.
        " ORDER BY bm25({table}_fts, 8.0, 1.0, 4.0), rowid DESC LIMIT %s OFFSET %s",
        index,
    ).replace("{visible}", visible)
    cursor.execute(sql, [_match(query), *params, stop - start, start])
    yield from (row[0] for row in cursor.fetchall())


def excerpts(
    cursor: CursorWrapper, index: Index, query: Query, keys: Sequence[int]
) -> Iterator[tuple[int, tuple[str, str]]]:
    places = ", ".join(["%s"] * len(keys))
    sql = _filled(
        "SELECT rowid, highlight({table}_fts, 0, char(2), char(3)),"
        " snippet({table}_fts, 1, char(2), char(3), '…', 40)"
        " FROM {table}_fts WHERE {table}_fts MATCH %s AND rowid IN ({places})",
        index,
    ).replace("{places}", places)
    cursor.execute(sql, [_match(query), *keys])
    yield from ((row[0], (row[1], row[2])) for row in cursor.fetchall())


def _match(query: Query) -> str:
    """The query in FTS5's language, every word a quoted string."""
    return " AND ".join(_term(term) for term in query.terms)


def _term(term: Term) -> str:
    phrase = " ".join(term.words).replace('"', '""')
    return f'"{phrase}"*' if term.is_open else f'"{phrase}"'


def _filled(sql: str, index: Index) -> str:
    places = {
        "table": index.table,
        "key": index.key,
        "columns": ", ".join(index.columns),
        "new": ", ".join(f"new.{name}" for name in index.columns),
        "old": ", ".join(f"old.{name}" for name in index.columns),
    }
    for name, value in places.items():
        sql = sql.replace(f"{{{name}}}", value)
    return sql
