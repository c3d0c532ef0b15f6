"""Figures as tables and pictures, and the document that holds both."""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine, peers, plotting
from tests.bench.footprint import Footprint
from tests.bench.reading import Results
from tests.bench.writing import Writing
from tests.processes import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin, written by `make bench` -->", "<!-- bench: end -->"
DISK = "Polaris Blog, nginx from disk"
KEPT, RENDERED = "Polaris Blog, kept pages", "Polaris Blog, rendered each time"
WRITING = """Guests' comments in a second, taken and committed, the whole stack (web process,
worker, database) on one core, but for the row that says otherwise:"""
NGINX, HELLO, BARE = "nginx, precompressed file", "granian hello (ASGI)", "bare Django view (WSGI)"


@dataclass(frozen=True)
class Report:
    """All of one run. `bodies` are the compressed bytes of each page; peers write, too."""

    results: Results
    bodies: dict[int, int]
    writings: list[Writing]
    peers_per_second: dict[str, float]
    footprint: Footprint
    seconds: float

    @property
    def counts(self) -> list[int]:
        return sorted(self.bodies)

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(name for name, _, _ in self.results))

    def rate(self, name: str, count: int, connections: int) -> float:
        found = self.results.get((name, count, connections))
        return found.per_second if found else 0.0

    def points(self, name: str, connections: int, what: str) -> plotting.Points:
        return {
            count: getattr(self.results[name, count, connections], what)
            for count in self.counts
            if (name, count, connections) in self.results
        }


def text(report: Report) -> str:
    """What stands between the marks."""
    parts = [
        _when(report),
        "### Reading\n\nRequests per second with 1 / 16 connections:",
        _rates(report),
        "Milliseconds for one request at a time, the median / the server's processor time:",
        _costs(report),
        "![Milliseconds for one request against the number of comments](performance-cost.svg)",
        "![Requests per second against the number of comments](performance-rate.svg)",
        f"### Writing\n\n{WRITING}",
        _writings(report),
        "### Size",
        _footprint(report.footprint),
        "### Against what was aimed at",
        _aims(report),
    ]
    return "\n\n".join(parts)


def write(report: Report, folder: Path = DOCUMENT.parent) -> None:
    """Into the document, between the marks, and beside it the pictures."""
    document = folder / DOCUMENT.name
    before = document.read_text() if document.exists() else f"{BEGIN}\n{END}\n"
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    now = f"{BEGIN}\n\n{text(report)}\n\n{END}"
    document.write_text(pattern.sub(lambda _: now, before))
    for name, picture in pictures(report).items():
        (folder / name).write_text(picture)


def pictures(report: Report) -> dict[str, str]:
    costs = [plotting.Line(name, report.points(name, 1, "p50_ms")) for name in report.names]
    costs += [
        plotting.Line(name, points, is_apart=True)
        for name, points in peers.P50_MS.items()
        if name not in report.names
    ]
    rates = [plotting.Line(name, report.points(name, 16, "per_second")) for name in report.names]
    return {
        "performance-cost.svg": plotting.plot(
            "One request at a time (dashed: measured apart)",
            costs,
            x_name="comments",
            y_name="milliseconds, the median",
        ),
        "performance-rate.svg": plotting.plot(
            "Sixteen connections", rates, x_name="comments", y_name="requests per second"
        ),
    }


# --- Tables -------------------------------------------------------------------


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _when(report: Report) -> str:
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    return (
        f"Measured on {day} in {report.seconds / 60:.0f} minutes: {machine.description()}; load "
        f"average at the end {machine.load_average():.1f}."
    )


def _rates(report: Report) -> str:
    rows = [
        [name, *(_pair(report, name, count) for count in report.counts)] for name in report.names
    ]
    sizes = [f"{report.bodies[count] / 1000:.1f} kB" for count in report.counts]
    heads = [f"N={count:,}" for count in report.counts]
    return table(["server", *heads], [*rows, ["*the page, compressed*", *sizes]])


def _pair(report: Report, name: str, count: int) -> str:
    if (name, count, 1) not in report.results:
        return ""
    return f"{report.rate(name, count, 1):,.0f} / {report.rate(name, count, 16):,.0f}"


def _costs(report: Report) -> str:
    rows = []
    for name in report.names:
        cells = [report.results.get((name, count, 1)) for count in report.counts]
        said = (f"{cell.p50_ms:.2f} / {cell.cpu_ms:.3f}" if cell else "" for cell in cells)
        rows.append([name, *said])
    return table(["server", *(f"N={count:,}" for count in report.counts)], rows)


