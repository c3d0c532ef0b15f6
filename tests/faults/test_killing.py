"""kill -9 at moments that chance picks, while readers write: what was acknowledged is there, once.

On SQLite, or in a database of its own on the PostgreSQL that DATABASE_URL names.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.hosts import BackgroundWorker, Cluster, Web
from tests.fakes.mailboxes import Mailboxes, mailboxes
from tests.prepared import prepared_blog
from tests.processes import wait_until

pytestmark = pytest.mark.slow

FOLLOWERS = 2
DEATHS = 4
WRITERS = 4
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
# Waits until the worker has made up for what its predecessors left, and says what there is then.
# A dead worker's claim on a mail ends after minutes, and a failed task's wait after ten seconds:
# both are ended here.
SETTLE = f"""
import json, time
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from comments.models import Comment, Conversation, Notice
from comments.tasks import deliver
stored = Comment.objects.filter(kind="comment")
def counts():
    return {{
        "texts": list(stored.values_list("text", flat=True)),
        "untold": stored.untold().count(),
        "placeless": stored.filter(path="").count(),
        "counted": Comment.objects.approved().filter(is_grouped=False).count(),
        "threads": Comment.objects.filter(parent=None, is_listed=True).count(),
        "heading": Conversation.objects.get().response_count,
        "threads_said": Conversation.objects.get().thread_count,
        "notices": Notice.objects.count(),
        "unsent": Notice.objects.filter(sent_at=None).count(),
        "running": DBTaskResult.objects.running().count(),
        "parked": DBTaskResult.objects.failed().count(),
    }}
deadline = time.monotonic() + 90
while time.monotonic() < deadline:
    found = counts()
    is_told = found["notices"] == len(found["texts"]) * {FOLLOWERS}
    if is_told and not (found["unsent"] or found["untold"] or found["running"]):
        break
    Notice.objects.filter(sent_at=None).update(due_at=timezone.now())
    DBTaskResult.objects.ready().update(run_after=timezone.now())
    deliver.enqueue()
    time.sleep(1)
print(json.dumps(found))
"""


@dataclass
class Blog:
    cluster: Cluster
    web: Web
    worker: BackgroundWorker
    boxes: Mailboxes


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[Blog]:
    with ExitStack() as stack:
        boxes = stack.enter_context(mailboxes())
        file = tmp_path / "blog.sqlite3"
        database = {"DATABASE_URL": f"sqlite:///{file}", "CACHE_URL": ""}
        database |= stack.enter_context(prepared_blog(tmp_path / "manage", file))
        cluster = Cluster(tmp_path, EMAIL_URL=boxes.url, **database)
        cluster.prepare()
        cluster.shell(BEGIN)
        web = Web(cluster, "web")
        stack.callback(web.kill)
        worker = BackgroundWorker(cluster, "worker", lease_seconds=1.5)
        stack.callback(worker.kill)
        yield Blog(cluster, web, worker, boxes)


class Writers:
    """Threads that post one comment after the other, and know which were acknowledged."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.acknowledged: list[str] = []
        self.sent: list[str] = []
        self.odd: list[int] = []
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(WRITERS)
        ]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(70)

    def _write(self, number: int) -> None:
        turn = 0
        while not self._is_over.wait(0.02):
            turn += 1
            text = f"Words of writer {number}, turn {turn}"
            self.sent.append(text)
            status = self.web.comment(text).status
            if status == 303:
                self.acknowledged.append(text)
            elif status:
                # 0: it died before it could say so, and then both are right.
                self.odd.append(status)


def test_kill_9_loses_nothing_acknowledged_and_doubles_nothing(blog: Blog) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    with Writers(blog.web) as writers:
        for number in range(DEATHS):
            wanted = len(writers.acknowledged) + 3
            wait_until(lambda wanted=wanted: len(writers.acknowledged) >= wanted, 60)  # type: ignore[misc] # a lambda's default
            # Chance picks the moment, so this is no waiting for anything.
            time.sleep(chance.uniform(0, 0.3))
            part = (blog.web, blog.worker)[number % 2]
            part.kill()
            part.start()
        wanted = len(writers.acknowledged) + 3
        wait_until(lambda: len(writers.acknowledged) >= wanted, 60)

    assert writers.odd == [], f"seed {seed}"
    found = json.loads(blog.cluster.shell(SETTLE))
    stored = Counter(found["texts"])
    assert set(writers.acknowledged) <= stored.keys() <= set(writers.sent), f"seed {seed}"
    assert set(stored.values()) == {1}, f"seed {seed}"
    assert found["heading"] == found["counted"]
    assert found["threads_said"] == found["threads"]
    assert (found["untold"], found["placeless"], found["running"], found["parked"]) == (0, 0, 0, 0)
    assert found["notices"] == len(stored) * FOLLOWERS
    check_mail(blog, len(stored))


def check_mail(blog: Blog, comments: int) -> None:
    """Each follower has one mail about each comment.

    A worker that dies between the other server's "250" and its own note hands that one mail over
    again, under the same Message-ID, by which it is known: one at most for each death.
    """
    sent = Counter(str(message["Message-ID"]) for message in blog.boxes.messages)
    assert len(sent) == comments * FOLLOWERS
    assert sent.total() - len(sent) <= DEATHS // 2
