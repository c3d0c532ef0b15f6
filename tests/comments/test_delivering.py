"""Mail by real workers to a real server: killed in the middle, and two at once."""

import sys
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from comments.models import Comment, Notice, Subscription
from comments.moderating import decide
from posts.models import Post
from tests.factories import CommentFactory
from tests.fakes.mailboxes import Mailboxes, mailboxes
from tests.processes import ROOT, Running, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def worker(folder: Path, boxes: Mailboxes, name: str) -> Running:
    """A worker as production runs it, on this test's own database."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        person = f"{database['USER']}:{database['PASSWORD']}".strip(":")
        url = f"postgres://{person}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    command = (sys.executable, ROOT / "manage.py", "worker", "--interval", 0.02, "--lease", 1)
    environment = {
        "DATABASE_URL": url,
        "DATA_DIR": folder / "data",
        "SECRET_KEY": "tests",
        "EMAIL_URL": boxes.url,
    }
    return Running(command, environment, folder / f"{name}.txt")


def follow(post: Post, count: int) -> None:
    Subscription.objects.bulk_create(
        Subscription(
            email=f"reader{number}@example.org",
            kind=Subscription.Kind.POST,
            post=post,
            confirmed_at=timezone.now(),
        )
        for number in range(count)
    )


def approve_one(post: Post) -> None:
    comment = CommentFactory(post=post, status=Comment.Status.PENDING)
    decide(comment, Comment.Status.APPROVED, by=None)


def unsent() -> int:
    return Notice.objects.filter(sent_at=None).count()


def test_a_worker_killed_while_sending_costs_no_mail_and_doubles_none(
    post: Post, tmp_path: Path
) -> None:
    follow(post, 3)
    approve_one(post)
    with mailboxes() as boxes:
        boxes.is_stuck = True
        with worker(tmp_path, boxes, "first") as first:
            assert boxes.reached.wait(30), first.output
            first.process.kill()
        boxes.is_stuck = False
        boxes.released.set()
        assert Notice.objects.filter(attempts=1).count() == 1, "it died with one in its hands"
        Notice.objects.update(due_at=timezone.now())  # its claim has lapsed

        with worker(tmp_path, boxes, "second") as second:
            wait_until(lambda: Notice.objects.exists() and not unsent())
            assert second.process.poll() is None

    told = sorted(str(message["To"]) for message in boxes.messages)
    assert told == [f"reader{number}@example.org" for number in range(3)]


def test_two_workers_send_each_mail_once(post: Post, tmp_path: Path) -> None:
    follow(post, 40)
    for _ in range(3):
        approve_one(post)
    with (
        mailboxes() as boxes,
        worker(tmp_path, boxes, "one"),
        worker(tmp_path, boxes, "two"),
    ):
        wait_until(lambda: Notice.objects.count() == 120 and not unsent(), seconds=60)

    assert len(boxes.messages) == 120
    assert len({message["Message-ID"] for message in boxes.messages}) == 120