def _writings(report: Report) -> str:
    rows = [
        [
            f"{one.database}, {'held for a moderator' if one.is_held else 'shown at once'}",
            f"{one.per_second:.0f}",
            f"{one.p50_ms:.0f} / {one.p99_ms:.0f}",
            f"{one.per_second_of_64:.0f}",
            f"{one.accepted:,}",
            f"{one.failures} / {one.lost} / {one.doubled}",
            "yes" if one.is_exact else "NO",
        ]
        for one in report.writings
    ]
    here = report.peers_per_second
    others = {name: f"{rate:.0f}" for name, rate in here.items()}
    others |= {
        f"{name} (apart)": str(peers.WRITES[name]) for name in peers.WRITES if name not in here
    }
    rows += [[f"*{name}*", rate, "", "", "", "", ""] for name, rate in others.items()]
    head = ["", "8 writers", "p50 / p99 ms", "64 writers", "accepted"]
    return table([*head, "refused / lost / doubled", "counts exact"], rows)


def _footprint(footprint: Footprint) -> str:
    parts = [[name, f"{size:.0f} MB"] for name, size in footprint.megabytes.items()]
    total = sum(footprint.megabytes.values())
    return table(
        ["", ""],
        [
            *parts,
            ["**memory of the whole blog, idle (PSS)**", f"**{total:.0f} MB**"],
            ["start to first byte of the article", f"{footprint.start_seconds:.2f} s"],
            ["a reader's first view", f"{footprint.view_bytes / 1000:.1f} kB"],
            ["in so many requests", str(footprint.view_requests)],
        ],
    )


def _aims(report: Report) -> str:
    hello, bare = report.rate(HELLO, 100, 16), report.rate(BARE, 100, 16)
    kept = report.rate(KEPT, 100, 16)
    rendered = report.results[RENDERED, 100, 1]
    long = report.results[RENDERED, 10_000, 1].p50_ms / rendered.p50_ms
    # Peers that were measured apart had limits too: what they took is compared in units of those.
    unit = report.results[HELLO, 100, 16].per_second / peers.HELLO_PER_SECOND_16
    microcache = kept / (peers.MICROCACHE_PER_SECOND_16 * unit)
    isso = report.peers_per_second.get(peers.ISSO) or peers.WRITES[peers.ISSO] * unit
    size = report.footprint
    rows = [
        *(
            [
                _aim(
                    "kept page from disk, N=100, 16 connections, of nginx's plain file",
                    report.rate(DISK, 100, 16) / report.rate(NGINX, 100, 16),
                    0.9,
                )
            ]
            if report.rate(DISK, 100, 16)
            else []
        ),
        _aim("kept page, N=100, 16 connections, of granian's hello", kept / hello, 0.7),
        _aim("the same, of a bare Django view", kept / bare, 1.0),
        _aim("the same, of WordPress behind nginx's 1 s cache (apart)", microcache, 1.5),
        *(
            _aim(f"rendered page, N=100, faster than {name}", _ratio(report, name, unit), aim)
            for name, aim in ((peers.WORDPRESS, 10), (peers.XTD, 3))
        ),
        _aim(
            "rendered page, N=10,000 against N=100, which shows as many threads, at most",
            long,
            1.5,
            is_most=True,
        ),
        *(
            _aim(f"comments in a second, {one.database}, of Isso's", one.per_second / isso, 1.0)
            for one in report.writings
            if one.is_held
        ),
        _aim("memory, MB, at most", sum(size.megabytes.values()), 180, is_most=True),
        _aim("start, seconds, at most", size.start_seconds, 2, is_most=True),
        _aim("first view, kB, at most", size.view_bytes / 1000, 30, is_most=True),
        _aim("first view, requests, at most", size.view_requests, 5, is_most=True),
    ]
    return table(["aim", "measured", "aimed at", "met"], rows)


def _ratio(report: Report, name: str, unit: float) -> float:
    """How much faster our rendered page is than that peer's, with 100 comments, one at a time."""
    ours, theirs = report.results[RENDERED, 100, 1], report.results.get((name, 100, 1))
    return theirs.p50_ms / ours.p50_ms if theirs else peers.CPU_MS_100[name] / ours.cpu_ms / unit


def _aim(name: str, value: float, aim: float, *, is_most: bool = False) -> list[str]:
    is_met = value <= aim if is_most else value >= aim
    return [name, f"{value:.2f}", f"{aim:g}", "yes" if is_met else "**no**"]
