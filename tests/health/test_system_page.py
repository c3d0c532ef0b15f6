"""The system page: what it says, what its buttons do, and for whom."""

import uuid
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from polarisblog.background.models import Heartbeat
from polarisblog.background.tasks import TaskResultStatus
from polarisblog.background.working import Worker
from polarisblog.backups.models import Backup
from tests.background import chores
from tests.factories import AdministratorFactory, UserFactory
from tests.posts.writing import member, signed_in

PAGE = "/admin/health/system/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def administrator() -> Client:
    return signed_in(member("Administrator", email="keeper@example.org"))


def park(reason: str = "ValueError: this chore always fails") -> str:
    chores.note.enqueue("/dev/null")
    row = DBTaskResult.objects.latest("enqueued_at")
    DBTaskResult.objects.filter(pk=row.pk).update(
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        worker_ids=["a", "b", "c", "d"],
        traceback=f"Traceback (most recent call last):\n  …\n{reason}",
    )
    return str(row.pk)


def test_the_roles_that_may_not_run_the_blog_do_not_see_it() -> None:
    for role in ("Moderator", "Author", "Editor"):
        client = signed_in(member(role))
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE, {"again-all": "1"}).status_code == 403
        assert PAGE not in client.get("/admin/").content.decode()
    for client in (Client(), signed_in(UserFactory())):
        assert client.get(PAGE).status_code == 302
    assert signed_in(AdministratorFactory()).get(PAGE).status_code == 200


def test_it_says_how_the_blog_is_running(administrator: Client) -> None:
    chores.note.enqueue("unused")
    Backup.objects.note(size=123_456_789, is_encrypted=True)
    Heartbeat.objects.beat("a worker")
    text = administrator.get(PAGE).content.decode()
    assert PAGE in administrator.get("/admin/").content.decode()
    for words in ("Polaris Blog", "Django", "Python", "Due now", "117.7", "encrypted", "free of"):
        assert words in text
    assert "None is running" not in text


def test_it_says_what_is_missing(administrator: Client) -> None:
    text = administrator.get(PAGE).content.decode()
    assert "None was ever made." in text
    assert "None is running: no mail goes out" in text


def test_a_parked_task_is_tried_again_once(administrator: Client) -> None:
    number = park()
    text = administrator.get(PAGE).content.decode()
    assert "tests.background.chores.note" in text
    assert "ValueError: this chore always fails" in text
    for words in ("1 task will be tried again.", "Nothing is parked any more."):
        answer = administrator.post(PAGE, {"again": number})
        assert answer.status_code == 303
        assert words in administrator.get(PAGE).content.decode()
    Worker(interval=0, batch=True).run()
    assert DBTaskResult.objects.get(pk=number).status == TaskResultStatus.SUCCESSFUL


def test_all_parked_tasks_are_tried_again_or_one_is_deleted(administrator: Client) -> None:
    numbers = [park() for _ in range(3)]
    administrator.post(PAGE, {"forget": numbers[0]})
    assert not DBTaskResult.objects.filter(pk=numbers[0]).exists()
    administrator.post(PAGE, {"again-all": "1"})
    assert "2 tasks will be tried again." in administrator.get(PAGE).content.decode()
    assert not DBTaskResult.objects.failed().exists()


def test_nonsense_does_nothing(administrator: Client) -> None:
    number = park("<script>alert(1)</script> ada@example.org")
    assert "<script>alert" not in administrator.get(PAGE).content.decode()
    for typed in ({}, {"again": "x"}, {"forget": str(uuid.uuid4())}, {"again": "\0"}):
        assert administrator.post(PAGE, typed).status_code == 303
    assert DBTaskResult.objects.get(pk=number).status == TaskResultStatus.FAILED
    for path in ("add/", "1/", "1/change/", "1/delete/", "1/history/"):
        assert administrator.get(PAGE + path).status_code == 404


def test_a_test_mail_goes_out(administrator: Client) -> None:
    assert 'value="keeper@example.org"' in administrator.get(PAGE).content.decode()
    administrator.post(PAGE, {"mail": "1", "address": "keeper@example.org"})
    assert mail.outbox[0].to == ["keeper@example.org"]
    assert "The mail server took it" in administrator.get(PAGE).content.decode()


def test_a_mail_server_that_is_away_is_quoted(administrator: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    administrator.post(PAGE, {"mail": "1", "address": "keeper@example.org"})
    text = administrator.get(PAGE).content.decode()
    assert "The mail was not sent. ConnectionRefusedError" in text


def test_an_address_that_is_none_sends_nothing(administrator: Client) -> None:
    for address in ("", "nobody", "a@example.org\nBcc: b@example.org", "a@b.example, c@d.example"):
        administrator.post(PAGE, {"mail": "1", "address": address})
        assert "The mail was not sent." in administrator.get(PAGE).content.decode()
    assert mail.outbox == []


def test_the_page_costs_the_same_however_much_waits(
    administrator: Client, django_assert_max_num_queries: Any
) -> None:
    administrator.get(PAGE)
    for _ in range(30):
        park()
    with django_assert_max_num_queries(20):
        administrator.get(PAGE)
