"""A PostgreSQL that is really stopped, or says nothing any more, under a running web server."""

import html
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.cluster.hosts import ARTICLE, SITE, Answer, Cluster, Web
from tests.cluster.servers import Postgres, needs_servers, once, scratch
from tests.processes import wait_until

pytestmark = [pytest.mark.slow, needs_servers, once]

# A query, so that no kept page answers.
UNKEPT = "/?page=1"
# Nobody waits for a pool's patience, which is thirty seconds.
SOON_SECONDS = 8
AT_ONCE_SECONDS = 2
MORE_THAN_THREADS = 40
WORDS = "Words worth <keeping> & sending again"


@dataclass
class Site:
    web: Web
    database: Postgres

    def is_kept(self) -> bool:
        self.web.get(ARTICLE)
        return any((self.web.cluster.folder / "web" / "pages").rglob("polaris-project/@page"))

    def count(self, text: str) -> int:
        question = f"SELECT count(*) FROM comments_comment WHERE text = '{text}'"  # noqa: S608 # ours
        return int(str(self.database.ask(question)))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        database = Postgres(folder, "database")
        stack.callback(database.kill)
        cluster = Cluster(folder, DATABASE_URL=database.url)
        cluster.prepare()
        web = Web(cluster, "web")
        stack.callback(web.kill)
        yield Site(web, database)


@contextmanager
def stopped(site: Site) -> Iterator[None]:
    wait_until(site.is_kept)
    site.database.kill()
    try:
        yield
    finally:
        site.database.start()
        wait_until(lambda: site.web.get(UNKEPT).status == 200)


@contextmanager
def silent(site: Site) -> Iterator[None]:
    """It takes connections and questions, and answers none."""
    wait_until(site.is_kept)
    tell(site.database, signal.SIGSTOP)
    try:
        yield
    finally:
        tell(site.database, signal.SIGCONT)
        wait_until(lambda: site.web.get(UNKEPT).status == 200)


def tell(database: Postgres, number: signal.Signals) -> None:
    """To all its processes; some end by themselves meanwhile."""
    for pid in processes_of(database):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def processes_of(database: Postgres) -> list[int]:
    first = int((database.folder / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


def ask(site: Site, path: str, seconds: float) -> Answer:
    """Status 0 where there was no answer in time."""
    return site.web.ask("GET", path, timeout=seconds)


def test_reading_goes_on_and_what_is_not_kept_says_so_soon(site: Site) -> None:
    with stopped(site):
        # The first to meet it look whether the server is there; all others are told at once.
        with ThreadPoolExecutor(MORE_THAN_THREADS) as readers:
            answers = list(
                readers.map(lambda _: ask(site, UNKEPT, SOON_SECONDS), range(MORE_THAN_THREADS))
            )
        assert {answer.status for answer in answers} == {503}
        assert "cannot reach its memory" in answers[0].body
        assert answers[0].headers["retry-after"]
        wait_until(lambda: "writing works again soon" in site.web.get(ARTICLE).body)
        assert "Polaris Project" in ask(site, ARTICLE, AT_ONCE_SECONDS).body
        assert ask(site, UNKEPT, AT_ONCE_SECONDS).status == 503


def test_what_was_written_is_given_back_and_can_be_sent_again(site: Site) -> None:
    with stopped(site):
        answer = site.web.comment(WORDS, author="Ada Lovelace")
        assert answer.status == 503
        assert answer.headers["retry-after"]
        assert answer.headers["cache-control"] == "no-store"
        assert "Your comment was not stored" in answer.body
        again = form_in(answer.body)
        assert again["comment"] == WORDS
        assert again["author"] == "Ada Lovelace"
        assert f'action="{ARTICLE}respond/"' in answer.body
    assert site.count(WORDS) == 0
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://{SITE}",
        "Sec-Fetch-Site": "same-origin",
    }
    sent = site.web.ask("POST", f"{ARTICLE}respond/", urlencode(again), headers)
    assert sent.status == 303
    assert site.count(WORDS) == 1


def test_what_may_come_from_elsewhere_is_given_back_without_the_button(site: Site) -> None:
    with stopped(site):
        fields = {"comment": WORDS, "author": "Ada", "password": "not for showing"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"session={'x' * 32}",
            "Origin": "https://elsewhere.example",
        }
        answer = site.web.ask("POST", f"{ARTICLE}respond/", urlencode(fields), headers)
    assert answer.status == 503
    assert html.escape(WORDS) in answer.body
    assert "<form" not in answer.body
    assert "not for showing" not in answer.body


def form_in(page: str) -> dict[str, str]:
    """What a browser would send with its button."""
    form = page[page.index("<form") : page.index("</form>")]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form))
    area = re.search(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    assert area
    return {name: html.unescape(value) for name, value in {**fields, area[1]: area[2]}.items()}


def test_whether_it_is_alive_is_said_at_once_and_whether_it_is_ready_soon(site: Site) -> None:
    for away in (stopped, silent):
        with away(site), ThreadPoolExecutor(MORE_THAN_THREADS) as readers:
            # More than the server has threads, so that whoever waits in line would wait for these.
            others = [readers.submit(ask, site, UNKEPT, 3) for _ in range(MORE_THAN_THREADS)]
            for _ in range(20):
                assert ask(site, "/healthz", AT_ONCE_SECONDS).status == 200
            ready = ask(site, "/readyz", AT_ONCE_SECONDS + 2)
            assert ready.status == 503
            assert '"database": {"state": "failed"' in ready.body
            assert ask(site, "/healthz", AT_ONCE_SECONDS).status == 200
            assert {other.result().status for other in others} <= {503, 0}
