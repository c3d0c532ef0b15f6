"""The machine under the measurement: which core does what, and what processes took of it."""

import os
import platform
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

NEEDED = {"wrk": "wrk", "taskset": "util-linux"}
OPTIONAL = {"nginx": "nginx-light", "postgres": "postgresql"}
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int]:
    """The server's core and the load's; the same one twice where there is no other."""
    ours = sorted(os.sched_getaffinity(0))
    return ours[0], ours[-1]


def on_server_core(*command: object) -> list[object]:
    return ["taskset", "-c", str(cores()[0]), *command]


def on_load_core(*command: object) -> list[object]:
    return ["taskset", "-c", str(cores()[1]), *command]


def missing(tools: dict[str, str]) -> list[str]:
    """A sentence for each program that is not there."""
    return [
        f"{program} is not installed (Debian: apt install {package})."
        for program, package in tools.items()
        if not find(program)
    ]


def find(program: str) -> str:
    """Where a program is, on PATH or where Debian hides it; empty where it is not."""
    hidden = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") or str(
        hidden[-1] if hidden else ""
    )


def descendants(pid: int) -> list[int]:
    """A process, its children and theirs."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(after_name[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """What the processes have computed so far."""
    ticks = 0
    for pid in pids:
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(after_name[11]) + int(after_name[12])
    return ticks / TICKS_PER_SECOND


def pss_megabytes(pids: Sequence[int]) -> float:
    """Memory, what is shared counted in shares."""
    kilobytes = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
        kilobytes += int(found[1]) if found else 0
    return kilobytes / 1024


def description() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    model = found[1] if found else platform.machine()
    count = len(os.sched_getaffinity(0))
    return (
        f"{count} cores ({model}), Linux {platform.release()}, Python {platform.python_version()}"
    )


def load_average() -> float:
    return os.getloadavg()[0]
