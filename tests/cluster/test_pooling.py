"""Two hosts and a worker that reach the database and its replica through pgbouncer alone.

In its transaction mode each transaction may find another of the few connections, and whatever was
left on one (a cursor, a prepared statement, a setting) is missing or somebody else's.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.cluster.hosts import BackgroundWorker, Cluster, Web
from tests.cluster.load import Load
from tests.cluster.servers import (
    Pgbouncer,
    Postgres,
    needs_pgbouncer,
    needs_servers,
    once,
    primary_and_replica,
    scratch,
)
from tests.processes import wait_until

pytestmark = [pytest.mark.slow, needs_servers, needs_pgbouncer, once]

SHOW_AT_ONCE = """
from comments.models import DiscussionSettings
DiscussionSettings(holds_first_comment=False).save()
"""
# What the desk and the commands ask, a cursor over many rows among it.
LOOK = """
from comments.models import Comment
print(sum(1 for _ in Comment.objects.filter(kind="comment").iterator(chunk_size=2)))
"""

TASKS = "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = '{}'"
DUE = f"{TASKS.format('READY')} AND (run_after IS NULL OR run_after < now())"


@dataclass
class Parts:
    cluster: Cluster
    primary: Postgres
    webs: list[Web]


@pytest.fixture(scope="module")
def parts() -> Iterator[Parts]:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        primary, replica = stack.enter_context(primary_and_replica(folder))
        Cluster(folder, DATABASE_URL=primary.url).prepare()
        poolers = [Pgbouncer(folder, server) for server in (primary, replica)]
        for pooler in poolers:
            stack.callback(pooler.kill)
        cluster = Cluster(
            folder,
            DATABASE_URL=poolers[0].url,
            DATABASE_REPLICA_URLS=poolers[1].url,
            DATABASE_POOL_SIZE=0,
        )
        cluster.shell(SHOW_AT_ONCE)
        webs = [Web(cluster, name) for name in ("web-one", "web-two")]
        worker = BackgroundWorker(cluster, "worker")
        for part in (*webs, worker):
            stack.callback(part.kill)
        yield Parts(cluster, primary, webs)


def test_a_pooler_that_shares_connections_loses_and_mixes_up_nothing(parts: Parts) -> None:
    with Load(parts.webs, writers=4, readers=4) as load:
        wait_until(lambda: len(load.acknowledged) >= 40 or load.problems, 120)
    assert load.problems == []
    assert {status for _, status in load.statuses} <= {200, 303}
    assert load.stale == []
    stored = parts.primary.ask("SELECT json_agg(text) FROM comments_comment WHERE kind = 'comment'")
    assert isinstance(stored, list)
    assert Counter(stored) == Counter(load.acknowledged), "each once, and nothing else"
    assert parts.cluster.shell(LOOK) == str(len(stored))
    wait_until(lambda: parts.primary.ask(DUE) == 0)
    assert parts.primary.ask(TASKS.format("FAILED")) == 0
