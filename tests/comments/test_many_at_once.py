"""Sixty-four writers on two server processes: nothing lost, nothing doubled, every count exact."""

import http.client
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.prepared import prepared_blog
from tests.processes import ROOT, start_blog

pytestmark = pytest.mark.slow

ARTICLE = "/2011/01/11/polaris-project/"
WRITERS = 64
EACH = 2

SETTINGS = "from comments.models import *; DiscussionSettings(holds_first_comment=False).save()"
CHECK = """
from comments.models import *
post = Comment.objects.first().post
kept = Conversation.objects.values_list("response_count", "thread_count").get()
rows = list(Comment.objects.order_by("pk").values_list("path", "is_listed", "shown_replies"))
texts = Comment.objects.filter(kind="comment").values_list("text", flat=True)
Comment.objects.update(path="")
counted = Conversation.recount(post.pk, Comment.objects.all())
again = list(Comment.objects.order_by("pk").values_list("path", "is_listed", "shown_replies"))
exact = kept == (counted.response_count, counted.thread_count) and rows == again
print("RESULT", len(texts), len(set(texts)), exact, kept[0])
"""


@pytest.fixture
def blogs(tmp_path: Path) -> Iterator[tuple[list[int], dict[str, str]]]:
    """The ports of two blogs on one database, and the environment they share."""
    with prepared_blog(tmp_path) as database:
        shared = {"RATE_LIMITS": "off", "DEBUG": "off", **database}
        one, first_port = start_blog(tmp_path, tmp_path / "one.txt", **shared)
        two, second_port = start_blog(tmp_path, tmp_path / "two.txt", **shared)
        with one, two:
            environment = {"DATA_DIR": str(tmp_path), **shared}
            run(SETTINGS, environment)
            yield [first_port, second_port], environment
            two.end()
            one.end()


def run(code: str, environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env={
            **os.environ,
            **environment,
            "DJANGO_SETTINGS_MODULE": "polarisblog.settings",
            "DEBUG": "off",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def send(port: int, text: str, parent: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = urlencode({"comment": text, "author": "Ada", "email": "", "url": "", "parent": parent})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://127.0.0.1:{port}",
        "Sec-Fetch-Site": "same-origin",
    }
    connection.request("POST", f"{ARTICLE}respond/", body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers.get("Location", "").split("#comment-")[-1]


def test_many_writers_at_once(blogs: tuple[list[int], dict[str, str]], tmp_path: Path) -> None:
    ports, environment = blogs
    status, root = send(ports[0], "The first of all")
    assert status == 303

    def write(number: int) -> list[tuple[int, str]]:
        """Each text twice, to both servers; every other one answers the first comment."""
        answers = []
        for turn in range(EACH):
            text, parent = f"Words {number} {turn}", root if turn % 2 else ""
            answers += [send(port, text, parent) for port in ports]
        return answers

    with ThreadPoolExecutor(WRITERS) as writers:
        answers = [answer for found in writers.map(write, range(WRITERS)) for answer in found]
        # And the same click many times in the same instant.
        clicks = list(writers.map(lambda n: send(ports[n % 2], "One click"), range(WRITERS)))

    said = "".join(path.read_text() for path in tmp_path.glob("*.txt"))
    assert Counter(status for status, _ in answers) == {303: WRITERS * EACH * 2}, said
    assert {status for status, _ in clicks} == {303}
    assert len({place for _, place in clicks}) == 1, "every click leads to the one comment"
    expected = WRITERS * EACH + 2
    result = run(CHECK, environment).split("RESULT")[1].split()
    assert result == [str(expected), str(expected), "True", str(expected + 1)]
