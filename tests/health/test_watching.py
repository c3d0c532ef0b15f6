"""Every request has a number, and leaves a line that names nobody."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from polarisblog.health.logs import JsonFormatter, LineFormatter
from posts.models import Post


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [r.facts for r in caplog.records if r.name == "polarisblog.requests"]  # type: ignore[attr-defined] # ours


def test_a_request_leaves_a_line_without_anybody_in_it(
    client: Client, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="polarisblog.requests")
    client.get("/search/?q=how+to+leave", headers={"user-agent": "Ada's phone"})
    client.get("/author/ada/")
    client.get("/ada-and-her-secret/")
    told = lines(caplog)
    assert [(line["method"], line["status"]) for line in told] == [
        ("GET", 200),
        ("GET", 404),
        ("GET", 404),
    ]
    assert told[0]["route"] == "search/"
    for word in ("leave", "ada", "Ada", "127.0.0.1", "phone"):
        assert word not in caplog.text


def test_only_a_proxy_of_ours_gives_the_number(
    db: None, client: Client, settings: Settings
) -> None:
    given = {"x-request-id": "from-the-proxy"}
    settings.TRUSTED_PROXY_COUNT = 0
    assert len(client.get("/healthz", headers=given)["X-Request-ID"]) == 32
    settings.TRUSTED_PROXY_COUNT = 1
    assert client.get("/healthz", headers=given)["X-Request-ID"] == "from-the-proxy"
    evil = {"x-request-id": "a\tb{evil}" + "x" * 99}
    assert len(client.get("/healthz", headers=evil)["X-Request-ID"]) == 32


def test_a_page_that_may_be_kept_has_no_number(client: Client, post: Post) -> None:
    assert "X-Request-ID" not in client.get(post.get_absolute_url())


def test_a_fault_is_logged_by_its_route(
    client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise ValueError("the database answers nonsense")

    records: list[logging.LogRecord] = []
    keeper = logging.Handler()
    monkeypatch.setattr(keeper, "emit", records.append)
    logging.getLogger("django.request").addHandler(keeper)
    client.raise_request_exception = False
    with connection.execute_wrapper(away):
        answer = client.get(post.get_absolute_url())
    logging.getLogger("django.request").removeHandler(keeper)
    assert answer.status_code == 500
    assert answer["X-Request-ID"]
    for formatter in (JsonFormatter(), LineFormatter("%(message)s")):
        line = formatter.format(records[0])
        assert "Internal Server Error: /<yyyy:year>/" in line
        assert post.slug not in line.partition("Traceback")[0].partition('"trace"')[0]
