"""The product as a newcomer starts it: one command, an empty DATA_DIR, a database of its own."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.processes import Running, start_blog

MODERATOR = {"name": "moderator", "password": "a long enough pass phrase"}
# Hashing and compressing the static files takes seconds: done once, linked for later sites.
STATIC = ("static", "static-fingerprint.txt")
_made_before: list[Path] = []


@dataclass(frozen=True)
class RunningSite:
    """A started blog at `url`; `environment` lets `manage.py` meet the same blog."""

    url: str
    running: Running
    environment: dict[str, str]

    @property
    def article_url(self) -> str:
        return f"{self.url}/2011/01/11/polaris-project/"

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.running.output


@contextlib.contextmanager
def running_site(data_dir: Path, **environment: str) -> Iterator[RunningSite]:
    """`python3 start.py`, up; stopped as a person stops it."""
    _link_static_files(data_dir)
    with own_database() as database:
        running, port = start_blog(
            data_dir,
            data_dir / "output.txt",
            DJANGO_SUPERUSER_USERNAME=MODERATOR["name"],
            DJANGO_SUPERUSER_PASSWORD=MODERATOR["password"],
            **database,
            **environment,
        )
        with running:
            _made_before.append(data_dir)
            ours = {"DATA_DIR": str(data_dir), "PORT": str(port), **database, **environment}
            yield RunningSite(f"http://127.0.0.1:{port}", running, ours)
            running.end()


def _link_static_files(data_dir: Path) -> None:
    for made in _made_before[:1]:
        shutil.copytree(made / STATIC[0], data_dir / STATIC[0], copy_function=os.link)
        shutil.copy(made / STATIC[1], data_dir / STATIC[1])


@contextlib.contextmanager
def own_database() -> Iterator[dict[str, str]]:
    """On PostgreSQL a fresh database, dropped after; on SQLite DATA_DIR holds it."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    import psycopg  # noqa: PLC0415 # only where PostgreSQL is in use

    name = f"journey_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {
                "DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}")),
                "CACHE_URL": os.environ.get("CACHE_URL", ""),
            }
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
