"""Whether to send readers here."""

import shutil
import time
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from polarisblog.background.models import Schedule
from polarisblog.health import readiness
from tests.background import chores

pytestmark = pytest.mark.django_db(transaction=True)

Usage = namedtuple("Usage", "total used free")  # as shutil's own


def test_all_is_well(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "checks": {name: {"state": "ok"} for name in ("disk", "database", "cache", "queue")},
    }
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def failed(client: Client) -> dict[str, str]:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    checks = answer.json()["checks"]
    return {name: c["reason"] for name, c in checks.items() if c["state"] == "failed"}


def test_a_queue_that_is_behind_is_said(client: Client) -> None:
    chores.note.enqueue("unused")
    assert client.get("/readyz").status_code == 200
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))
    assert failed(client) == {"queue": "the oldest task has waited 20 minutes"}


def test_a_task_for_later_is_not_behind(client: Client) -> None:
    chores.note.enqueue("unused")
    now = timezone.now()
    DBTaskResult.objects.update(
        enqueued_at=now - timedelta(days=1), run_after=now + timedelta(hours=1)
    )
    assert client.get("/readyz").status_code == 200


def test_a_worker_that_is_gone_is_said_where_nothing_waits(
    client: Client, settings: Settings
) -> None:
    settings.PERIODIC_TASKS = {"posts.tasks.hourly": 3600}
    assert client.get("/readyz").status_code == 200, "there was never one"
    Schedule.objects.create(name="posts.tasks.hourly", due_at=timezone.now())
    Schedule.objects.create(name="a.former.one", due_at=timezone.now() - timedelta(days=9))
    assert client.get("/readyz").status_code == 200
    Schedule.objects.update(due_at=timezone.now() - timedelta(minutes=20))
    assert failed(client) == {"queue": "no worker has begun anything for 20 minutes"}


def test_a_full_disk_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 9 * 10**8, 10**8))
    assert failed(client) == {"disk": "only 95 MiB are free"}


def test_a_cache_that_is_away_is_said(client: Client, settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    cache.close()
    assert failed(client).keys() == {"cache"}
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def test_a_database_that_does_not_answer_is_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LIMIT_SECONDS", 0.2)
    monkeypatch.setitem(readiness.CHECKS, "database", lambda: time.sleep(1.5) or "")
    for _ in range(2):
        started = time.monotonic()
        assert failed(client)["database"] == readiness.NO_ANSWER
        assert time.monotonic() - started < 1
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200
