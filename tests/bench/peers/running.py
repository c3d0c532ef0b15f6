"""Isso and django-comments-xtd beside us in the same run, made from the registry."""

import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench import loading, machine
from tests.bench.peers import ISSO, XTD
from tests.bench.servers import SLOW, Server, up
from tests.processes import Running, free_port, status_of, wait_until

PACKAGES = (
    "isso==0.14.0",
    "django-comments-xtd==2.10.13",
    "django==5.2.*",
    "gunicorn",
    "setuptools",
)
COUNTS = (1, 100)
LUA = Path(__file__).with_name("isso.lua")
SETTINGS = """
[general]
dbpath = {folder}/isso.db
host = http://127.0.0.1:{port}/
[server]
listen = http://127.0.0.1:{port}
[guard]
enabled = false
[moderation]
enabled = true
"""


def install(scratch: Path) -> Path | None:
    """Their environment's `bin`; None where the registry does not hand them out."""
    print("Installing peers …", flush=True)
    folder, uv = scratch / "peers", Path(sys.executable).with_name("uv")
    commands = (
        [uv, "venv", "--quiet", "--python", sys.executable, folder],
        [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *PACKAGES],
    )
    for command in commands:
        if subprocess.run([str(part) for part in command], check=False).returncode:
            print("Peers could not be installed. They are left out.")
            return None
    return folder / "bin"


@contextlib.contextmanager
def xtd(bin_folder: Path, scratch: Path, article: str) -> Iterator[Server]:
    """The article with comments below it, under gunicorn as its example project runs."""
    environment = {
        "SECRET_KEY": secrets.token_urlsafe(32),
        "XTD_DATABASE": scratch / "xtd.sqlite3",
        "DJANGO_SETTINGS_MODULE": "",
    }
    known = {name: value for name, value in os.environ.items() if name not in environment}
    subprocess.run(
        [bin_folder / "python", "-m", "tests.bench.peers.xtd", *map(str, COUNTS)],
        input=article,
        text=True,
        check=True,
        env=known | {name: str(value) for name, value in environment.items() if value},
    )
    port = free_port()
    command = (bin_folder / "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", 2)
    command += ("--threads", 4, "tests.bench.peers.xtd:application")
    paths = {count: f"/{count}/" for count in COUNTS}
    with up(XTD, command, environment, scratch, port, paths, SLOW) as server:
        yield server


def isso_writes(bin_folder: Path, scratch: Path, *, rounds: int, seconds: float) -> float:
    """Comments that it accepts in a second from eight writers, each held for a moderator."""
    print(f"Writing to {ISSO} …", flush=True)
    folder, port = scratch / "isso", free_port()
    folder.mkdir()
    settings = folder / "isso.cfg"
    settings.write_text(SETTINGS.format(folder=folder, port=port))
    command = machine.on_server_core(bin_folder / "isso", "-c", settings, "run")
    with Running(command, {}, folder / "output.txt"):
        wait_until(lambda: status_of(port, "/config"), seconds=60)
        url = f"http://127.0.0.1:{port}/new?uri=%2F2011%2F01%2F11%2Fpolaris-project%2F"
        loads = [
            loading.write(url, connections=8, seconds=seconds, script=LUA)
            for _ in range(rounds + 1)
        ]
    return median(load.accepted_per_second for load in loads[1:])
