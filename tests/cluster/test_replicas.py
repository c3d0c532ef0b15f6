"""Reading from a streaming replica: never behind, and never missed."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.cluster.hosts import ARTICLE, Cluster, Web
from tests.cluster.servers import Postgres, needs_servers, once, primary_and_replica, scratch
from tests.processes import wait_until

pytestmark = [pytest.mark.slow, needs_servers, once]

OPEN_DISCUSSION = (
    "from comments.models import DiscussionSettings;"
    "DiscussionSettings(holds_first_comment=False).save()"
)
SEARCH = "/search/?q=hotline"


@dataclass
class Site:
    web: Web
    primary: Postgres
    replica: Postgres

    def reads_the_replica(self, path: str, cookie: str = "") -> bool:
        """Whether the copy is asked about posts while a page is made."""
        before = self.replica.count_of_questions_about("posts_post")
        assert self.web.get(path, cookie).status == 200
        return self.replica.count_of_questions_about("posts_post") > before


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        primary, replica = stack.enter_context(primary_and_replica(folder))
        cluster = Cluster(
            folder,
            DATABASE_URL=primary.url,
            DATABASE_REPLICA_URLS=replica.url,
            PAGE_CACHE="off",
        )
        cluster.prepare()
        cluster.shell(OPEN_DISCUSSION)
        wait_until(lambda: replica.has_replayed(primary))
        web = Web(cluster, "web")
        stack.callback(web.kill)
        yield Site(web, primary, replica)


def test_a_strangers_reading_is_answered_by_the_replica(site: Site) -> None:
    for path in ("/", ARTICLE, SEARCH, "/feed/", "/sitemap.xml"):
        assert site.reads_the_replica(path), path


def test_whoever_carries_a_cookie_is_answered_by_the_primary(site: Site) -> None:
    assert not site.reads_the_replica(ARTICLE, cookie="session=x")
    assert not site.reads_the_replica("/", cookie="anything=else")


def test_a_replica_that_is_behind_is_not_read(site: Site) -> None:
    site.replica.ask("SELECT pg_wal_replay_pause()")
    try:
        for number in range(3):
            words = f"Written while the copy slept {number}"
            assert site.web.comment(words).status == 303
            assert words in site.web.get(ARTICLE).body
            assert not site.reads_the_replica(ARTICLE)
    finally:
        site.replica.ask("SELECT pg_wal_replay_resume()")
    wait_until(lambda: site.reads_the_replica(ARTICLE))


def test_every_write_is_seen_by_the_next_reader(site: Site) -> None:
    for number in range(20):
        words = f"Quick words {number}"
        assert site.web.comment(words).status == 303
        assert words in site.web.get(ARTICLE).body


def test_a_replica_that_dies_is_not_missed(site: Site) -> None:
    assert site.web.get(ARTICLE).status == 200
    site.replica.kill()
    try:
        assert {site.web.get(ARTICLE).status for _ in range(20)} == {200}
        assert {site.web.get(SEARCH).status for _ in range(20)} == {200}
    finally:
        site.replica.start()
    wait_until(lambda: site.reads_the_replica(ARTICLE))
    assert "is away" in site.web.running.output
    assert "is back" in site.web.running.output
