"""Many writers and readers at once, through whichever host answers, and what they saw."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from tests.cluster.hosts import ARTICLE, Answer, Web

# So long may a host that did not take a change itself go on showing what was before.
STALE_SECONDS = 1.0
PACE_SECONDS = 0.15
READ = ("/", ARTICLE, "/feed/", "/search/?q=hotline", f"{ARTICLE}feed/")


@dataclass
class Load:
    """Writers and readers; `acknowledged` holds each text that a host said it had taken."""

    hosts: Sequence[Web]
    writers: int = 2
    readers: int = 2
    acknowledged: list[str] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        works = [self._write] * self.writers + [self._read] * self.readers
        self._threads = [
            threading.Thread(target=self._go_on, args=(work, number), daemon=True)
            for number, work in enumerate(works)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(60)

    def _go_on(self, work: Callable[[str], None], number: int) -> None:
        turn = 0
        try:
            while not self._is_over.wait(PACE_SECONDS):
                turn += 1
                work(f"{number} {turn}")
        except Exception as problem:  # noqa: BLE001 # whatever it was is the test's to tell
            self.problems.append(repr(problem))

    def _balanced(self, ask: Callable[[Web], Answer]) -> tuple[list[Web], Answer]:
        """As a proxy with a health check asks: another host where one is not there.

        The last of the hosts that were asked is the one that answered.
        """
        asked: list[Web] = []
        for host in random.sample(self.hosts, len(self.hosts)):
            asked.append(host)
            answer = ask(host)
            if answer.status:
                return asked, answer
        raise AssertionError("no host answers")

    def _write(self, name: str) -> None:
        text = f"Words of writer {name} end"
        asked, answer = self._balanced(lambda web: web.comment(text))
        with self._lock:
            self.statuses["write", answer.status] += 1
            if answer.status == 303:
                self.acknowledged.append(text)
        if answer.status == 303:
            taken_at = time.monotonic()
            path = urlsplit(answer.headers["location"]).path
            if len(asked) == 1:
                # Else it may have been taken by one that died before it said so, and this one knew
                # it for the same again.
                self._must_show(text, path, asked[0], taken_at - STALE_SECONDS)
            for other in self.hosts:
                self._must_show(text, path, other, taken_at)

    def _must_show(self, text: str, path: str, host: Web, taken_at: float) -> None:
        answer = settled(host, path, taken_at, lambda page: text in page)
        if answer.status and (answer.status != 200 or text not in answer.body):
            kind = answer.headers.get("cache-control", "")
            late = time.monotonic() - taken_at
            self.stale.append(
                f"{text!r} not at {path} on {host.name}: {answer.status}, {kind}, {late:.2f} s"
            )

    def _read(self, name: str) -> None:
        path = random.choice(READ)
        _, answer = self._balanced(lambda web: web.get(path))
        with self._lock:
            self.statuses["read", answer.status] += 1


def settled(host: Web, path: str, changed_at: float, is_new: Callable[[str], bool]) -> Answer:
    """The first answer that is new, or the first old one that may not be old any more.

    That is one that was asked for more than STALE_SECONDS after `changed_at`, however long it took
    to make. Status 0 where the host is down.
    """
    while True:
        asked_at = time.monotonic()
        page = host.get(path)
        if not page.status or is_new(page.body) or asked_at > changed_at + STALE_SECONDS:
            return page
