"""The disk is full to its last byte, under a running web server and a running worker."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from PIL import Image as Pillow

from tests.cluster.hosts import ARTICLE, SITE, BackgroundWorker, Cluster, Web
from tests.fakes.mailboxes import Mailboxes, mailboxes
from tests.faults.disks import Disk, small_disk
from tests.pagecache.test_several_processes import token_in
from tests.prepared import MODERATOR, prepared_blog
from tests.processes import ROOT, Running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.sqlite_only]

# The blog's own needs and the room that /readyz wants, and a little.
DISK_MEBIBYTES = 280
BEGIN = """
from django.utils import timezone
from comments.models import DiscussionSettings, Subscription
from posts.models import Post
DiscussionSettings(holds_first_comment=False).save()
Subscription.objects.create(email="reader@example.org", kind=Subscription.Kind.POST,
    post=Post.objects.get(), confirmed_at=timezone.now())
"""
COUNTS = """
import json
from comments.models import Comment, Conversation, Notice
from posts.models import Image
from django_tasks_db.models import DBTaskResult
print(json.dumps({
    "texts": list(Comment.objects.filter(kind="comment").values_list("text", flat=True)),
    "approved": Comment.objects.approved().count(),
    "heading": Conversation.objects.get().response_count,
    "pictures": Image.objects.count(),
    "unsent": Notice.objects.filter(sent_at=None).count(),
    "parked": DBTaskResult.objects.failed().count()}))
"""


@dataclass
class Blog:
    """All of it on one small disk: database, pages, pictures, logs."""

    disk: Disk
    cluster: Cluster
    web: Web
    worker: BackgroundWorker
    boxes: Mailboxes

    def counts(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.cluster.shell(COUNTS))
        return found

    def pictures(self) -> list[Path]:
        return [path for path in (self.disk.folder / "web/media").rglob("*") if path.is_file()]


@pytest.fixture
def blog() -> Iterator[Blog]:
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(DISK_MEBIBYTES))
        boxes = stack.enter_context(mailboxes())
        cluster = Cluster(
            disk.folder,
            DATABASE_URL=f"sqlite:///{disk.folder}/blog.sqlite3",
            EMAIL_URL=boxes.url,
            STAFF_NEEDS_MFA="off",
            DJANGO_SUPERUSER_USERNAME=MODERATOR["name"],
            DJANGO_SUPERUSER_PASSWORD=MODERATOR["password"],
        )
        cluster.prepare()
        cluster.shell(BEGIN)
        web = Web(cluster, "web")
        stack.callback(web.kill)
        worker = BackgroundWorker(cluster, "worker")
        stack.callback(worker.kill)
        yield Blog(disk, cluster, web, worker, boxes)


def test_nothing_is_lost_or_half_done_on_a_full_disk_and_it_recovers(blog: Blog) -> None:
    desk = signed_in(blog.web)
    wait_until(lambda: "etag" in blog.web.get(ARTICLE).headers)
    assert blog.web.comment("Before it was full").status == 303
    wait_until(lambda: len(blog.boxes.messages) == 1)
    blog.disk.fill()

    reading_goes_on(blog)
    writing_is_refused_in_words(blog, desk)
    a_backup_says_why_and_leaves_nothing(blog)
    assert blog.worker.running.process.poll() is None

    blog.disk.make_room()
    wait_until(lambda: blog.web.comment("After it was full").status == 303)
    wait_until(lambda: blog.web.get("/readyz").status == 200)
    # What the worker could not write down while it was full, it makes up for.
    wait_until(lambda: len(blog.boxes.messages) == 2, 60)
    found = blog.counts()
    assert sorted(found["texts"]) == ["After it was full", "Before it was full"]  # type: ignore[call-overload] # a list
    assert found["approved"] == found["heading"]
    assert (found["unsent"], found["parked"], found["pictures"]) == (0, 0, 0)
    assert blog.pictures() == []
    assert upload(blog.web, desk).status_code == 302
    assert blog.counts()["pictures"] == 1


def reading_goes_on(blog: Blog) -> None:
    for path in (ARTICLE, "/", "/feed/", "/?page=1", f"{ARTICLE}?replies=1"):
        answer = blog.web.get(path)
        assert answer.status == 200, (path, answer)
        assert "Polaris" in answer.body
    assert blog.web.get("/healthz").status == 200
    ready = blog.web.get("/readyz")
    assert ready.status == 503
    assert '"disk": {"state": "failed", "reason": "only 0 MiB are free"}' in ready.body


def writing_is_refused_in_words(blog: Blog, desk: requests.Session) -> None:
    answer = blog.web.comment("Written while it was full")
    assert answer.status == 503
    assert "no room left" in answer.body
    assert "Written while it was full</textarea>" in answer.body
    assert answer.headers["retry-after"]
    assert "The picture cannot be stored just now" in upload(blog.web, desk).text


def signed_in(web: Web) -> requests.Session:
    session = requests.Session()
    session.headers.update({"Host": SITE, "Referer": f"http://{SITE}/"})
    login = f"http://127.0.0.1:{web.port}/accounts/login/"
    token = token_in(session.get(login, timeout=20).text)
    form = {"login": MODERATOR["name"], "password": MODERATOR["password"]}
    session.post(login, {**form, "csrfmiddlewaretoken": token}, allow_redirects=False, timeout=20)
    return session


def upload(web: Web, desk: requests.Session) -> requests.Response:
    page = f"http://127.0.0.1:{web.port}/admin/posts/image/add/"
    token = token_in(desk.get(page, timeout=20).text)
    picture = io.BytesIO()
    Pillow.effect_noise((700, 500), 90).save(picture, "PNG")
    facts = {"alt": "A lamp in a window", "focal_x": 50, "focal_y": 50, "_save": "Save"}
    return desk.post(
        page,
        {**facts, "csrfmiddlewaretoken": token},
        files={"upload": ("lamp.png", picture.getvalue())},
        allow_redirects=False,
        timeout=20,
    )


def a_backup_says_why_and_leaves_nothing(blog: Blog) -> None:
    def left() -> set[Path]:
        return {path for path in blog.disk.folder.rglob("*") if "backup" in path.name}

    folder = blog.disk.folder / "archives"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", str(folder)],
        cwd=ROOT,
        env={**blog.worker.running.environment, "DATA_DIR": str(blog.disk.folder / "web")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "No space left" in done.stderr or "full" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []
    assert not left()


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "blog.sqlite3"
    cluster = Cluster(tmp_path, DATABASE_URL=f"sqlite:///{file}", LOG_LEVEL="INFO")
    with prepared_blog(tmp_path / "manage", file):
        cluster.prepare()
    web = Web(cluster, "web", log=Path("/dev/full"))
    worker = BackgroundWorker(cluster, "worker", log=Path("/dev/full"))
    try:
        for number in range(3):
            assert web.get(f"/?page={number}").status in (200, 404)
            assert web.comment(f"Without a log {number}").status == 303
        assert cluster.shell(WAIT_FOR_THE_WORKER) == "True"
        assert isinstance(worker.running, Running)
        assert worker.running.process.poll() is None
    finally:
        web.kill()
        worker.kill()


WAIT_FOR_THE_WORKER = """
import time
from django_tasks_db.models import DBTaskResult
told = DBTaskResult.objects.successful().filter(task_path="comments.tasks.tell")
deadline = time.monotonic() + 60
while not told.exists() and time.monotonic() < deadline:
    time.sleep(0.2)
print(told.exists())
"""
