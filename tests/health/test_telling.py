"""What leaves for Sentry and for an OpenTelemetry collector, seen by who receives it."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.core.checks import run_checks
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pytest_django import Settings

from polarisblog.health import checks, telling
from tests.fakes.origins import Origin, Visit
from tests.prepared import prepared_blog
from tests.processes import OURS, ROOT

# A request that fails, full of what must not leave; in a process of its own, as in production.
FAILING = """
import django
django.setup()
from django.test import Client
from polarisblog import views
def broken(request, token):
    name = "Ada-in-a-variable"
    raise ValueError("no mail to ada@example.org from 203.0.113.9")
from django.urls import path
from polarisblog.urls import urlpatterns
urlpatterns.insert(0, path("broken/<slug:token>/", broken))
client = Client(raise_request_exception=False)
client.cookies["session"] = "a-stolen-session"
answer = client.post(
    "/broken/secret-token/?q=how+to+leave", {"comment": "private words"},
    headers={"user-agent": "Adas-phone", "traceparent": "00-%032x-%016x-01" % (7, 7)},
)
assert answer.status_code == 500, answer.status_code
from polarisblog.background.working import Worker
from comments.tasks import forget
forget.enqueue()
Worker(interval=0, batch=True).run()
import sentry_sdk
sentry_sdk.flush(10)
"""
SECRETS = (
    *("ada@example.org", "203.0.113.9", "Ada-in-a-variable", "a-stolen-session", "secret-token"),
    *("leave", "private", "Adas-phone", "127.0.0.1", "sessionid"),
)


def accepted(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Visit]:
    """What both were sent by one failing request and one task."""
    folder = tmp_path_factory.mktemp("telling")
    with prepared_blog(folder) as database, Origin() as origin:
        origin.serve("/api/7/envelope/", accepted)
        origin.serve("/v1/traces", accepted)
        inherited = {k: v for k, v in os.environ.items() if k not in OURS}
        subprocess.run(
            [sys.executable, "-c", FAILING],
            cwd=ROOT,
            check=True,
            timeout=120,
            env={
                **inherited,
                **database,
                "DJANGO_SETTINGS_MODULE": "polarisblog.settings",
                "DATA_DIR": str(folder),
                "ALLOWED_HOSTS": "testserver",
                "SITE_URL": "http://testserver",
                "TRUSTED_PROXY_COUNT": "1",
                "LOG_FORMAT": "json",
                "SENTRY_DSN": f"http://public@{origin.host_and_port}/7",
                "OTEL_EXPORTER_OTLP_ENDPOINT": origin.url,
            },
        )
        return list(origin.visits)


def plain(visit: Visit) -> bytes:
    encoding = visit.headers.get("content-encoding", "")
    unpack: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}
    return unpack.get(encoding, bytes)(visit.body)


@pytest.mark.slow
class TestWhatLeaves:
    def test_a_fault_is_reported(self, told: list[Visit]) -> None:
        events: list[dict[str, Any]] = []
        for visit in told:
            if visit.path.startswith("/api/7/"):
                lines = plain(visit).decode().splitlines()
                events += [json.loads(line) for line in lines if '"exception"' in line]
        assert events
        (fault,) = events[0]["exception"]["values"]
        assert fault["type"] == "ValueError"
        assert fault["value"] == "no mail to [e-mail] from [address]"
        assert fault["stacktrace"]["frames"]
        assert len(events[0]["tags"]["request"]) == 32

    def test_a_request_and_a_task_leave_spans(self, told: list[Visit]) -> None:
        spans = []
        for visit in told:
            if visit.path == "/v1/traces":
                message = ExportTraceServiceRequest.FromString(plain(visit))
                spans += [s for r in message.resource_spans for p in r.scope_spans for s in p.spans]
        names = {span.name: span for span in spans}
        assert set(names) >= {"POST broken/<slug:token>/", "task comments.tasks.forget"}
        request = names["POST broken/<slug:token>/"]
        assert int.from_bytes(request.trace_id, "big") == 7
        facts = {a.key: a.value.string_value or a.value.int_value for a in request.attributes}
        assert facts == {
            "http.request.method": "POST",
            "http.route": "broken/<slug:token>/",
            "http.response.status_code": 500,
        }

    def test_nobody_is_in_what_leaves(self, told: list[Visit]) -> None:
        assert len(told) >= 2
        everything = b"\n".join(plain(visit) for visit in told)
        for secret in SECRETS:
            # Source lines of this very test stand in the trace.
            assert everything.count(secret.encode()) == 0, secret


def test_a_setting_without_its_package_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENTRY_DSN = "http://public@sentry.example/7"
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://collector.example"
    assert not [m for m in run_checks() if m.id == "health.E001"]
    monkeypatch.setattr(checks, "is_installed", lambda package: False)
    assert len([m for m in run_checks() if m.id == "health.E001"]) == 2


def test_a_package_that_is_missing_is_seen() -> None:
    assert telling.is_installed(telling.SENTRY)
    assert not telling.is_installed("no_such_package.inside")


def test_a_short_token_is_an_error(settings: Settings) -> None:
    settings.METRICS_TOKEN = "short"
    assert "health.E002" in [m.id for m in run_checks()]
    settings.METRICS_TOKEN = "long enough to be none that is guessed"
    assert "health.E002" not in [m.id for m in run_checks()]


def test_nothing_is_imported_that_is_not_wanted(tmp_path: Path) -> None:
    code = (
        "import django, sys; django.setup(); from polarisblog import asgi;"
        "found = {'sentry_sdk', 'opentelemetry', 'prometheus_client'} & set(sys.modules);"
        "sys.exit(' '.join(found) or 0)"
    )
    inherited = {k: v for k, v in os.environ.items() if k not in OURS}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=False,
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "polarisblog.settings",
            "DATA_DIR": str(tmp_path),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.returncode == 0, "imported: " + run.stderr
