"""PostgreSQL: `pg_dump` in its custom format, and `pg_restore` as the reader of that.

pg_restore writes SQL, which is run here in one transaction that first drops what was there: either
the archive's blog is there afterwards or the one from before. psql, whose scripts can start
programs, has no part in it.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, LiteralString, cast

import psycopg
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient
from psycopg import sql

from polarisblog.backups.archive import BadArchive
from polarisblog.backups.engines.snapshots import LOCK_SECONDS, EngineFailed, Snapshot, left_out

MEMBER = "database.pgdump"
COPY = re.compile(rb'COPY (?:"?[^".]+"?\.)?"?([^" ]+)"? .*FROM stdin;\n')
# Instructions to psql; and the schema, which is there and may belong to somebody else.
NOT_RUN = (b"\\", b"CREATE SCHEMA ")
END = b"\\.\n"
OURS = "relnamespace = current_schema()::regnamespace"
TABLES = f"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND {OURS}"  # noqa: S608 # constants
# Everything of ours in the schema, but for what an extension brought or a table's column owns.
DROPS = """
SELECT format('DROP %s IF EXISTS %I.%I CASCADE',
    CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
    ELSE 'TABLE' END, current_schema(), relname)
FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
AND relnamespace = current_schema()::regnamespace
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i', 'a'))
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def snapshot(folder: Path) -> Snapshot:
    """pg_dump reads the very instant that the rows are counted in."""
    path = folder / MEMBER
    with _session() as ours, ours.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        instant, schema, version = _one(
            cursor,
            "SELECT pg_export_snapshot(), current_schema(), current_setting('server_version')",
        )
        behind = left_out()
        with _tool(
            *("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments"),
            *(f"--schema={schema}", "--extension=*", f"--snapshot={instant}", f"--file={path}"),
            *(f"--exclude-table-data={schema}.{table}" for table in behind),
            *_database(),
        ):
            pass
        names = [row[0] for row in cursor.execute(TABLES).fetchall()]
        tables = {name: 0 if name in behind else _count(cursor, schema, name) for name in names}
        done = cursor.execute("SELECT app || '.' || name FROM django_migrations").fetchall()
    return Snapshot(path, version, tables, sorted(row[0] for row in done))


def check(path: Path, folder: Path) -> dict[str, int]:
    """The rows of each table, counted in the dump itself. Raises BadArchive."""
    tables: dict[str, int] = {}
    try:
        with _tool("pg_restore", "--file=-", str(path)) as script:
            for line in script:
                named = COPY.fullmatch(line)
                if named:
                    tables[named[1].decode()] = sum(1 for _ in _rows(script))
    except EngineFailed as problem:
        raise BadArchive(f"The database in the archive cannot be read. {problem}") from problem
    return tables


def load(path: Path, folder: Path, tables: dict[str, int]) -> None:
    """Put the archive's database in the place of ours, in one transaction."""
    connection.close()
    try:
        with _session() as ours, ours.cursor() as cursor:
            (schema,) = _one(cursor, "SELECT current_schema()")
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            for (drop,) in cursor.execute(DROPS).fetchall():
                cursor.execute(drop)
            with _tool(
                "pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path)
            ) as script:
                _run(script, cursor)
            found = {name: _count(cursor, schema, name) for name in tables}
            if found != tables:
                raise BadArchive("The database in the archive has not the rows that it lists.")
    except psycopg.Error as problem:
        raise EngineFailed(f"PostgreSQL says: {problem}") from problem


def _run(script: IO[bytes], cursor: psycopg.Cursor[Any]) -> None:
    statements = bytearray()
    for line in script:
        if COPY.fullmatch(line):
            cursor.execute(bytes(statements))
            statements.clear()
            with cursor.copy(line) as copy:
                for row in _rows(script):
                    copy.write(row)
        elif not line.startswith(NOT_RUN):
            statements += line
    cursor.execute(bytes(statements))


def _rows(script: IO[bytes]) -> Iterator[bytes]:
    for row in script:
        if row == END:
            return
        yield row
    raise BadArchive("The database in the archive ends in the middle of a table.")


@contextmanager
def _session() -> Iterator[psycopg.Connection[Any]]:
    """A connection beside Django's pool, in one transaction."""
    try:
        with psycopg.connect(**cast(Any, connection).get_connection_params()) as ours:
            yield ours
    except psycopg.OperationalError as problem:
        raise EngineFailed(f"PostgreSQL says: {problem}") from problem


def _one(cursor: psycopg.Cursor[Any], query: LiteralString) -> Any:
    return cursor.execute(query).fetchone()


def _count(cursor: psycopg.Cursor[Any], schema: str, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}.{}").format(
        sql.Identifier(schema), sql.Identifier(table)
    )
    row = cursor.execute(query).fetchone()
    return int(row[0]) if row else 0


def _database() -> list[str]:
    arguments, _environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    return arguments[1:]


@contextmanager
def _tool(*command: str) -> Iterator[IO[bytes]]:
    """What one of PostgreSQL's programs writes; its complaint, if any, is raised at the end."""
    _arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    with tempfile.TemporaryFile() as complaint:
        try:
            process = subprocess.Popen(  # noqa: S603 # the commands are ours
                command,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaint,
            )
        except FileNotFoundError:
            raise EngineFailed(
                f"{command[0]} is missing. Debian and Ubuntu: sudo apt install postgresql-client."
            ) from None
        try:
            yield cast(IO[bytes], process.stdout)
        except BaseException:
            process.kill()
            raise
        finally:
            cast(IO[bytes], process.stdout).close()
            process.wait()
        if process.returncode:
            complaint.seek(0)
            raise EngineFailed(complaint.read(2000).decode(errors="replace").strip())
