"""`python -m tests.bench`: measure everything and write it into docs/performance.md."""

import argparse
import contextlib
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import footprint, machine, peers, reading, reporting, servers, writing
from tests.bench.peers import running
from tests.processes import ROOT, free_port, manage, start_blog

WRITING_SECONDS = 6
COUNTS = [1, 100, 1000, 10_000]
STARTER = ROOT / "polarisblog" / "starter" / "polaris-project.html"


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one short round, to try it out")
    arguments.add_argument(
        "--into", type=Path, default=reporting.DOCUMENT.parent, help="the folder"
    )
    chosen = arguments.parse_args()
    for sentence in machine.missing(machine.OPTIONAL):
        print(f"{sentence} That part is left out.")
    if sentences := machine.missing(machine.NEEDED):
        print(*sentences, sep="\n", file=sys.stderr)
        return 1
    report = measure(rounds=1 if chosen.quick else 3, seconds=1)
    reporting.write(report, chosen.into)
    print(reporting.text(report))
    return 0


def measure(*, rounds: int, seconds: float) -> reporting.Report:
    begin = time.monotonic()
    # A server that was killed may still be writing as we tidy up.
    with tempfile.TemporaryDirectory(prefix="polaris-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        installed = running.install(scratch)
        paths = prepare(scratch / "blog")
        small = footprint.measure(scratch / "blog")
        with contextlib.ExitStack() as stack:
            up = stack.enter_context
            rendered = up(servers.blog(scratch / "blog", paths, page_cache="off"))
            front = free_port()
            kept = up(servers.blog(scratch / "blog", paths, page_cache="on", front_port=front))
            bodies = servers.keep_bodies(kept, scratch)
            disk = up(servers.disk(scratch, kept, front))
            compared = [*up(servers.limits(scratch, COUNTS)), *disk, kept, rendered]
            if installed:
                compared.append(up(running.xtd(installed, scratch, STARTER.read_text())))
            results = reading.measure(compared, COUNTS, rounds=rounds, seconds=seconds)
        writings = writing.measure(scratch, rounds=rounds, seconds=WRITING_SECONDS)
        others = {}
        if installed:
            rate = running.isso_writes(installed, scratch, rounds=rounds, seconds=WRITING_SECONDS)
            others = {peers.ISSO: rate}
    took = time.monotonic() - begin
    return reporting.Report(results, bodies, writings, others, small, took)


def prepare(data_dir: Path) -> dict[int, str]:
    """A blog with the starter article once more for each number of comments; their addresses."""
    print("Preparing a blog …", flush=True)
    data_dir.mkdir()
    port = free_port()
    environment = servers.blog_environment(data_dir, PORT=port)
    blog, _ = start_blog(data_dir, data_dir / "output.txt", **environment)
    with blog:
        blog.end()
    paths = {}
    for count in COUNTS:
        slug = f"polaris-project-{count}"
        document = data_dir / f"{slug}.html"
        document.write_text(re.sub(r"(?m)^slug: .*$", f"slug: {slug}", STARTER.read_text()))
        manage(environment, "publish", str(document))
        manage(environment, "fill", slug, str(count))
        paths[count] = f"/2011/01/11/{slug}/"
    return paths


if __name__ == "__main__":
    sys.exit(main())
