"""Starting a blog: everything is made ready, then each part is forked and waited for.

The blog's code is imported once, here, and every part is forked from it: that halves the time to
the first page, and the parts share the memory that the code takes. Nothing here opens a connection
or starts a thread, which a fork would not carry over.
"""

import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NoReturn

from environs import EnvError
from setproctitle import setproctitle

from polarisblog.environment import HIGHEST_PORT
from polarisblog.watching import CannotStart, Watch, heard_signals

READY_SECONDS = 60


def start(watch: Watch) -> None:
    """Bring all parts up under `watch`, and say where they are; raises CannotStart, Stopped."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    claim_port(host, port)
    serve(watch, host, int(port))


def serve(watch: Watch, host: str, port: int) -> None:
    sandbox_port = free_port()
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    os.environ.setdefault("SANDBOX_URL", sandbox_url)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polarisblog.settings")
    # Only now: all of the blog is in there, and a signal that comes meanwhile is heard afterwards.
    try:
        from polarisblog import parts  # noqa: PLC0415 # see above
    except EnvError as problem:
        raise CannotStart(str(problem)) from problem

    moderator = answer(watch, "preparation", parts.prepare)
    fork(watch, "web server", parts.serve_web, host, port)
    has_sandbox = sandbox_url == parts.SANDBOX_URL
    if has_sandbox:
        fork(watch, "sandbox", parts.manage, "sandbox", "--port", str(sandbox_port))
    watch.wait_until(lambda: is_healthy(local(host), port, parts.SITE_HOST), READY_SECONDS)
    # The worker can wait: on two cores it would be in the way of the others.
    fork(watch, "background worker", parts.work)
    if has_sandbox:
        watch.wait_until(lambda: accepts("127.0.0.1", sandbox_port), READY_SECONDS)
    print(welcome(parts.SITE_URL, moderator, has_sandbox=bool(parts.SANDBOX_URL)), flush=True)


# --- Parts --------------------------------------------------------------------


def fork(watch: Watch, name: str, run: Callable[..., object], *arguments: object) -> None:
    """Start a part that runs `run` and is called `name` in the list of processes."""
    pid = os.fork()
    if pid == 0:
        become(watch, name, run, *arguments)
    # In the child as well: whoever comes first, its group is there before anybody signals it.
    with suppress(OSError):
        os.setpgid(pid, pid)
    watch.add(name, pid)


def become(watch: Watch, name: str, run: Callable[..., object], *arguments: object) -> NoReturn:
    """Run `run` and end, as a program of its own would."""
    code = 1
    try:
        # Ctrl-C reaches the supervisor alone, which ends the parts in good order.
        os.setpgid(0, 0)
        watch.guardian.leave()
        for number in heard_signals():
            signal.signal(number, signal.SIG_DFL)
        # The environment in /proc stays whole, for whoever looks for what a process was given.
        os.environ["SPT_NOENV"] = "1"
        setproctitle(f"polaris: {name}")
        run(*arguments)
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 # whatever it is, it must not reach who forked us
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def answer(watch: Watch, name: str, run: Callable[[], str]) -> str:
    """What a part that ends by itself gives back."""
    reading, writing = os.pipe()
    fork(watch, name, lambda: os.write(writing, run().encode()))
    os.close(writing)
    watch.wait_until(lambda: watch.exit_code(name) is not None)
    has_failed = watch.exit_code(name) != 0
    watch.forget(name)
    if has_failed:
        raise CannotStart(f"The {name} failed; the lines above say why.")
    with os.fdopen(reading, encoding="utf-8") as said:
        return said.read()


# --- The outside --------------------------------------------------------------


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
