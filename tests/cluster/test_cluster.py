"""Two web hosts and two workers on one database, its replica and one Redis, while parts die.

What must hold whatever dies: no comment is lost once a host has said that it was taken, none stands
twice, no mail is sent twice, readers never meet an error or an old page.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.cluster.hosts import BackgroundWorker, Cluster, Web
from tests.cluster.load import Load, settled
from tests.cluster.servers import Postgres, Redis, needs_servers, once, primary_and_replica, scratch
from tests.fakes.mailboxes import Mailboxes, mailboxes
from tests.processes import wait_until

pytestmark = [pytest.mark.slow, needs_servers, once]

FOLLOWERS = 2
BEGIN = f"""
from django.utils import timezone
from comments.models import DiscussionSettings, Subscription
from posts.models import Post
DiscussionSettings(holds_first_comment=False).save()
for number in range({FOLLOWERS}):
    Subscription.objects.create(
        email=f"reader{{number}}@example.org", kind=Subscription.Kind.POST,
        post=Post.objects.get(), confirmed_at=timezone.now())
"""
TAKE_AWAY = """
from comments.models import Comment
from comments.moderating import decide
decide(Comment.objects.get(text="{words}"), Comment.Status.SPAM, by=None)
"""
# A worker that dies with a mail in its hands keeps it claimed for three minutes.
LAPSE = """
from django.utils import timezone
from comments.models import Notice
from comments.tasks import deliver
Notice.objects.filter(sent_at=None).update(due_at=timezone.now())
deliver.enqueue()
"""


@dataclass
class Parts:
    cluster: Cluster
    primary: Postgres
    replica: Postgres
    redis: Redis
    webs: list[Web]
    workers: list[BackgroundWorker]
    boxes: Mailboxes

    def count(self, condition: str) -> int:
        question = f"SELECT count(*) FROM {condition}"  # noqa: S608 # ours
        return int(str(self.primary.ask(question)))

    @property
    def output(self) -> str:
        return "".join(path.read_text() for path in self.cluster.folder.glob("*.txt"))


@pytest.fixture(scope="module")
def parts() -> Iterator[Parts]:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        primary, replica = stack.enter_context(primary_and_replica(folder))
        redis = Redis(folder)
        stack.callback(redis.kill)
        boxes = stack.enter_context(mailboxes())
        cluster = Cluster(
            folder,
            DATABASE_URL=primary.url,
            DATABASE_REPLICA_URLS=replica.url,
            CACHE_URL=redis.url,
            EMAIL_URL=boxes.url,
        )
        cluster.prepare()
        cluster.shell(BEGIN)
        webs = [Web(cluster, name) for name in ("web-one", "web-two")]
        workers = [BackgroundWorker(cluster, name) for name in ("worker-one", "worker-two")]
        for part in (*webs, *workers):
            stack.callback(part.kill)
        yield Parts(cluster, primary, replica, redis, webs, workers, boxes)


def test_whatever_dies_nothing_acknowledged_is_lost_and_nothing_is_doubled(parts: Parts) -> None:
    web, worker = parts.webs[0], parts.workers[0]
    rounds = (
        (web, worker),
        (parts.redis, parts.replica),
        (web, worker, parts.redis, parts.replica),
    )
    with Load(parts.webs) as load:

        def more(count: int) -> None:
            wanted = len(load.acknowledged) + count
            wait_until(lambda: len(load.acknowledged) >= wanted or load.problems, 120)

        more(6)
        for mortal in rounds:
            for part in mortal:
                part.kill()
            more(8)
            for part in mortal:
                part.start()
        more(6)

    assert load.problems == []
    assert {status for _, status in load.statuses} <= {200, 303}, (load.statuses, parts.output)
    assert load.stale == []
    stored = parts.primary.ask("SELECT json_agg(text) FROM comments_comment WHERE kind = 'comment'")
    assert isinstance(stored, list)
    assert Counter(stored) == Counter(load.acknowledged), "each once, and nothing else"
    check_mail(parts, len(load.acknowledged))


def test_what_is_taken_away_is_gone_everywhere_within_a_second(parts: Parts) -> None:
    """Whichever host, worker or command took it away."""
    one, two = parts.webs
    words = "Not for everybody"
    answer = one.comment(words)
    assert answer.status == 303
    path = urlsplit(answer.headers["location"]).path
    assert words in one.get(path).body, "at once on the host that took it"
    assert words in settled(two, path, time.monotonic(), lambda page: words in page).body
    parts.cluster.shell(TAKE_AWAY.format(words=words))
    taken_at = time.monotonic()
    for web in parts.webs:
        page = settled(web, path, taken_at, lambda page: words not in page)
        assert (page.status, words in page.body) == (200, False), web.name


def check_mail(parts: Parts, comments: int) -> None:
    """Each follower has one mail about each comment."""
    wanted = comments * FOLLOWERS
    wait_until(lambda: parts.count("comments_notice") == wanted, 120)
    wait_until(lambda: parts.count("comments_notice WHERE sent_at IS NULL") <= 2, 120)
    parts.cluster.shell(LAPSE)
    wait_until(lambda: parts.count("comments_notice WHERE sent_at IS NULL") == 0, 120)
    sent = Counter(str(message["Message-ID"]) for message in parts.boxes.messages)
    assert len(sent) == wanted
    # Dying in the instant between the other server's "250" and our own note hands one mail over
    # again, under the same Message-ID: at most once for each of the two deaths of a worker.
    assert sent.total() - wanted <= 2
