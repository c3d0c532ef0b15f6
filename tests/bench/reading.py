"""Reading: every server and number of comments in turns, so that a noisy minute hits all."""

from dataclasses import dataclass
from statistics import median

from tests.bench import loading, machine
from tests.bench.servers import Server

CONNECTIONS = (1, 16)
# As finely as Linux counts what a process computes.
CLOCK_SECONDS = 1 / machine.TICKS_PER_SECOND


@dataclass(frozen=True)
class Cell:
    """What one server did for one page under so many connections: medians of the rounds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    failures: int


Results = dict[tuple[str, int, int], Cell]


def measure(servers: list[Server], counts: list[int], *, rounds: int, seconds: float) -> Results:
    """By name, comments and connections."""
    found: dict[tuple[str, int, int], list[Cell]] = {}
    for server in servers:
        for count in server.paths:
            loading.read(server.url(count), connections=4, seconds=1)
    for number in range(rounds):
        print(f"Reading, round {number + 1} of {rounds} …", flush=True)
        for connections in CONNECTIONS:
            for count in counts:
                for server in servers:
                    if count not in server.paths:
                        continue
                    cell = _once(server, count, connections, seconds * server.slowness)
                    found.setdefault((server.name, count, connections), []).append(cell)
    return {key: _middle(cells) for key, cells in found.items()}


def _once(server: Server, count: int, connections: int, seconds: float) -> Cell:
    before = server.cpu_seconds()
    load = loading.read(server.url(count), connections=connections, seconds=seconds)
    cpu_ms = max(server.cpu_seconds() - before, CLOCK_SECONDS) * 1000 / max(load.requests, 1)
    return Cell(load.per_second, load.p50_ms, load.p99_ms, cpu_ms, load.failures)


def _middle(cells: list[Cell]) -> Cell:
    return Cell(
        per_second=median(cell.per_second for cell in cells),
        p50_ms=median(cell.p50_ms for cell in cells),
        p99_ms=median(cell.p99_ms for cell in cells),
        cpu_ms=median(cell.cpu_ms for cell in cells),
        failures=sum(cell.failures for cell in cells),
    )
