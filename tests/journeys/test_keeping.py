"""A blog that is written to while it is backed up, and the one that comes out of the backup."""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.databases import own_database
from tests.journeys.running import RunningSite, running_site
from tests.processes import ROOT, wait_until

pytestmark = pytest.mark.slow
TOKEN = "a-token-for-the-numbers"
WRITERS = 4


def manage(environment: dict[str, str], *command: object) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, command)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "polarisblog.settings", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def fetched(url: str, **headers: str) -> bytes:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 # our own, on loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310 # as above
        return bytes(answer.read())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """Two web processes, as in production."""
    data_dir = tmp_path_factory.mktemp("kept")
    settings = {"METRICS_TOKEN": TOKEN, "LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
    # The blog that comes back needs the same secret, which is in no backup.
    settings |= {"SECRET_KEY": "the same on both sides of a restore", "PAGE_CACHE": "off"}
    with running_site(data_dir, RATE_LIMITS="off", DEBUG="off", **settings) as site:
        yield site


class Writer(threading.Thread):
    """Comments until told to stop; remembers what was acknowledged, and when."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__()
        self.parts, self.name_ = urlsplit(url), name
        self.stop = threading.Event()
        self.acknowledged: list[str] = []

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            text = f"Word {number} of {self.name_} for the backup"
            if self.write(text):
                self.acknowledged.append(text)

    def write(self, text: str) -> bool:
        connection = http.client.HTTPConnection(self.parts.netloc, timeout=30)
        origin = f"{self.parts.scheme}://{self.parts.netloc}"
        body = urlencode({"comment": text, "author": self.name_, "email": "a@example.org"})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
        headers |= {"Sec-Fetch-Site": "same-origin"}
        connection.request("POST", f"{self.parts.path}respond/", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status == 303


def test_a_backup_under_way_holds_all_that_was_acknowledged_before(
    site: RunningSite, tmp_path: Path
) -> None:
    writers = [Writer(site.article_url, f"Writer {n}") for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        wait_until(lambda: all(writer.acknowledged for writer in writers))
        before = [text for writer in writers for text in list(writer.acknowledged)]
        manage(site.environment, "backup", tmp_path / "blog.tar")
    finally:
        for writer in writers:
            writer.stop.set()
        for writer in writers:
            writer.join()
    restored = tmp_path / "restored"
    with own_database() as database:
        environment = {**site.environment, "DATA_DIR": str(restored), **database}
        answer = manage(environment, "restore", tmp_path / "blog.tar")
        assert "Restored" in answer
        code = (
            "import json; from comments.models import Comment;"
            "print(json.dumps(list(Comment.objects.values_list('text', flat=True))))"
        )
        texts = json.loads(manage(environment, "shell", "-v", 0, "-c", code))
        assert set(before) <= set(texts)
        assert len(texts) == len(set(texts))


def test_numbers_of_all_processes_are_added_up(site: RunningSite) -> None:
    def count() -> float:
        text = fetched(f"{site.url}/metrics", Authorization=f"Bearer {TOKEN}").decode()
        found = re.search(r'polaris_answers_total\{.*route="search/".*\} (\S+)', text)
        return float(found[1]) if found else 0.0

    before = count()
    for _ in range(20):
        fetched(f"{site.url}/search/?q=a-secret-word")
    assert [count() - before for _ in range(5)] == [20.0] * 5


def test_the_log_is_json_and_names_nobody(site: RunningSite) -> None:
    fetched(f"{site.url}/search/?q=a-secret-word", **{"User-Agent": "Adas-phone"})
    lines = [json.loads(line) for line in site.output.splitlines() if line.startswith("{")]
    routes = {line.get("route") for line in lines}
    assert "search/" in routes
    assert all(len(line["request"]) == 32 for line in lines if "route" in line)
    for word in ("a-secret-word", "Adas-phone", "127.0.0.1", "a@example.org"):
        assert word not in "\n".join(map(str, lines))


def test_it_is_ready(site: RunningSite) -> None:
    assert json.loads(fetched(f"{site.url}/readyz"))["ready"] is True
