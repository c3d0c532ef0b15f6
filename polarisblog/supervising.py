"""Run the whole blog as one: make everything ready, start the parts, end all of them together.

`start.py` becomes this once the packages are there. The blog's code is imported once, here, and
every part is forked from it: that halves the time to the first page, and the parts share the memory
that the code takes. Nothing here opens a connection or starts a thread, which a fork would not
carry over.
"""

import http.client
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from types import FrameType

from setproctitle import setproctitle

from polarisblog.guarding import Guardian, stop_groups

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
        self.parts: dict[str, BaseProcess] = {}
        self.is_stopping = False
        self.guardian = Guardian()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup the hang-up is ignored already, and stays so.
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note_signal)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def start(self, name: str, run: Callable[..., object], *arguments: object) -> None:
        """Fork a part that runs `run` and is called `name` in the list of processes."""
        part = multiprocessing.get_context("fork").Process(
            target=self._become, args=(name, run, *arguments), name=name
        )
        part.start()
        # In the child as well: whoever comes first, its group is there before anybody signals it.
        with suppress(OSError):
            os.setpgid(_pid(part), _pid(part))
        self.parts[name] = part
        self.guardian.watch(_pid(part))

    def _become(self, name: str, run: Callable[..., object], *arguments: object) -> None:
        # Ctrl-C reaches the supervisor alone, which ends the parts in good order.
        os.setpgid(0, 0)
        self.guardian.leave()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        # The environment in /proc stays whole, for whoever looks for what a process was given.
        os.environ["SPT_NOENV"] = "1"
        setproctitle(f"polaris: {name}")
        run(*arguments)

    def answer(self, name: str, run: Callable[[], str]) -> str:
        """What a part that ends by itself gives back."""
        ours, its = multiprocessing.Pipe(duplex=False)
        self.start(name, lambda: its.send(run()))
        its.close()
        part = self.parts[name]
        self.wait_until(lambda: part.exitcode is not None)
        del self.parts[name]
        self.guardian.forget(_pid(part))
        if part.exitcode:
            raise CannotStart(f"The {name} failed; the lines above say why.")
        answer: str = ours.recv()
        return answer

    def wait_until(self, is_done: Callable[[], bool], seconds: float = float("inf")) -> None:
        """Poll `is_done`; raises Stopped on a signal, CannotStart if a part dies or time is up."""
        deadline = time.monotonic() + seconds
        while not is_done():
            if self.is_stopping:
                raise Stopped
            for name, part in self.parts.items():
                if part.exitcode is not None and not is_done():
                    raise CannotStart(f"The {name} ended by itself (exit code {part.exitcode}).")
            if time.monotonic() > deadline:
                raise CannotStart(f"No answer after {seconds:.0f} seconds.")
            time.sleep(0.05)

    def stop(self) -> None:
        # Asking for the children collects the dead ones.
        stop_groups([_pid(part) for part in self.parts.values()], multiprocessing.active_children)
        self.guardian.dismiss()


def _pid(part: BaseProcess) -> int:
    if part.pid is None:
        raise RuntimeError("not started yet")
    return part.pid


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
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polarisblog.settings")
    # Only now: all of the blog is in there, and a signal that comes meanwhile is heard afterwards.
    from polarisblog import parts  # noqa: PLC0415 # see above

    moderator = supervisor.answer("preparation", parts.prepare)
    supervisor.start("web server", parts.serve_web, host, port, 1 if parts.DEBUG else WORKERS)
    has_sandbox = sandbox_url == parts.SANDBOX_URL
    if has_sandbox:
        supervisor.start("sandbox", parts.manage, "sandbox", "--port", str(sandbox_port))
    supervisor.wait_until(lambda: is_healthy(local(host), port, parts.SITE_HOST), READY_SECONDS)
    # The worker can wait: on two cores it would be in the way of the others.
    supervisor.start("background worker", parts.work)
    if has_sandbox:
        supervisor.wait_until(lambda: accepts("127.0.0.1", sandbox_port), READY_SECONDS)
    print(welcome(parts.SITE_URL, moderator, has_sandbox=bool(parts.SANDBOX_URL)), flush=True)
    supervisor.wait_until(lambda: False)


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


def welcome(site_url: str, moderator: str, *, has_sandbox: bool) -> str:
    """What somebody who started this for the first time wants to know."""
    lines: Iterable[str] = (
        f"Blog     {site_url}/",
        f"Admin    {site_url}/admin/",
        "",
        f"Moderate {moderator}",
        *(
            ["Comment  every sign-in button is answered by a sandbox: pick anybody."]
            if has_sandbox
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
