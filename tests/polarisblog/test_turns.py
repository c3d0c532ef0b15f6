"""Threads that wait for the same turn are worked for together, and nobody for another's fault."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from polarisblog.sql.turns import Turns, among_processes
from tests.processes import wait_until


@dataclass
class Bench:
    """Work that waits, before it claims, until `gate` is open; what it did is in `rounds`."""

    gate: threading.Event = field(default_factory=threading.Event)
    rounds: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.turns: Turns[str, str] = Turns(self.work)
        self.started = threading.Semaphore(0)

    def work(self, key: str, claim: Callable[[], list[str]]) -> None:
        self.started.release()
        assert self.gate.wait(30)
        items = claim()
        self.rounds.append(items)
        bad = [item for item in items if item.startswith("bad")]
        if bad:
            raise ValueError(*bad)

    def send(self, pool: ThreadPoolExecutor, *items: str) -> list[Future[None]]:
        """One after the other, so that their order is known."""
        futures = []
        for item in items:
            before = len(self.turns._waiting.get("key", []))
            futures.append(pool.submit(self.turns.take, "key", item))
            wait_until(lambda: len(self.turns._waiting.get("key", [])) > before)  # noqa: B023 # at once
        return futures


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(8)


def test_whoever_waits_when_the_lock_is_taken_is_taken_along(pool: ThreadPoolExecutor) -> None:
    bench = Bench()
    futures = bench.send(pool, "one", "two", "three")

    bench.gate.set()
    for future in futures:
        future.result(30)

    assert bench.rounds == [["one", "two", "three"]]
    assert bench.turns._waiting == {}


def test_whoever_comes_later_has_the_next_turn(pool: ThreadPoolExecutor) -> None:
    later = threading.Event()
    rounds: list[list[str]] = []

    def work(key: str, claim: Callable[[], list[str]]) -> None:
        rounds.append(claim())
        assert later.wait(30)

    turns: Turns[str, str] = Turns(work)
    first = pool.submit(turns.take, "key", "one")
    wait_until(lambda: rounds)
    others = [pool.submit(turns.take, "key", item) for item in ("two", "three")]
    wait_until(lambda: len(turns._waiting["key"]) == 2)
    assert not any(other.done() for other in others)

    later.set()
    for future in (first, *others):
        future.result(30)

    assert [len(found) for found in rounds] == [1, 2]
    assert turns._waiting == {}


def test_one_that_fails_costs_the_others_nothing(pool: ThreadPoolExecutor) -> None:
    bench = Bench()
    one, bad, three = bench.send(pool, "one", "bad", "three")

    bench.gate.set()
    one.result(30)
    three.result(30)
    with pytest.raises(ValueError, match="bad"):
        bad.result(30)

    assert bench.rounds[0] == ["one", "bad", "three"]
    assert sorted(bench.rounds[1:]) == [["bad"], ["one"], ["three"]]


def test_a_lock_that_is_not_had_fails_the_one_and_the_next_tries(pool: ThreadPoolExecutor) -> None:
    attempts: list[str] = []
    gate = threading.Event()

    def work(key: str, claim: Callable[[], list[str]]) -> None:
        assert gate.wait(30)
        attempts.append(key)
        if len(attempts) == 1:
            raise TimeoutError
        claim()

    turns: Turns[str, str] = Turns(work)
    first = pool.submit(turns.take, "key", "one")
    wait_until(lambda: turns._waiting.get("key"))
    second = pool.submit(turns.take, "key", "two")
    wait_until(lambda: len(turns._waiting["key"]) == 2)

    gate.set()
    with pytest.raises(TimeoutError):
        first.result(30)
    second.result(30)

    assert len(attempts) == 2
    assert turns._waiting == {}


def test_another_key_waits_for_nobody(pool: ThreadPoolExecutor) -> None:
    both = threading.Barrier(2)

    def work(key: str, claim: Callable[[], list[str]]) -> None:
        claim()
        both.wait(30)

    turns: Turns[str, str] = Turns(work)
    futures = [pool.submit(turns.take, key, "item") for key in ("one", "two")]

    for future in futures:
        future.result(30)


@pytest.mark.sqlite_only
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux says who waits for a lock")
def test_processes_stand_in_line_too(
    pool: ThreadPoolExecutor, settings: Any, tmp_path: Path
) -> None:
    """Each open file is its own place in the line, as it is in another process."""
    settings.DATA_DIR = tmp_path
    is_inside, may_leave = threading.Event(), threading.Event()
    order: list[str] = []

    def first() -> None:
        with among_processes("comments"):
            is_inside.set()
            assert may_leave.wait(30)
            order.append("first")

    def second() -> None:
        with among_processes("comments"):
            order.append("second")

    one = pool.submit(first)
    assert is_inside.wait(30)
    with among_processes("something else"):
        pass
    two = pool.submit(second)
    waiting = f" {(tmp_path / 'comments.turn').stat().st_ino} "
    wait_until(lambda: "->" in _locks_on(waiting))
    assert not two.done()

    may_leave.set()
    one.result(30)
    two.result(30)
    assert order == ["first", "second"]


def _locks_on(inode: str) -> str:
    """What the kernel says of who holds and who waits for (`->`) the file."""
    lines = Path("/proc/locks").read_text().replace(":", " ").splitlines()
    return "\n".join(line for line in lines if inode in line)
