"""The benchmark reads wrk rightly and draws what it measured; how long it takes is not held."""

from pathlib import Path

from defusedxml import ElementTree

from tests.bench import peers, plotting, reporting
from tests.bench.footprint import Footprint
from tests.bench.loading import Load
from tests.bench.reading import Cell
from tests.bench.writing import Writing

SAID = """Running 2s test @ http://127.0.0.1:8000/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.02ms    3.11ms  50.07ms   97.50%
    Req/Sec    12.34k     1.02k   14.00k    80.00%
  Latency Distribution
     50%  640.00us
     75%    0.91ms
     90%    1.20ms
     99%    1.08s
  24680 requests in 2.00s, 10.00MB read
  Socket errors: connect 1, read 2, write 0, timeout 3
  Non-2xx or 3xx responses: 4
Requests/sec:  12340.05
Transfer/sec:      5.00MB
accepted 17
"""
COUNTS = (1, 100, 1000, 10_000)
SERVERS = (reporting.HELLO, reporting.BARE, reporting.KEPT, reporting.RENDERED)


def report() -> reporting.Report:
    return reporting.Report(
        results={
            (name, count, connections): Cell(2000.0 / (number + 1), number + 0.5, 9.0, 0.4, 0)
            for number, name in enumerate(SERVERS)
            for count in COUNTS
            for connections in (1, 16)
        },
        bodies=dict.fromkeys(COUNTS, 4200),
        writings=[Writing("SQLite", True, 480.0, 16.0, 30.0, 470.0, 9000, 0, 0, 0, True)],
        peers_per_second={peers.ISSO: 240.0},
        footprint=Footprint(
            {"web server worker-1 (7)": 60.4, "supervisor (6)": 20.0}, 1.5, 27_000, 5
        ),
        seconds=400.0,
    )


def test_what_wrk_says_is_understood() -> None:
    load = Load.parse(SAID)

    assert (load.per_second, load.p50_ms, load.p99_ms) == (12340.05, 0.64, 1080.0)
    assert (load.requests, load.failures, load.accepted) == (24680, 7, 17)
    assert load.accepted_per_second == 8.5


def test_a_picture_is_an_svg_with_a_name_at_every_line() -> None:
    lines = [plotting.Line("ours & theirs", {1: 0.1, 1000: 20.0}), plotting.Line("flat", {1: 3.0})]

    drawing = ElementTree.fromstring(plotting.plot("Cost", lines, x_name="N", y_name="ms"))

    said = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Cost", "ours & theirs", "flat", "1,000", "0.1"} <= set(said)


def test_the_document_keeps_its_own_words_around_the_figures(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"Before\n\n{reporting.BEGIN}\nold\n{reporting.END}\n\nAfter\n")

    reporting.write(report(), tmp_path)
    reporting.write(report(), tmp_path)

    said = document.read_text()
    assert said.startswith("Before")
    assert said.endswith("After\n")
    assert said.count(reporting.BEGIN) == 1
    assert "old" not in said
    assert "| Polaris Blog, kept pages | 667 / 667 |" in said
    assert "**no**" in said, "what was missed is said"
    assert "| comments in a second, SQLite, of Isso's | 2.00 | 1 | yes |" in said
    assert "*Isso 0.14*" in said
    assert "*Ghost 5 (apart)*" in said
    assert {path.name for path in tmp_path.glob("*.svg")} == {
        "performance-cost.svg",
        "performance-rate.svg",
    }
