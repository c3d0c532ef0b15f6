"""Databases of their own for blogs under test, on the server that DATABASE_URL names.

Without such a server there is nothing to make: SQLite's file stands in a blog's DATA_DIR.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def own_database(copied_from: str = "") -> Iterator[dict[str, str]]:
    """A blog's environment with a new database, dropped after: empty, or a copy of that one."""
    name = f"journey_{uuid.uuid4().hex[:12]}"
    try:
        yield create(name, copied_from)
    finally:
        drop(name)


def create(name: str, copied_from: str = "") -> dict[str, str]:
    template = f'TEMPLATE "{copied_from}"' if copied_from else ""
    if not _tell_the_server(f'CREATE DATABASE "{name}" {template}'):
        return {}
    cache = os.environ.get("CACHE_URL", "")
    return {
        "DATABASE_URL": urlunsplit(urlsplit(_server())._replace(path=f"/{name}")),
        "CACHE_URL": cache and f"{cache}?key_prefix={name}",
    }


def drop(name: str) -> None:
    _tell_the_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _server() -> str:
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith("postgres") else ""


def _tell_the_server(statement: str) -> bool:
    """Whether there is one."""
    if not _server():
        return False
    import psycopg  # noqa: PLC0415 # only where PostgreSQL is in use

    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(statement.encode())
    return True
