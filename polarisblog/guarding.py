"""Ending groups of processes, even when the process that started them was killed outright."""

import os
import signal
import time
from collections.abc import Callable, Collection

STOP_SECONDS = 10
KILL_SECONDS = 2


class Guardian:
    """A process of its own that ends every watched process group once its maker is gone.

    `kill -9` leaves its victim no moment to tidy up, but the kernel always closes the victim's end
    of a pipe. This works wherever there are pipes, and reaches a server's own workers too.
    """

    def __init__(self, pid: int, pipe: int) -> None:
        """For who knows of one that there is; `begin` makes one."""
        self.pid = pid
        self.pipe = pipe

    @classmethod
    def begin(cls, former: "Guardian | None" = None) -> "Guardian":
        """`former` is one that the maker also has, and will dismiss."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(writing)
            if former:
                former.leave()
            _guard(reading)
        os.close(reading)
        return cls(pid, writing)

    def watch(self, group: int) -> None:
        os.write(self.pipe, b"+%d\n" % group)

    def forget(self, group: int) -> None:
        """Call this when a group has ended: its number may be given to strangers."""
        os.write(self.pipe, b"-%d\n" % group)

    def leave(self) -> None:
        """A forked child of the maker calls this, or it would make the maker look alive."""
        os.close(self.pipe)

    def dismiss(self) -> None:
        """End the guardian; whatever it still watches ends with it."""
        os.close(self.pipe)
        os.waitpid(self.pid, 0)


def _guard(reading: int) -> None:
    try:
        # Out of the reach of a kill that is meant for our maker's whole group or terminal.
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        groups: set[int] = set()
        with os.fdopen(reading) as lines:
            for line in lines:
                (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
        stop_groups(groups)
    finally:
        os._exit(0)


def stop_groups(groups: Collection[int], reap: Callable[[], object] = lambda: None) -> None:
    """Ask every process group to stop, wait up to STOP_SECONDS, then kill what is left.

    `reap` is called while waiting; a maker must collect its dead children there, because a group
    counts as alive while one is left.
    """
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        groups = [group for group in groups if _send(group, number)]
        deadline = time.monotonic() + seconds
        while groups and time.monotonic() < deadline:
            time.sleep(0.02)
            reap()
            groups = [group for group in groups if _send(group, 0)]


def _send(group: int, number: int) -> bool:
    """Signal a group; False if it is gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
