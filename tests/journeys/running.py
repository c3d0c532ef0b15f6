"""The product as a newcomer starts it: one command, an empty DATA_DIR, a database of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
START_DEADLINE_SECONDS = 60
STOP_DEADLINE_SECONDS = 20
MODERATOR = {"name": "moderator", "password": "a long enough pass phrase"}


@dataclass
class RunningSite:
    """A started blog at `url`; `output` is what it has printed so far."""

    url: str
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    @property
    def article_url(self) -> str:
        return f"{self.url}/2011/01/11/polaris-project/"

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while not any(text in line for line in self.output):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was not printed:\n" + "".join(self.output))
            time.sleep(0.05)


@contextlib.contextmanager
def running_site(data_dir: Path, **environment: str) -> Iterator[RunningSite]:
    """`python3 start.py`, up; stopped as a person stops it."""
    port = free_port()
    with own_database() as database:
        process = subprocess.Popen(
            [sys.executable, "start.py"],
            cwd=ROOT,
            env={
                **os.environ,
                **database,
                "PORT": str(port),
                "DATA_DIR": str(data_dir),
                "DJANGO_SETTINGS_MODULE": "polarisblog.settings",
                "DJANGO_SUPERUSER_USERNAME": MODERATOR["name"],
                "DJANGO_SUPERUSER_PASSWORD": MODERATOR["password"],
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        site = RunningSite(f"http://127.0.0.1:{port}", process)
        reader = threading.Thread(target=_read, args=(site,), daemon=True)
        reader.start()
        try:
            site.wait_for("Ctrl-C")
            yield site
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_DEADLINE_SECONDS)
            reader.join(STOP_DEADLINE_SECONDS)


def _read(site: RunningSite) -> None:
    assert site.process.stdout is not None
    for line in site.process.stdout:
        site.output.append(line)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
            yield {"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
