"""Run the whole blog as one: make everything ready, start the parts, end all of them together.

`start.py` becomes this once the packages are there. No Django in here: this process lives as long
as the blog and stays small.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from polarisblog.guarding import Guardian, stop_groups

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
READY_SECONDS = 60
HIGHEST_PORT = 65535
# Two processes use two cores and survive the loss of one; development wants one to read and debug.
WORKERS = 2


class CannotStart(Exception):
    """Why the blog is not running, for the person who started it."""


class Stopped(Exception):
    """Somebody asked us to stop before everything was up."""


class Supervisor:
    """The parts of a running blog, each in a process group of its own."""

    def __init__(self) -> None:
        self.parts: dict[str, subprocess.Popen[str]] = {}
        self.is_stopping = False
        self.guardian = Guardian()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup the hang-up is ignored already, and stays so.
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note_signal)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def start(self, name: str, command: list[str], *, is_asked: bool = False) -> None:
        """Start a part; with `is_asked` its output is kept for `answer` instead of shown."""
        self.parts[name] = subprocess.Popen(  # noqa: S603 # the commands are ours
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if is_asked else None,
            text=True,
            # Ctrl-C reaches us alone, and we end the parts in good order.
            process_group=0,
        )
        self.guardian.watch(self.parts[name].pid)

    def answer(self, name: str) -> str:
        """What a part printed until it ended by itself."""
        part = self.parts[name]
        self.wait_until(lambda: part.poll() is not None)
        del self.parts[name]
        self.guardian.forget(part.pid)
        if part.returncode:
            raise CannotStart(f"The {name} failed; the lines above say why.")
        return part.communicate()[0]

    def wait_until(self, is_done: Callable[[], bool], seconds: float = float("inf")) -> None:
        """Poll `is_done`; raises Stopped on a signal, CannotStart if a part dies or time is up."""
        deadline = time.monotonic() + seconds
        while not is_done():
            if self.is_stopping:
                raise Stopped
            for name, part in self.parts.items():
                if part.poll() is not None and not is_done():
                    raise CannotStart(f"The {name} ended by itself (exit code {part.returncode}).")
            if time.monotonic() > deadline:
                raise CannotStart(f"No answer after {seconds:.0f} seconds.")
            time.sleep(0.05)

    def stop(self) -> None:
        stop_groups([part.pid for part in self.parts.values()], self._reap)
        self.guardian.dismiss()

    def _reap(self) -> None:
        for part in self.parts.values():
            part.poll()


def main() -> int:
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    supervisor = Supervisor()
    try:
        claim_port(host, port)
        serve(supervisor, host, int(port))
    except Stopped:
        print("\nStopped.", flush=True)
    except CannotStart as problem:
        print(problem, file=sys.stderr, flush=True)
        return 1
    finally:
        supervisor.stop()
    return 0


def serve(supervisor: Supervisor, host: str, port: int) -> None:
    sandbox_port = free_port()
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    os.environ.setdefault("SANDBOX_URL", sandbox_url)
    supervisor.start("preparation", [*MANAGE, "prepare", "--json"], is_asked=True)
    facts = json.loads(supervisor.answer("preparation"))
    supervisor.start("web server", web_server(host, port, workers=1 if facts["debug"] else WORKERS))
    # The rest waits until the blog answers: on two cores it would be in the way of that.
    supervisor.wait_until(lambda: is_healthy(local(host), port, facts["host"]), READY_SECONDS)
    supervisor.start("background worker", [*MANAGE, "worker"])
    if facts["sandbox"] == sandbox_url:
        supervisor.start("sandbox", [*MANAGE, "sandbox", "--port", str(sandbox_port)])
        supervisor.wait_until(lambda: accepts("127.0.0.1", sandbox_port), READY_SECONDS)
    print(welcome(facts), flush=True)
    supervisor.wait_until(lambda: False)


def web_server(host: str, port: int, *, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--http", "1", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        # A worker that crashes is replaced in production; in development its death should be seen.
        "--respawn-failed-workers" if workers > 1 else "--no-respawn-failed-workers",
        *("--workers-kill-timeout", "8", "--log-level", "warning"),
        "polarisblog.asgi:application",
    ]


def local(host: str) -> str:
    """Where a server that listens on `host` can be reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def claim_port(host: str, port: str) -> None:
    """Raise CannotStart, in words, if no server could listen there."""
    if not port.isdigit() or not 0 < int(port) <= HIGHEST_PORT:
        raise CannotStart(f"PORT should be a number up to {HIGHEST_PORT}; it is “{port}”.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except socket.gaierror:
        raise CannotStart(f"HOST names no address of this machine: {host}") from None
    except PermissionError:
        raise CannotStart(f"Port {port} needs an administrator; ports from 1024 do not.") from None
    except OSError:
        raise CannotStart(
            f"Port {port} on {host} is taken by another program (or {host} is not this machine). "
            f"Try: PORT={int(port) % HIGHEST_PORT + 1} python3 start.py"
        ) from None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def accepts(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def is_healthy(host: str, port: int, site_host: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz", headers={"Host": site_host})
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    return False


def welcome(facts: dict[str, str]) -> str:
    """What somebody who started this for the first time wants to know."""
    lines: Iterable[str] = (
        f"Blog     {facts['site_url']}/",
        f"Admin    {facts['site_url']}/admin/",
        "",
        f"Moderate {facts['moderator']}",
        *(
            ["Comment  every sign-in button is answered by a sandbox: pick anybody."]
            if facts["sandbox"]
            else []
        ),
        "",
        "Ctrl-C stops it.",
    )
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    return "\n".join(
        [
            "",
            f"  ✦ {bold}Polaris Blog is running{plain}",
            "",
            *(f"    {line}".rstrip() for line in lines),
            "",
        ]
    )


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no star still gets the addresses.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # always a TextIOWrapper here
    sys.exit(main())
