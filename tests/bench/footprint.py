"""How small: memory of the whole blog, time to the first byte, and what a first view fetches."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine
from tests.bench.servers import blog_environment, fetch
from tests.processes import Running, free_port, start_blog, status_of, wait_until

ARTICLE = "/2011/01/11/polaris-project/"
SETTLE_SECONDS = 6
FETCHED = re.compile(
    r'<link[^>]+rel="stylesheet"[^>]*href="([^"]+)"|<script[^>]+src="([^"]+)"'
    r'|<img[^>]+src="([^"]+)"'
)


@dataclass(frozen=True)
class Footprint:
    """PSS in megabytes by part; seconds; bytes and requests of a reader's first view of a post."""

    megabytes: dict[str, float]
    start_seconds: float
    view_bytes: int
    view_requests: int


def measure(data_dir: Path) -> Footprint:
    """Of a blog whose data is there already, started once more."""
    print("Memory, start and first view …", flush=True)
    port = free_port()
    environment = blog_environment(data_dir, PORT=port, WEB_PROCESSES=2)
    begin = time.monotonic()
    blog, _ = start_blog(
        data_dir,
        data_dir / "output.txt",
        prefix=machine.on_server_core(),
        is_up=lambda running: _has_answered(running, port),
        **environment,
    )
    start_seconds = time.monotonic() - begin
    with blog:
        blog.wait_for("Ctrl-C stops it")
        view = _first_view(port)
        time.sleep(SETTLE_SECONDS)
        megabytes: dict[str, float] = {}
        for pid, name in _parts(blog):
            megabytes[name] = megabytes.get(name, 0) + machine.pss_megabytes([pid])
        blog.end()
    return Footprint(megabytes, start_seconds, *view)


def _has_answered(running: Running, port: int) -> None:
    wait_until(lambda: status_of(port, ARTICLE) == 200)


def _parts(blog: Running) -> list[tuple[int, str]]:
    found = []
    for pid in blog.family():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        name = words.removeprefix("polaris: ") if words.startswith("polaris:") else "supervisor"
        found.append((pid, name))
    return found


def _first_view(port: int) -> tuple[int, int]:
    """Bytes over the wire without headers, and requests, of the article's page.

    Without the icon in the tab, which browsers fetch apart from the page.
    """
    body = fetch(port, ARTICLE, "br, gzip")[1]
    addresses = {
        next(filter(None, found)) for found in FETCHED.findall(fetch(port, ARTICLE)[1].decode())
    }
    parts = [fetch(port, address, "br, gzip")[1] for address in addresses]
    return len(body) + sum(map(len, parts)), 1 + len(parts)
