"""Numbers for whoever has the token, and for nobody else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import resolve
from pytest_django import Settings

from comments.models import Comment
from polarisblog.backups.models import Backup
from posts.models import Post
from tests.background import chores
from tests.factories import CommentFactory
from tests.processes import ROOT

TOKEN = "a-long-enough-token"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def watched(db: None, settings: Settings) -> Client:
    settings.METRICS_TOKEN = TOKEN
    return Client()


def numbers(client: Client) -> dict[str, float]:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    # Only now: the library decides when it is first imported how to count, and ours must say how.
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 # see above

    return {
        sample.name
        + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_without_the_setting_there_is_no_such_page(db: None, client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"]
)
def test_without_the_token_nothing_is_told(watched: Client, given: str) -> None:
    answer = watched.get("/metrics", headers={"authorization": given} if given else {})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert b"polaris" not in answer.content


def test_answers_are_counted_by_route(watched: Client, post: Post) -> None:
    route = resolve(post.get_absolute_url()).route
    before = numbers(watched)
    watched.get(post.get_absolute_url())
    watched.get(post.get_absolute_url())
    watched.get("/no/such/place/of-ada@example.org/")
    watched.generic("BREW", "/")
    after = numbers(watched)
    gained = {name: after[name] - before.get(name, 0) for name in after}
    assert gained[f"polaris_answers_total method=GET route={route} status=200"] == 2
    assert gained["polaris_answers_total method=GET route=unknown status=404"] == 1
    assert any("method=other" in name and gain == 1 for name, gain in gained.items())
    assert not any("ada" in name for name in after)


def test_what_waits_and_what_is_there_is_counted(watched: Client, post: Post) -> None:
    chores.note.enqueue("unused")
    CommentFactory(post=post)
    CommentFactory(post=post, status=Comment.Status.PENDING)
    Backup.objects.note(size=1, is_encrypted=False)
    told = numbers(watched)
    assert told["polaris_tasks state=waiting"] >= 1
    assert told["polaris_queue_age_seconds"] >= 0
    assert told["polaris_comments status=approved"] == 1
    assert told["polaris_comments status=pending"] == 1
    assert told["polaris_database_up"] == 1
    assert told["polaris_backup_age_seconds"] < 60
    assert told["polaris_workers"] == 0


def test_asking_costs_the_same_however_much_there_is(
    watched: Client, post: Post, django_assert_max_num_queries: object
) -> None:
    for _ in range(20):
        CommentFactory(post=post)
    with django_assert_max_num_queries(12):  # type: ignore[operator] # pytest-django's own
        watched.get("/metrics", headers=BEARER)


def test_what_a_server_counted_goes_when_another_one_starts(tmp_path: Path) -> None:
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    beginning = f"polaris-metrics-{os.getuid()}"
    ended, running, strange = (
        tmp_path / f"{beginning}-{name}" for name in (over.pid, os.getppid(), "notes")
    )
    for folder in (ended, running, strange):
        folder.mkdir()
        (folder / "counter_7.db").touch()
    inherited = {k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"}
    subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); import polarisblog.health.metrics"],
        cwd=ROOT,
        env={**inherited, "TMPDIR": str(tmp_path)},
        check=True,
    )
    assert not ended.exists()
    assert (running / "counter_7.db").exists()
    assert strange.exists()
    assert (tmp_path / f"{beginning}-{os.getpid()}").exists()
