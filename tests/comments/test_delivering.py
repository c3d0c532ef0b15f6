"""Mail to real servers: workers killed in the middle, two at once; servers away, hanging, busy."""

import datetime
import sys
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from comments import notices
from comments.models import Comment, DiscussionSettings, Notice, Subscription
from comments.moderating import decide
from polarisblog.background.working import Worker
from posts.models import Post
from tests.factories import CommentFactory
from tests.fakes.mailboxes import Mailboxes, mailboxes
from tests.fakes.origins import Origin
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


# --- Servers in trouble ------------------------------------------------------------


@pytest.fixture
def smtp(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Mail goes over the wire; nobody hangs on a silent one for long."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    monkeypatch.setattr(notices, "TIMEOUT_SECONDS", 0.3)
    return settings


def later(**passed: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + datetime.timedelta(**passed))


@pytest.mark.parametrize("trouble", ["away", "hanging"])
def test_a_server_in_trouble_keeps_nobody_waiting_and_costs_no_mail(
    post: Post, smtp: Settings, trouble: str
) -> None:
    DiscussionSettings(holds_first_comment=False).save()
    follow(post, 7)
    with Origin() as silent:
        smtp.EMAIL_PORT = 1 if trouble == "away" else silent.port
        words = {"comment": "Nobody waits for this mail", "author": "Ada"}
        assert Client().post(f"{post.get_absolute_url()}respond/", words).status_code == 303
        assert silent.connection_count == 0, "a reader's request talks to no mail server"
        # As the worker goes on, minute by minute.
        for minutes in range(1, 5):
            with later(minutes=minutes):
                Worker(interval=0, batch=True).run()
                before = silent.connection_count
                notices.deliver()
                assert silent.connection_count - before <= 2, "the others wait untried"
        assert unsent() == 7
        assert not Notice.objects.exclude(given_up_at=None).exists()
    with mailboxes() as boxes, later(hours=3):
        smtp.EMAIL_PORT = boxes.port
        notices.deliver()
        notices.deliver()
    assert sorted(str(message["To"]) for message in boxes.messages) == [
        f"reader{number}@example.org" for number in range(7)
    ]


def test_a_weekend_without_a_mail_server_loses_no_mail(post: Post, smtp: Settings) -> None:
    follow(post, 3)
    approve_one(post)
    Worker(interval=0, batch=True).run()
    smtp.EMAIL_PORT = 1
    for hours in range(1, 64):
        with later(hours=hours):
            notices.deliver()
    with mailboxes() as boxes, later(hours=96):
        smtp.EMAIL_PORT = boxes.port
        notices.deliver()
    assert len(boxes.messages) == 3


def test_a_mailbox_that_wants_to_be_asked_later_is(post: Post, smtp: Settings) -> None:
    follow(post, 2)
    approve_one(post)
    with mailboxes() as boxes:
        smtp.EMAIL_PORT = boxes.port
        boxes.postpones.add("reader0@")
        Worker(interval=0, batch=True).run()
        assert [str(message["To"]) for message in boxes.messages] == ["reader1@example.org"]
        boxes.postpones.clear()
        with later(minutes=2):
            assert notices.deliver() == 1
    assert len(boxes.messages) == 2
