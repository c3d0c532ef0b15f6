"""Watching over the parts of a blog, and ending all of them together.

Little is imported here: who watches for months should hold little memory.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn, Self

from polarisblog.guarding import Guardian, stop_groups

END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """Why the blog is not running, for the person who started it."""


class Stopped(Exception):
    """Somebody asked us to stop."""


class Watch:
    """The parts of a running blog: children of ours by name, each leading its process group."""

    def __init__(self, guardian: Guardian, parts: dict[str, int]) -> None:
        self.guardian = guardian
        self.parts = parts
        self.is_stopping = False
        self._exit_codes: dict[str, int] = {}
        for number in heard_signals():
            signal.signal(number, self._note_signal)

    @classmethod
    def begin(cls) -> Self:
        """Over no part yet."""
        return cls(Guardian.begin(), {})

    @classmethod
    def resume(cls, said: Sequence[str]) -> Self:
        """The watch that `renew` left off with these arguments."""
        former = Guardian(*map(int, said[0].split(":")))
        # One that is forked now shares our memory, which the former's maker had more of.
        watch = cls(Guardian.begin(former), {})
        for pid, name in (part.split(":") for part in said[1:]):
            watch.add(name, int(pid))
            former.forget(int(pid))
        former.dismiss()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
        return watch

    def renew(self, module: str) -> NoReturn:
        """Go on as a new program that has nothing in memory yet: `module`, which calls `resume`.

        The process stays, and with it its number, its children and whoever waits for it. Nothing
        is lost on the way: a signal is held back until it is heard again, a part that dies stays
        to be asked for, and should the new program not come up, the guardian ends the parts.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        if self.is_stopping:
            raise Stopped
        os.set_inheritable(self.guardian.pipe, True)  # noqa: FBT003 # takes no keyword
        parts = [f"{pid}:{name}" for name, pid in self.parts.items()]
        said = [f"{self.guardian.pid}:{self.guardian.pipe}", *parts]
        # -S: it needs no packages.
        command = [sys.executable, "-S", "-m", module, *said]
        os.execv(command[0], command)  # noqa: S606 # the command is ours

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def exit_code(self, name: str) -> int | None:
        """How a part ended, negative for a signal; None while it runs."""
        if name not in self._exit_codes:
            pid, status = os.waitpid(self.parts[name], os.WNOHANG)
            if pid:
                self._exit_codes[name] = os.waitstatus_to_exitcode(status)
        return self._exit_codes.get(name)

    def add(self, name: str, pid: int) -> None:
        self.parts[name] = pid
        self.guardian.watch(pid)

    def forget(self, name: str) -> None:
        """Of a part that was meant to end."""
        self.guardian.forget(self.parts.pop(name))

    def wait_until(self, is_done: Callable[[], bool], seconds: float = float("inf")) -> None:
        """Poll `is_done`; raises Stopped on a signal, CannotStart if a part dies or time is up."""
        deadline = time.monotonic() + seconds
        while not is_done():
            if self.is_stopping:
                raise Stopped
            for name in self.parts:
                code = self.exit_code(name)
                if code is not None and not is_done():
                    raise CannotStart(f"The {name} ended by itself (exit code {code}).")
            if time.monotonic() > deadline:
                raise CannotStart(f"No answer after {seconds:.0f} seconds.")
            time.sleep(0.05)

    def stop(self) -> None:
        stop_groups(list(self.parts.values()), self._collect)
        self.guardian.dismiss()

    def _collect(self) -> None:
        for name in self.parts:
            self.exit_code(name)


def heard_signals() -> list[int]:
    """Under nohup the hang-up is ignored already, and stays so."""
    return [number for number in END_SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
