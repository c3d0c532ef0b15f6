"""While the database is away, readers get what was last kept, and are told so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from polarisblog.pagecache import hearing
from tests.factories import PostFactory
from tests.journeys.running import RunningSite, running_site
from tests.pagecache.door import Door
from tests.processes import wait_until

NOTICE = "cannot reach its memory"
NOTICE_IN_SPANISH = "no alcanza su memoria"


async def failing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"Something broke."})


def test_a_copy_stands_in_for_a_page_that_cannot_be_made(door: Door) -> None:
    post = PostFactory(title="Still there")
    path = post.get_absolute_url()
    for address in (path, f"/es{path}", "/feed/"):
        door.ask(address)
    door.cache.application = failing
    hearing.shelf().withdraw()
    copy = door.ask_unheard(path)
    assert copy.status == 200
    assert "Still there" in copy.text
    assert NOTICE in copy.text
    assert copy.headers["cache-control"] == "no-store"
    assert copy.headers["content-security-policy"]
    assert NOTICE_IN_SPANISH in door.ask_unheard(f"/es{path}").text
    assert "Still there" in door.ask_unheard("/feed/").text
    assert NOTICE not in door.ask_unheard("/feed/").text


def test_a_page_that_was_never_kept_fails_as_it_must(door: Door) -> None:
    door.cache.application = failing
    assert door.ask_unheard("/never/seen/").status == 500


@contextmanager
def database_away(url: str) -> Iterator[None]:
    """A PostgreSQL database that lets nobody in."""
    import psycopg  # noqa: PLC0415 # only where PostgreSQL is in use

    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"),
    reason="a database in a file does not go away; with a PostgreSQL DATABASE_URL this one runs",
)
def test_reading_goes_on_without_the_database_and_recovers(tmp_path: Path) -> None:
    with running_site(tmp_path, DEBUG="off") as site:
        wait_until(lambda: is_kept(site, tmp_path))
        with database_away(site.environment["DATABASE_URL"]):
            wait_until(lambda: NOTICE in requests.get(site.article_url, timeout=40).text)
            for _ in range(5):
                answer = requests.get(site.article_url, timeout=5)
                assert answer.status_code == 200
                assert "One thought on" in answer.text
        wait_until(lambda: NOTICE not in requests.get(site.article_url, timeout=40).text)
        assert "etag" in requests.get(site.article_url, timeout=40).headers


def is_kept(site: RunningSite, folder: Path) -> bool:
    requests.get(site.article_url, timeout=40)
    return any((folder / "pages" / "kept").rglob("polaris-project/@page"))
