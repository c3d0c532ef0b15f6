"""The index on PostgreSQL: weighted tsvectors in a table beside the content table.

A table of its own and not a generated column: a column that another one is made from cannot change
its type any more. Source: PostgreSQL documentation, chapter 12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from posts.search.words import Query, Term

if TYPE_CHECKING:
    from posts.search.index import Index

CONFIGURATIONS = {"en": "english", "es": "spanish"}
# A tsvector holds at most a megabyte; a longer text is found by its beginning.
MAX_LENGTH = 200_000


def ensure(cursor: CursorWrapper, index: Index) -> None:
    cursor.execute("SELECT to_regclass(%s)", [f"{index.table}_fts"])
    is_there = cursor.fetchone()[0] is not None
    for statement in _STATEMENTS.split(";;"):
        cursor.execute(_filled(statement, index))
    if not is_there:
        rebuild(cursor, index)


MARKS = "StartSel=\x02, StopSel=\x03, HighlightAll=1"
WORDS_BEFORE, WORDS_SHOWN = 12, 40
# Title, text, terms.
WEIGHTS = "ADB"


def _vector(row: str, index: Index) -> str:
    return " || ".join(
        f"setweight(to_tsvector('{_language()}', left({row}.{name}, {MAX_LENGTH})), '{weight}')"
        for name, weight in zip(index.columns, WEIGHTS, strict=False)
    )


# Deleting is no foreign key's business: whoever empties the content table with TRUNCATE could not.
_STATEMENTS = """
CREATE TABLE IF NOT EXISTS {table}_fts (key bigint PRIMARY KEY, vector tsvector NOT NULL);;
CREATE INDEX IF NOT EXISTS {table}_fts_vector ON {table}_fts USING gin (vector);;
CREATE OR REPLACE FUNCTION {table}_fts_put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'UPDATE' AND ({old}) = ({new}) THEN
        RETURN NULL;
    END IF;
    INSERT INTO {table}_fts (key, vector) VALUES (new.{key}, {new_vector})
    ON CONFLICT (key) DO UPDATE SET vector = excluded.vector;
    RETURN NULL;
END $$;;
CREATE OR REPLACE FUNCTION {table}_fts_drop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM {table}_fts WHERE key = old.{key};
    RETURN NULL;
END $$;;
CREATE OR REPLACE TRIGGER {table}_fts_put AFTER INSERT OR UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_fts_put();;
CREATE OR REPLACE TRIGGER {table}_fts_drop AFTER DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_fts_drop()
"""


def withdraw(cursor: CursorWrapper, index: Index) -> None:
    for part in ("put", "drop"):
        cursor.execute(f"DROP FUNCTION IF EXISTS {index.table}_fts_{part} CASCADE")
    cursor.execute(f"DROP TABLE IF EXISTS {index.table}_fts")


def rebuild(cursor: CursorWrapper, index: Index) -> None:
    cursor.execute(_filled("DELETE FROM {table}_fts", index))
    fill = "INSERT INTO {table}_fts (key, vector) SELECT row.{key}, {row_vector} FROM {table} row"
    cursor.execute(_filled(fill, index))


def count(
    cursor: CursorWrapper, index: Index, query: Query, visible: str, params: Sequence[Any]
) -> int:
    asked, words = _asked(query)
    sql = _filled("SELECT count(*) FROM {table}_fts WHERE vector @@ {asked}", index)
    sql = f"{sql} AND key IN ({visible})".replace("{asked}", asked)
    cursor.execute(sql, [*words, *params])
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
    asked, words = _asked(query)
    # 1: a long text is no better for holding a word once more.
    sql = _filled(
        "SELECT key FROM {table}_fts, (SELECT {asked} AS asked) AS query WHERE vector @@ asked"
        " AND key IN ({visible}) ORDER BY ts_rank(vector, asked, 1) DESC, key DESC"
        " LIMIT %s OFFSET %s",
        index,
    )
    sql = sql.replace("{asked}", asked).replace("{visible}", visible)
    cursor.execute(sql, [*words, *params, stop - start, start])
    yield from (row[0] for row in cursor.fetchall())


def excerpts(
    cursor: CursorWrapper, index: Index, query: Query, keys: Sequence[int]
) -> Iterator[tuple[int, tuple[str, str]]]:
    asked, words = _asked(query)
    sql = _filled(
        "SELECT {key}, ts_headline('{language}', {title}, asked, %s),"
        " ts_headline('{language}', left({text}, %s), asked, %s)"
        " FROM {table}, (SELECT {asked} AS asked) AS query WHERE {key} = ANY(%s)",
        index,
    ).replace("{asked}", asked)
    # The places stand in the order of the statement: the query is asked for after the columns.
    cursor.execute(sql, [MARKS, MAX_LENGTH, MARKS, *words, list(keys)])
    yield from ((row[0], (row[1], _telling(row[2]))) for row in cursor.fetchall())


def _telling(text: str) -> str:
    """The words around the first one that was found; PostgreSQL's own choice begins too late."""
    words = text.split()
    found = next((place for place, word in enumerate(words) if "\x02" in word), 0)
    start = max(found - WORDS_BEFORE, 0) if found + WORDS_BEFORE > WORDS_SHOWN else 0
    shown = " ".join(words[start : start + WORDS_SHOWN])
    before, after = "…" * bool(start), "…" * (len(words) > start + WORDS_SHOWN)
    return f"{before}{shown}{after}"


def _asked(query: Query) -> tuple[str, list[str]]:
    """The query as a tsquery expression, and the words that go into its places."""
    parts, words = zip(*map(_term, query.terms), strict=True)
    return f"({' && '.join(parts)})", list(words)


def _term(term: Term) -> tuple[str, str]:
    if term.is_open:
        # Letters, marks and digits only (words.split), so nothing here is an operator.
        return "to_tsquery('{language}', %s)".replace("{language}", _language()), (
            f"'{term.words[0]}':*"
        )
    return f"phraseto_tsquery('{_language()}', %s)", " ".join(term.words)


def _language() -> str:
    return CONFIGURATIONS.get(settings.LANGUAGE_CODE[:2], "simple")


def _filled(sql: str, index: Index) -> str:
    places = {
        "table": index.table,
        "key": index.key,
        "title": index.columns[0],
        "text": index.columns[1],
        "language": _language(),
        "new_vector": _vector("new", index),
        "row_vector": _vector("row", index),
        "new": ", ".join(f"new.{name}" for name in index.columns),
        "old": ", ".join(f"old.{name}" for name in index.columns),
    }
    for name, value in places.items():
        sql = sql.replace(f"{{{name}}}", value)
    return sql
