"""Checkers that nobody here wrote look at every kind of page.

They come from npm and need node, the first also java; where one is missing the test says so and is
skipped. Lighthouse takes a minute and measures the machine as much as the page, so it runs where
it is asked for: `make validate`.
"""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.running import RunningSite

pytestmark = [pytest.mark.slow, pytest.mark.validators]

NU, LIGHTHOUSE = "vnu-jar@26.9.27", "lighthouse@12.2.3"
INSTALL_SECONDS, RUN_SECONDS = 120, 180
PAGES = (
    "/",
    "/2011/01/11/polaris-project/",
    "/2026/03/04/what-to-notice-at-a-roadside-motel/",
    "/2026/06/20/the-first-year-after/",
    "/2026/03/04/what-to-notice-at-a-roadside-motel/respond/?parent=2",
    "/about-us/",
    "/category/field-notes/",
    "/tag/signs/",
    "/author/1/",
    "/2026/",
    "/2026/03/",
    "/search/",
    "/search/?q=hotlnie&comments=1",
    "/archives/",
    "/safety/",
    "/nowhere/",
    "/accounts/login/",
    "/accounts/sign-in/",
    "/es/",
    "/es/2011/01/11/polaris-project/",
    "/es/safety/",
)
MEASURED = (
    "/",
    "/2026/03/04/what-to-notice-at-a-roadside-motel/",
    "/search/?q=hotline",
)


def installed(package: str, folder: Path, *options: str, needs: tuple[str, ...]) -> Path:
    """The package in a folder of its own; skips, saying why, where that cannot be."""
    for tool in ("npm", *needs):
        if shutil.which(tool) is None:
            pytest.skip(f"*** {package} did not look at the pages: there is no {tool}")
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund"]
    command += [*options, package]
    try:
        run = subprocess.run(
            command,
            env={**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        problem = run.stderr[-300:] if run.returncode else ""
    except subprocess.TimeoutExpired:
        problem = f"npm was not done after {INSTALL_SECONDS} s"
    if problem:
        pytest.skip(f"*** {package} did not look at the pages: {problem}")
    return folder / "node_modules"


def test_the_nu_checker_finds_no_error_on_any_kind_of_page(
    full_blog: RunningSite, tmp_path: Path
) -> None:
    modules = installed(NU, tmp_path / "nu", needs=("java",))
    files = {}
    for number, page in enumerate(PAGES):
        file = tmp_path / f"{number}.html"
        file.write_bytes(fetched(full_blog.url + page))
        files[file.as_uri()] = page

    run = subprocess.run(
        ["java", "-jar", str(modules / "vnu-jar/build/dist/vnu.jar"), "--format", "json"]
        + ["--errors-only", "--also-check-css"]
        + [str(tmp_path / f"{number}.html") for number in range(len(PAGES))],
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )

    messages = json.loads(run.stderr)["messages"]
    assert [(message["message"], message.get("extract")) for message in messages] == []


def fetched(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 # our own blog
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


@pytest.mark.skipif("POLARIS_VALIDATE" not in os.environ, reason="Lighthouse: run `make validate`")
@pytest.mark.parametrize("page", MEASURED)
def test_lighthouse_is_content(full_blog: RunningSite, tmp_path: Path, page: str) -> None:
    modules = installed(LIGHTHOUSE, tmp_path / "lighthouse", needs=("node",))
    chromium = os.environ.get("POLARIS_CHROMIUM") or pytest.skip("*** there is no Chromium")

    # The best of three: another program's load is not the page's fault, and cannot flatter it.
    scores: dict[str, float] = {}
    for _ in range(3):
        for name, score in measured(full_blog.url + page, modules, tmp_path, chromium).items():
            scores[name] = max(score, scores.get(name, 0))
        if min(scores.values()) == 1:
            break

    print(page, scores)
    assert scores.pop("performance") >= 0.98
    assert set(scores.values()) == {1}, scores


def measured(url: str, modules: Path, folder: Path, chromium: str) -> dict[str, float]:
    subprocess.run(
        [
            str(modules / ".bin/lighthouse"),
            url,
            "--quiet",
            "--output=json",
            f"--output-path={folder / 'report.json'}",
            "--chrome-flags=--headless=new --no-sandbox --disable-background-networking",
        ],
        env={**os.environ, "CHROME_PATH": chromium},
        capture_output=True,
        timeout=RUN_SECONDS,
        check=True,
    )
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {name: category["score"] for name, category in report["categories"].items()}
