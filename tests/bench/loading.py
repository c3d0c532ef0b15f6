"""Load, made by wrk on a core of its own, and what wrk says about it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine

LUA = Path(__file__).with_name("respond.lua")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """One run. `failures` are answers outside 2xx and 3xx, and broken connections."""

    per_second: float
    p50_ms: float
    p99_ms: float
    requests: int
    failures: int
    accepted: int = 0
    accepted_per_second: float = 0.0

    @classmethod
    def parse(cls, said: str) -> "Load":
        """From wrk's own report (4.1, with --latency)."""
        accepted = int(_find(r"accepted (\d+)", said, "0"))
        seconds = _ms(_find(r"requests in (\S+),", said)) / 1000
        return cls(
            per_second=float(_find(r"Requests/sec:\s+([\d.]+)", said)),
            p50_ms=_ms(_find(r"(?m)^\s+50%\s+(\S+)", said)),
            p99_ms=_ms(_find(r"(?m)^\s+99%\s+(\S+)", said)),
            requests=int(_find(r"(\d+) requests in", said)),
            failures=int(_find(r"Non-2xx or 3xx responses: (\d+)", said, "0"))
            + sum(map(int, re.findall(r"(?:connect|read|write) (\d+)", said))),
            accepted=accepted,
            accepted_per_second=accepted / seconds,
        )


def read(url: str, *, connections: int, seconds: float) -> Load:
    """The same address again and again, asked as browsers ask: compressed."""
    return _wrk(url, connections, seconds, "-H", "Accept-Encoding: gzip")


def write(url: str, *, connections: int, seconds: float, script: Path = LUA) -> Load:
    """A different guest comment with each request."""
    return _wrk(url, connections, seconds, "-s", script)


def _wrk(url: str, connections: int, seconds: float, *options: object) -> Load:
    # wrk counts in whole seconds.
    amount = (
        "-t1",
        f"-c{connections}",
        f"-d{max(round(seconds), 1)}s",
        "--latency",
        "--timeout",
        "30s",
    )
    command = machine.on_load_core("wrk", *amount, *options, url)
    run = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=True
    )
    return Load.parse(run.stdout)


def _find(pattern: str, text: str, otherwise: str = "") -> str:
    found = re.search(pattern, text)
    if found:
        return found[1]
    if otherwise:
        return otherwise
    raise ValueError(f"wrk did not say what was expected:\n{text}")


def _ms(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)([a-z]+)", text)
    if not found:
        raise ValueError(f"not a time: {text}")
    return float(found[1]) * UNITS[found[2]]
