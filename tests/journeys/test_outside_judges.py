"""What others say of our headers: Mozilla's HTTP Observatory and Google's CSP Evaluator, from npm.

The Observatory is MDN's own program, asked about a blog in production behind a proxy with TLS, and
finds it at its host name (`nearby.mjs`). Run by `make validate`.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import certificates, fronts
from tests.journeys.running import running_site
from tests.journeys.test_production import ARTICLE, HOST, PAGES, ask, signed_in
from tests.journeys.test_validators import installed

pytestmark = [pytest.mark.slow, pytest.mark.validators]

OBSERVATORY, EVALUATOR = "@mdn/mdn-http-observatory@1.4.8", "csp_evaluator@1.1.8"
RUN_SECONDS = 120
# "'self' can be problematic if you host JSONP, AngularJS or user uploaded files": we host none.
# Uploads are re-encoded pictures, every answer is `nosniff`, and no address but those of static
# files (and Django's own catalogue of words) is a script: tests/polarisblog/test_every_answer.py.
EXPLAINED = {("MEDIUM_MAYBE", "script-src", "'self'")}
HERE = Path(__file__).parent
DESK = ("/admin/", "/admin/comments/comment/", "/admin/posts/post/add/", "/admin/posts/image/")


def node() -> str:
    return shutil.which("node") or ""


def test_mozillas_observatory_gives_its_best_grade(tmp_path: Path) -> None:
    modules = installed(OBSERVATORY, tmp_path / "observatory", "--ignore-scripts", needs=("node",))
    # What its install script would fetch: names that browsers ask by TLS alone. Ours is none.
    (modules / "@mdn/mdn-http-observatory/conf/hsts-preload.json").write_text("{}")
    trusted, tls = certificates.server_context(tmp_path, HOST)
    environment = {"DEBUG": "off", "SITE_URL": f"https://{HOST}", "TRUSTED_PROXY_COUNT": "1"}
    (tmp_path / "blog").mkdir()
    with running_site(tmp_path / "blog", **environment) as site:
        port = int(site.environment["PORT"])
        with fronts.proxy(port, tls) as outside, fronts.proxy(port) as plain:
            script = modules / "@mdn/mdn-http-observatory/src/scan.js"
            run = subprocess.run(
                [node(), "--import", str(HERE / "nearby.mjs"), str(script), HOST],
                env={
                    **os.environ,
                    "NEARBY": json.dumps({"443": outside, "80": plain}),
                    "NODE_EXTRA_CA_CERTS": str(trusted),
                },
                capture_output=True,
                text=True,
                timeout=RUN_SECONDS,
                check=False,
            )
    told: dict[str, Any] = json.loads(run.stdout or run.stderr)
    assert "scan" in told, told
    print(told["scan"]["grade"], told["scan"]["score"])
    assert told["scan"]["grade"] == "A+"
    assert {name: test["result"] for name, test in told["tests"].items() if not test["pass"]} == {}


def test_googles_evaluator_finds_nothing_that_is_not_explained(tmp_path: Path) -> None:
    modules = installed(EVALUATOR, tmp_path / "evaluator", needs=("node",))
    (tmp_path / "blog").mkdir()
    environment = {"DEBUG": "off", "SITE_URL": f"https://{HOST}", "TRUSTED_PROXY_COUNT": "1"}
    with running_site(tmp_path / "blog", STAFF_NEEDS_MFA="off", **environment) as site:
        session = signed_in(site)
        answers = [ask(site, path) for path in (*PAGES, ARTICLE, "/static/css/tokens.css")]
        answers += [ask(site, path, Cookie=session) for path in ("/accounts/me/", *DESK)]
        answers.append(ask(site, "/", "POST", Content_Length="999999999"))
    policies = {answer.headers["content-security-policy"] for answer in answers}
    assert len(policies) > 3

    run = subprocess.run(
        [node(), str(HERE / "evaluate.cjs")],
        input=json.dumps(list(policies)),
        env={**os.environ, "NODE_PATH": str(modules)},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=True,
    )
    told = json.loads(run.stdout)
    print(told["found"])
    above = [finding for finding in told["found"] if finding["rank"] < told["informational"]]
    assert {(f["severity"], f["directive"], f["value"]) for f in above} <= EXPLAINED
