"""SIGTERM while somebody writes: what was begun is finished."""

import signal
import socket
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.cluster.hosts import ARTICLE, SITE, Cluster, Web
from tests.prepared import prepared_blog

pytestmark = pytest.mark.slow

WORDS = "Begun before it was told to stop"


def test_a_web_server_that_is_told_to_stop_takes_the_comment_it_has_begun(tmp_path: Path) -> None:
    file = tmp_path / "blog.sqlite3"
    with prepared_blog(tmp_path / "manage", file) as database:
        shared = {"DATABASE_URL": f"sqlite:///{file}", "CACHE_URL": "", **database}
        cluster = Cluster(tmp_path, **shared)
        cluster.prepare()
        web = Web(cluster, "web")
        try:
            with socket.create_connection(("127.0.0.1", web.port), timeout=20) as reader:
                body = urlencode({"comment": WORDS, "author": "Ada"}).encode()
                reader.sendall(head(len(body)))
                assert reader.recv(100).startswith(b"HTTP/1.1 100"), "it waits for the words now"
                web.running.process.send_signal(signal.SIGTERM)
                reader.sendall(body)
                answer = reader.recv(4096)
            assert answer.startswith(b"HTTP/1.1 303"), answer
            assert web.running.process.wait(20) == 0
        finally:
            web.kill()
        assert cluster.shell(COUNT) == "1"


def head(length: int) -> bytes:
    lines = (
        f"POST {ARTICLE}respond/ HTTP/1.1",
        f"Host: {SITE}",
        f"Origin: http://{SITE}",
        "Sec-Fetch-Site: same-origin",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {length}",
        "Expect: 100-continue",
    )
    return "\r\n".join((*lines, "", "")).encode()


COUNT = f"""
from comments.models import Comment
print(Comment.objects.filter(text={WORDS!r}).count())
"""
