from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from comments.linkbacks import xmlrpc
from polarisblog.background.tasks import TaskResultStatus
from polarisblog.background.working import Worker
from tests.fakes.blogs import Blog


@pytest.fixture
def blog(settings: Settings) -> Iterator[Blog]:
    """Another blog that we are allowed to read although it is on loopback."""
    with Blog() as running:
        settings.FETCH_ALLOW_PRIVATE = [running.host_and_port]
        yield running


@pytest.fixture
def call(client: Client) -> Callable[..., Any]:
    """Calls a method over HTTP; gives its value, or the number of its fault."""

    def make(method: str, *parameters: Any, path: str = "/xmlrpc.php") -> Any:
        body = xmlrpc.write_call(method, *parameters)
        response = client.post(path, body, content_type="text/xml")
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/xml")
        try:
            return xmlrpc.read_answer(response.content)
        except xmlrpc.Fault as fault:
            return fault.code

    return make


@pytest.fixture
def ping(call: Callable[..., Any]) -> Callable[[str, str], Any]:
    return lambda source, target: call("pingback.ping", source, target)


@pytest.fixture
def work(db: None) -> Callable[[], None]:
    """Does everything that is queued and due now, as the worker would, in this thread."""

    def run() -> None:
        worker = Worker(interval=0, batch=True)
        while row := DBTaskResult.objects.ready().first():
            DBTaskResult.objects.filter(pk=row.pk).update(status=TaskResultStatus.RUNNING)
            row.claim(worker.worker_id)
            worker.run_task(row)

    return run
