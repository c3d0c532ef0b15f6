"""Writing: guests' comments through HTTP on the whole stack, and a count of what was kept."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import loading, machine
from tests.bench.servers import blog_environment, fetch
from tests.processes import Running, free_port, manage, start_blog

# As it is where one machine is too small, which is what PostgreSQL is for.
ELSEWHERE = "PostgreSQL on another core"
ARTICLE = "/2011/01/11/polaris-project/"
RESPOND = f"{ARTICLE}respond/"
SETTINGS = "from comments.models import *; DiscussionSettings(holds_first_comment={holds}).save()"
COUNT = """
from comments.models import *
texts = list(Comment.objects.filter(kind="comment").values_list("text", flat=True))
conversation = Conversation.objects.get()
approved = Comment.objects.filter(status="approved").count()
print("RESULT", len(texts), len(set(texts)), conversation.response_count == approved)
"""


@dataclass(frozen=True)
class Writing:
    """One database and one way of moderating.

    `lost` were acknowledged and are not there; `doubled` are there twice; `is_exact`: whether the
    heading counts what can be read.
    """

    database: str
    is_held: bool
    per_second: float
    p50_ms: float
    p99_ms: float
    per_second_of_64: float
    accepted: int
    failures: int
    lost: int
    doubled: int
    is_exact: bool


def measure(scratch: Path, *, rounds: int, seconds: float) -> list[Writing]:
    found = [_measure("SQLite", {}, scratch, held, rounds, seconds) for held in (True, False)]
    if not machine.find("postgres"):
        print(*machine.missing({"postgres": machine.OPTIONAL["postgres"]}))
        return found
    with postgres(machine.on_server_core) as url:
        for held in (True, False):
            environment = {"DATABASE_URL": _fresh(url, held)}
            found.append(_measure("PostgreSQL", environment, scratch, held, rounds, seconds))
    with postgres(machine.on_load_core) as url:
        environment = {"DATABASE_URL": _fresh(url, held=True)}
        found.append(_measure(ELSEWHERE, environment, scratch, True, rounds, seconds))
    return found


def _measure(
    database: str,
    environment: dict[str, str],
    scratch: Path,
    is_held: bool,
    rounds: int,
    seconds: float,
) -> Writing:
    print(f"Writing to {database}, {'held' if is_held else 'shown at once'} …", flush=True)
    folder = Path(tempfile.mkdtemp(dir=scratch))
    port = free_port()
    ours = blog_environment(folder, PORT=port, **environment)
    blog, _ = start_blog(folder, folder / "output.txt", prefix=machine.on_server_core(), **ours)
    with blog:
        manage(ours, "shell", "-v", "0", "-c", SETTINGS.format(holds=is_held))
        url = f"http://127.0.0.1:{port}{RESPOND}"
        # As readers do before they write.
        fetch(port, ARTICLE)
        loads = [loading.write(url, connections=8, seconds=seconds) for _ in range(rounds + 1)]
        many = loading.write(url, connections=64, seconds=seconds)
        blog.end()
    said = manage(ours, "shell", "-v", "0", "-c", COUNT).split("RESULT")[1].split()
    stored, different, is_exact = int(said[0]), int(said[1]), said[2] == "True"
    accepted = sum(load.accepted for load in [*loads, many])
    measured = loads[1:]
    return Writing(
        database=database,
        is_held=is_held,
        per_second=median(load.accepted_per_second for load in measured),
        p50_ms=median(load.p50_ms for load in measured),
        p99_ms=median(load.p99_ms for load in measured),
        per_second_of_64=many.accepted_per_second,
        accepted=accepted,
        failures=sum(load.failures for load in [*loads, many]),
        lost=max(accepted - stored, 0),
        doubled=stored - different,
        is_exact=is_exact,
    )


# --- A PostgreSQL of our own --------------------------------------------------


@contextlib.contextmanager
def postgres(on_core: Callable[..., list[object]]) -> Iterator[str]:
    """The address of a PostgreSQL of its own, on that core, as durable as by default."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o711)
        folder, port = Path(scratch) / "postgres", free_port()
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        made = ("-D", folder, "-A", "trust", "-U", "polaris", "-E", "UTF8", "--locale=C.UTF-8")
        _as_postgres(machine.find("initdb"), *made)
        command = _who(machine.find("postgres"), "-D", folder, "-h", "127.0.0.1", "-p", port)
        command += ["-k", folder, "-c", "max_connections=100"]
        with Running(on_core(*command), {}, Path(scratch) / "log.txt") as server:
            server.wait_for("ready to accept connections")
            yield f"postgres://polaris@127.0.0.1:{port}/postgres"


def _fresh(url: str, held: bool) -> str:
    """The address of a new, empty database on that server."""
    import psycopg  # noqa: PLC0415 # only where PostgreSQL is in use

    name = "held" if held else "shown"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    return f"{url.rpartition('/')[0]}/{name}"


def _who(*command: object) -> list[object]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else [*command]


def _as_postgres(*command: object) -> None:
    subprocess.run(
        [str(part) for part in _who(*command)], check=True, stdout=subprocess.DEVNULL, cwd="/"
    )
