"""Web servers and workers as production runs them, each with a data directory of its own."""

import http.client
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.prepared import copy_static_files
from tests.processes import ROOT, Running, free_port, status_of, wait_until

# What readers type, whichever host answers.
SITE = "blog.example"
ARTICLE = "/2011/01/11/polaris-project/"


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str]


class Cluster:
    """What all hosts share: the environment, and one secret."""

    def __init__(self, folder: Path, **shared: object) -> None:
        self.folder = folder
        self.shared = {
            "DJANGO_SETTINGS_MODULE": "tests.cluster.settings",
            "SITE_URL": f"http://{SITE}",
            "ALLOWED_HOSTS": SITE,
            "SECRET_KEY": "the same on every host",
            "DEBUG": "off",
            # Workers that rename themselves stay recognisable by their environment.
            "SPT_NOENV": "1",
            "RATE_LIMITS": "off",
            **{name: str(value) for name, value in shared.items()},
        }

    def manage(self, *arguments: str) -> str:
        """What `manage.py` prints when it is run once, on a host of its own."""
        environment = {**os.environ, **self.shared, "DATA_DIR": str(self.folder / "manage")}
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(self) -> None:
        """What is done once before anything is served."""
        if not (self.folder / "manage").exists():
            copy_static_files(self.folder / "manage")
        self.manage("prepare")

    def shell(self, code: str) -> str:
        return self.manage("shell", "-v", "0", "--no-imports", "-c", code).strip()


class Web:
    """One web host. Each start writes a file of its own below the cluster's folder, or `log`."""

    def __init__(self, cluster: Cluster, name: str, log: Path | None = None) -> None:
        self.cluster = cluster
        self.name = name
        self.log = log
        self.port = free_port()
        self.start()

    def start(self) -> None:
        command = (
            *(Path(sys.executable).with_name("granian"), "--interface", "asginl"),
            *("--workers", 1, "--port", self.port, "polarisblog.asgi:application"),
        )
        environment = {**self.cluster.shared, "DATA_DIR": self.cluster.folder / self.name}
        log = self.log or self.cluster.folder / f"{self.name}-{free_port()}.txt"
        self.running = Running(command, environment, log)
        wait_until(lambda: status_of(self.port) or self._has_ended(), 120)

    def _has_ended(self) -> bool:
        assert self.running.process.poll() is None, self.running.output
        return False

    def kill(self) -> None:
        """End the server and its workers at once, as a crash of the machine would."""
        self.running.__exit__()
        wait_until(lambda: not status_of(self.port), 10)

    def get(self, path: str, cookie: str = "") -> Answer:
        return self.ask("GET", path, headers={"Cookie": cookie} if cookie else {})

    def comment(self, text: str, **fields: str) -> Answer:
        """What a guest's browser sends from the form below the article."""
        words = {"comment": text, "author": "Ada", "email": "", "url": "", **fields}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{SITE}",
            "Sec-Fetch-Site": "same-origin",
        }
        return self.ask("POST", f"{ARTICLE}respond/", urlencode(words), headers)

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 60,
    ) -> Answer:
        """One request; status 0 where the server is not there to answer, or not in time."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Host": SITE, **(headers or {})})
            answer = connection.getresponse()
            content = answer.read().decode(errors="replace")
            return Answer(answer.status, content, dict(answer.headers))
        except (OSError, http.client.HTTPException):
            return Answer(0, "", {})
        finally:
            connection.close()


class BackgroundWorker:
    """One `manage.py worker`."""

    def __init__(
        self, cluster: Cluster, name: str, lease_seconds: float = 3, log: Path | None = None
    ) -> None:
        self.cluster = cluster
        self.name = name
        self.log = log
        self.lease_seconds = lease_seconds
        self.start()

    def start(self) -> None:
        command = (sys.executable, ROOT / "manage.py", "worker", "--interval", 0.1)
        folder = self.cluster.folder
        environment = {**self.cluster.shared, "DATA_DIR": self.cluster.folder / self.name}
        self.running = Running(
            (*command, "--lease", self.lease_seconds),
            environment,
            self.log or folder / f"{self.name}-{free_port()}.txt",
        )

    def kill(self) -> None:
        self.running.__exit__()
