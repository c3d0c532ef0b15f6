"""Real PostgreSQL, pgbouncer and Redis of a test's own, that can be killed and come back."""

import os
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from tests.processes import free_port, wait_until

PERSON = "polaris"
DATABASE = "polaris"


def _postgres_programs() -> Path | None:
    """Debian keeps them off the PATH, one folder for each version."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=shutil.which("postgres"))
    return newest and Path(newest).resolve().parent


PROGRAMS = _postgres_programs()
REDIS = shutil.which("redis-server") or ""
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""
needs_servers = pytest.mark.skipif(
    PROGRAMS is None or not REDIS,
    reason="needs the programs of PostgreSQL and Redis",
)
needs_pgbouncer = pytest.mark.skipif(not PGBOUNCER, reason="needs pgbouncer")

# These start a database of their own, so they need not run once for each engine.
once = pytest.mark.skipif(
    "DATABASE_URL" in os.environ, reason="brings its own PostgreSQL; runs without DATABASE_URL"
)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that the account PostgreSQL runs under may enter; pytest's own it may not."""
    with tempfile.TemporaryDirectory(prefix="polaris-servers-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def as_postgres() -> list[str]:
    """What stands in front of a command that root may not run."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


class Postgres:
    """A primary, or with `primary` a streaming replica of it."""

    def __init__(self, folder: Path, name: str, primary: "Postgres | None" = None) -> None:
        self.port = free_port()
        self.folder = folder / name
        self.folder.mkdir(0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        if primary is None:
            encoding = ("-E", "UTF8", "--locale=C.UTF-8")
            self._run("initdb", "-D", self.folder, "-A", "trust", "-U", PERSON, *encoding)
            self.start()
            self._run("createdb", *self._client, DATABASE)
        else:
            self._run("pg_basebackup", "-D", self.folder, "-R", "-c", "fast", *primary._client)
            self.start()

    @property
    def _client(self) -> tuple[object, ...]:
        return ("-h", "127.0.0.1", "-p", self.port, "-U", PERSON)

    @property
    def url(self) -> str:
        return f"postgres://{PERSON}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        # fsync=off loses nothing while the machine itself stays up. Slots are none: what a replica
        # missed while it was away is kept by size.
        options = (
            f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off -c max_connections=100"
            " -c wal_keep_size=256MB -c shared_buffers=32MB -c log_statement=all"
        )
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.folder, "-l", log, "-w", "-t", 60, "-o", options, "start")

    def kill(self) -> None:
        """End it as a crash would, every connection broken."""
        self._run("pg_ctl", "-D", self.folder, "-m", "immediate", "-w", "stop")

    def ask(self, question: str) -> object:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(question.encode()).fetchone()
            return row and row[0]

    def has_replayed(self, primary: "Postgres") -> bool:
        written = primary.ask("SELECT pg_current_wal_lsn()")
        return bool(self.ask(f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"))

    def count_of_questions_about(self, table: str) -> int:
        """How many statements that name `table` it was asked since it was made."""
        return (self.folder / "log").read_text(errors="replace").count(f'FROM "{table}"')

    def _run(self, program: str, *arguments: object) -> None:
        assert PROGRAMS is not None
        command = [*as_postgres(), str(PROGRAMS / program), *map(str, arguments)]
        # A pipe would stay open as long as the server that pg_ctl starts.
        with tempfile.TemporaryFile() as output:
            code = subprocess.run(
                command, cwd="/", stdout=output, stderr=output, check=False
            ).returncode
            output.seek(0)
            assert code == 0, output.read().decode()


class Pgbouncer:
    """In front of `server`, in transaction mode: clients take turns on a few connections."""

    CONNECTIONS = 3

    def __init__(self, folder: Path, server: Postgres) -> None:
        self.port = free_port()
        self.folder = folder / f"pgbouncer-{self.port}"
        self.folder.mkdir()
        settings = f"""
            [databases]
            {DATABASE} = host=127.0.0.1 port={server.port} user={PERSON}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {self.port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = {self.CONNECTIONS}
            max_client_conn = 100
        """
        (self.folder / "settings.ini").write_text(textwrap.dedent(settings))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://{PERSON}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [*as_postgres(), PGBOUNCER, self.folder / "settings.ini"],
                cwd="/",
                stdout=log,
                stderr=log,
            )
        wait_until(self.answers, 10)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        self._process.terminate()
        self._process.wait()


class Redis:
    """A Redis that keeps nothing on disk: killed, it comes back empty."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "dir": self.folder}
        command = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        with (self.folder / "redis.log").open("a") as log:
            self._process = subprocess.Popen([REDIS, *command], stdout=log)
        wait_until(self.answers, 10)

    def answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self.port).ping())
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def primary_and_replica(folder: Path) -> Iterator[tuple[Postgres, Postgres]]:
    running: list[Postgres] = []
    try:
        running.append(Postgres(folder, "primary"))
        running.append(Postgres(folder, "replica", primary=running[0]))
        yield running[0], running[1]
    finally:
        for server in reversed(running):
            if (server.folder / "postmaster.pid").exists():
                server.kill()
