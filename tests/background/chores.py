"""Tasks that leave traces in files, so that a test sees what other processes did."""

import os
import time
from pathlib import Path

from polarisblog.background.tasks import task


def trace(path: str) -> int:
    """Add a line; how many there are now."""
    with Path(path).open("a") as file:
        file.write(f"{os.getpid()}\n")
    return traces(path)


def traces(path: str | Path) -> int:
    """How often a chore ran."""
    file = Path(path)
    return len(file.read_text().splitlines()) if file.exists() else 0


@task
def note(path: str) -> int:
    return trace(path)


@task
def fail(path: str) -> None:
    trace(path)
    raise ValueError("this chore always fails")


@task
def take(path: str, seconds: float) -> str:
    trace(path)
    time.sleep(seconds)
    return "finished"


@task
def hang_at_first(path: str) -> str:
    if trace(path) == 1:
        time.sleep(600)
    return "finished"
