import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from polarisblog.network import limits
from polarisblog.network.limits import Limit, TooFast, Window, check, prune
from polarisblog.network.middleware import TooFastMiddleware
from polarisblog.network.models import Counter

ROOT = Path(__file__).resolve().parents[2]
THREE_A_MINUTE = Limit("test", "3 a minute", (Window(3, 60),))
GUARDED = Limit("guarded", "3 a minute", (Window(3, 60),), is_guard=True)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-01-11 12:00:00+00:00", tick=False) as coordinates:
        yield coordinates


def wait_asked(limit: Limit, *keys: object) -> int:
    """Zero where the attempt passes."""
    try:
        check(limit, *keys)
    except TooFast as refusal:
        return refusal.retry_after_seconds
    return 0


@pytest.mark.django_db
def test_so_many_pass_and_then_the_wait_is_the_truth(clock: time_machine.Traveller) -> None:
    assert [wait_asked(THREE_A_MINUTE, "ada") for _ in range(4)] == [0, 0, 0, 60]
    clock.shift(59.5)
    assert wait_asked(THREE_A_MINUTE, "ada") == 1
    clock.shift(0.5)
    assert [wait_asked(THREE_A_MINUTE, "ada") for _ in range(4)] == [0, 0, 0, 60]


@pytest.mark.django_db
def test_askers_do_not_share(clock: time_machine.Traveller) -> None:
    for keys in (("ada",), ("ada", 1), ("ada1",), ("a", "da"), (1,), ("ü" * 500,)):
        assert [wait_asked(THREE_A_MINUTE, *keys) for _ in range(4)] == [0, 0, 0, 60]
    assert wait_asked(Limit("other", "", (Window(3, 60),)), "ada") == 0


@pytest.mark.django_db
def test_windows_are_used_up_together_or_not_at_all(clock: time_machine.Traveller) -> None:
    """Somebody who clicks twice does not lose part of the hour by it."""
    twice = Limit("twice", "", (Window(1, 15), Window(3, 3600)))
    for _ in range(2):
        assert [wait_asked(twice, "ada") for _ in range(5)] == [0, 15, 15, 15, 15]
        clock.shift(15)
    assert [wait_asked(twice, "ada") for _ in range(2)] == [0, 3600 - 30]
    clock.shift(3600 - 30)
    assert wait_asked(twice, "ada") == 0


@pytest.mark.django_db
def test_a_refusal_costs_one_read(
    clock: time_machine.Traveller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        check(THREE_A_MINUTE, "ada")
    with django_assert_num_queries(1), pytest.raises(TooFast):
        check(THREE_A_MINUTE, "ada")


@pytest.mark.django_db
def test_no_address_is_readable_in_the_database() -> None:
    check(THREE_A_MINUTE, "203.0.113.9")
    row = Counter.objects.get()
    assert re.fullmatch("[0-9a-f]{64}", row.key)


@pytest.mark.django_db
def test_limits_can_be_turned_off(settings: Settings) -> None:
    settings.RATE_LIMITS = False
    assert [wait_asked(THREE_A_MINUTE, "ada") for _ in range(9)] == [0] * 9


@pytest.mark.django_db
def test_ended_windows_are_swept_and_running_ones_kept(clock: time_machine.Traveller) -> None:
    for key in range(5):
        check(THREE_A_MINUTE, key)
    clock.shift(61)
    check(THREE_A_MINUTE, "late")
    assert (prune(max_rows=3), prune(), prune()) == (3, 2, 0)
    assert Counter.objects.count() == 1


@pytest.mark.django_db
def test_rows_do_not_pile_up_by_themselves(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_PRUNE_EVERY", 10)
    for key in range(200):
        check(THREE_A_MINUTE, key)
        clock.shift(30)
    assert Counter.objects.count() < 20


def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> None:
    raise OperationalError("the database is away")


@pytest.mark.django_db
def test_without_its_counts_a_guard_stays_shut_and_the_rest_open() -> None:
    with connection.execute_wrapper(away):
        assert wait_asked(THREE_A_MINUTE, "ada") == 0
        assert wait_asked(GUARDED, "ada") == 30


def test_the_middleware_says_when_to_come_back(settings: Settings) -> None:
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"429.html": "{{ reading }}: {{ retry_after_seconds }}"},
                    )
                ]
            },
        }
    ]
    middleware = TooFastMiddleware(lambda request: HttpResponse())
    request: HttpRequest = RequestFactory().get("/")
    response = middleware.process_exception(request, TooFast(THREE_A_MINUTE, 42))
    assert response is not None
    assert (response.status_code, response["Retry-After"]) == (429, "42")
    assert response.content == b"3 a minute: 42"
    assert "no-store" in response["Cache-Control"]
    assert middleware.process_exception(request, ValueError()) is None


EVERY_LIMIT = [limit for limit in vars(limits).values() if isinstance(limit, Limit)]


@pytest.mark.parametrize("limit", EVERY_LIMIT, ids=lambda limit: limit.name)
def test_every_reading_tells_its_numbers(limit: Limit) -> None:
    in_words = {
        15: "15 seconds",
        60: "a minute",
        300: "5 minutes",
        600: "10 minutes",
        3600: "an hour",
        86400: "a day",
    }
    for window in limit.windows:
        assert re.search(rf"\b{window.count}\b", limit.reading)
        assert in_words[window.period_seconds] in limit.reading


def test_no_two_limits_share_a_name() -> None:
    assert len({limit.name for limit in EVERY_LIMIT}) == len(EVERY_LIMIT) > 10


# --- At once --------------------------------------------------------------------------------------


def start(database: dict[str, Any], key: str, count: int = 0) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.network.attempts", json.dumps(database), key, str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def passed_in_processes(database: dict[str, Any]) -> int:
    """Of 40 attempts at once, ten threads in each of four processes."""
    running = [start(database, "203.0.113.9", 10) for _ in range(4)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return sum(int(process.communicate(timeout=20)[0]) for process in running)


def test_forty_attempts_from_four_processes_pass_five_times_on_sqlite(tmp_path: Path) -> None:
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "limits.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;",
        },
    }
    start(database, "migrate").communicate(timeout=20)
    assert passed_in_processes(database) == 5


@pytest.mark.django_db(transaction=True)
def test_forty_attempts_from_four_processes_pass_five_times_on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the tests run on SQLite; with a PostgreSQL DATABASE_URL this one runs too")
    wanted = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    assert passed_in_processes({name: connection.settings_dict[name] for name in wanted}) == 5


@pytest.mark.django_db(transaction=True)
def test_forty_attempts_from_many_threads_pass_three_times() -> None:
    def attempt(_: int) -> int:
        try:
            return wait_asked(THREE_A_MINUTE, "ada")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(attempt, range(40)))
    assert waits.count(0) == 3
    assert all(1 <= wait <= 60 for wait in waits if wait)
