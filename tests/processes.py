"""Real processes under test: starting them, waiting for them, and seeing what they leave behind."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
MARK = "POLARIS_TEST_MARK"
# What a test run or its caller may have set, and a process under test must not inherit.
OURS = (
    *("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CACHE_URL", "DEBUG", "HOST", "PORT", "SITE_URL"),
    *("SANDBOX_URL", "ALLOWED_HOSTS", "SECRET_KEY", "EMAIL_URL", "DJANGO_SUPERUSER_USERNAME"),
)


def wait_until(is_done: Callable[[], object], seconds: float = 30) -> None:
    """Poll until `is_done` answers something true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def status_of(port: int, path: str = "/healthz") -> int:
    """The status a local server answers with; 0 while there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _hear_signals() -> None:
    """Tests in the background or under nohup ignore some, and children would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running:
    """A process and all it starts, recognised by a mark in their environment (Linux only)."""

    def __init__(
        self, command: Sequence[object], environment: Mapping[str, object], output: Path
    ) -> None:
        self.mark = secrets.token_hex(8)
        self._output = output
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        # SPT_NOENV: whoever gives itself a title leaves in its environment the mark that we find it
        # by.
        ours = {name: str(value) for name, value in environment.items()}
        fixed = {"PYTHONUNBUFFERED": "1", "SPT_NOENV": "1", MARK: self.mark}
        self.environment = {**inherited, **ours, **fixed}
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                preexec_fn=_hear_signals,  # noqa: PLW1509 # it takes no lock
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for pid in [self.process.pid, *self.family()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    @property
    def output(self) -> str:
        return self._output.read_text()

    def family(self, part: str = "") -> list[int]:
        """The pids of all that live, or of those with `part` in their command line."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
            if f"{MARK}={self.mark}".encode() in environment and part.encode() in command:
                found.append(int(folder.name))
        return found

    def kill(self, part: str) -> None:
        """End every process with `part` in its command line, without a word."""
        for pid in self.family(part):
            os.kill(pid, signal.SIGKILL)

    def wait_for(self, text: str, seconds: float = 180) -> None:
        def is_there() -> bool:
            assert text in self.output or self.process.poll() is None, self.output
            return text in self.output

        wait_until(is_there, seconds)

    def end(self, number: int = signal.SIGTERM, seconds: float = 20) -> int:
        """Send a signal, wait until the whole family is gone, and give the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(seconds)
        wait_until(lambda: not self.family(), seconds)
        return code


def manage(environment: Mapping[str, object], *arguments: str) -> str:
    """What `manage.py` prints, for the blog with that environment."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    run = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**inherited, **{name: str(value) for name, value in environment.items()}},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return run.stdout


def say_it_runs(blog: Running) -> None:
    blog.wait_for("Ctrl-C stops it")


def start_blog(
    data_dir: Path,
    output: Path,
    *,
    prefix: Sequence[object] = (),
    is_up: Callable[[Running], None] = say_it_runs,
    **environment: object,
) -> tuple[Running, int]:
    """`python3 start.py` with its own data and port, waited for until it says that it runs.

    `prefix` is what stands before the command; `is_up` waits in another way.
    """
    port = environment.setdefault("PORT", free_port())
    command = [*prefix, sys.executable, "start.py"]
    blog = Running(command, {"DATA_DIR": data_dir, **environment}, output)
    try:
        is_up(blog)
    except AssertionError:
        blog.__exit__()
        raise
    return blog, int(str(port))
