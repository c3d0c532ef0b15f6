"""Scanners that nobody here wrote, against a blog of their own: `make scan`.

Wapiti crawls and attacks as stranger, reader and Moderator; sqlmap, which is told the engine, tries
every kind of parameter we read; bandit reads the code. All come from PyPI, run within bounds of
time, and talk to loopback alone: wapiti's modules that need a server of its makers are left out.
What they say is written to `var/scan/`; whatever is not explained (docs/security.md) fails the run.
Named parts run alone: `python -m tests.scanning stranger sqlmap`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.running import RunningSite, running_site
from tests.posts.blog import write_a_blog
from tests.processes import ROOT, manage

WAPITI, SQLMAP = "wapiti3==3.2.3", "sqlmap==1.10.10"
MODULES = (
    "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,"
    "redirect,sql,timesql,xss"
)
SCAN_SECONDS = int(os.environ.get("SCAN_SECONDS", "120"))
ATTACK_SECONDS = SCAN_SECONDS // 4
ARTICLE = "/2026/03/04/what-to-notice-at-a-roadside-motel/"
# What ends a session, or the account.
NOT_FOR_MEMBERS = ("exit/", "accounts/logout/", "accounts/sign-out/", "accounts/me/delete/")
# Harmless, each for the reason that docs/security.md gives: who, and what is said of it.
EXPLAINED = (
    ("", "Lack of anti CSRF token"),
    ("", "CSRF token 'csrfmiddlewaretoken' is not properly checked in backend"),
    ("", "Secure flag is not set in the cookie"),
)
BANDIT, BASELINE = "bandit==1.9.4", "tests/scanning/bandit.json"
SOURCES = ("polarisblog", "posts", "comments", "accounts", "start.py")
PARTS = ("stranger", "reader", "Moderator", "sqlmap", "bandit")
SESSIONS = """
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User
for name, group in (("reader", ""), ("tess", "Moderator")):
    user = User.objects.create(username=name, name=name.title(), is_staff=bool(group))
    if group:
        user.groups.add(Group.objects.get(name=group))
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.passwords.StaffBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print("SESSION", group or "reader", session.session_key)
"""


@dataclass(frozen=True)
class Finding:
    who: str
    tool: str
    category: str
    detail: str


def main(parts: list[str]) -> int:
    report = ROOT / "var" / "scan"
    report.mkdir(parents=True, exist_ok=True)
    found, errors = read_code(report) if "bandit" in parts else [], []
    with tempfile.TemporaryDirectory(prefix="polaris-scan-") as name:
        folder = Path(name)
        settings = {"DEBUG": "off", "RATE_LIMITS": "off", "STAFF_NEEDS_MFA": "off"}
        with running_site(folder, **settings) as site:
            write_a_blog(site, folder)
            people = {"stranger": "", **sessions(site)}
            for who, key in people.items():
                found += crawled(site, report, who, key) if who in parts else []
            found += injected(site, report, people) if "sqlmap" in parts else []
            errors = [line for line in site.output.splitlines() if "Traceback" in line]
    left = [finding for finding in found if not is_explained(finding)]
    for finding in found:
        print("STANDS" if finding in left else "explained", finding)
    print(f"{len(found)} findings, {len(left)} stand; {len(errors)} tracebacks in the server's log")
    return bool(left or errors)


def is_explained(finding: Finding) -> bool:
    return any(who in ("", finding.who) and words in finding.detail for who, words in EXPLAINED)


def read_code(report: Path) -> list[Finding]:
    """What bandit says beyond its baseline, each line of which has its reason beside the code."""
    log = report / "bandit.txt"
    run([*uv(BANDIT), "bandit", "-q", "-r", *SOURCES, "-b", BASELINE, "-f", "txt"], log, 120)
    said = log.read_text(encoding="utf-8")
    issues = [line for line in said.splitlines() if line.startswith(">> Issue")]
    print(f"bandit: {len(issues)} beyond the baseline", flush=True)
    return [Finding("code", "bandit", "source", line) for line in issues]


def sessions(site: RunningSite) -> dict[str, str]:
    """Who -> the key of a session of theirs."""
    lines = manage(site.environment, "shell", "--command", SESSIONS).splitlines()
    told = (line.split() for line in lines if line.startswith("SESSION "))
    return {who: key for _, who, key in told}


def crawled(site: RunningSite, report: Path, who: str, session: str) -> list[Finding]:
    """What wapiti finds, signed in with `session` where there is one."""
    out = report / f"wapiti-{who}.json"
    command = [
        *(*uv(WAPITI), "wapiti", "-u", f"{site.url}/", "--scope", "domain", "-m", MODULES),
        *(
            "--max-scan-time",
            str(SCAN_SECONDS),
            "--max-attack-time",
            str(ATTACK_SECONDS),
            "--tasks",
            "4",
        ),
        *("--max-links-per-page", "40", "--max-files-per-dir", "12", "-d", "4", "--level", "2"),
        *("--flush-session", "--store-session", str(report / who), "--no-bugreport"),
        *("-f", "json", "-o", str(out), "-H", f"Origin: {site.url}"),
        *("-H", "Sec-Fetch-Site: same-origin"),
    ]
    for path in ("admin/", "safety/", "accounts/sign-in/", ARTICLE[1:], "comments/note/"):
        command += ["-s", f"{site.url}/{path}"]
    for path in NOT_FOR_MEMBERS if session else ():
        command += ["-x", f"{site.url}/{path}"]
    if session:
        # As a browser keeps it, so that the CSRF cookie comes and goes beside it.
        cookie = {"version": 0, "expires": None, "secure": False, "value": session, "port": None}
        jar = report / "cookies.json"
        jar.write_text(json.dumps({"127.0.0.1": {"/": {"session": cookie}}}), encoding="utf-8")
        command += ["-c", str(jar)]
    # Crawling, and then each module for as long as it may attack.
    longest = 2 * SCAN_SECONDS + 2 * ATTACK_SECONDS * len(MODULES.split(","))
    if not run(command, report / f"wapiti-{who}.txt", longest):
        return [Finding(who, "wapiti", "out of time", f"not done after {longest} s")]
    told = json.loads(out.read_text(encoding="utf-8"))
    crawl = told["infos"]
    print(f"wapiti as {who}: {crawl.get('crawled_pages_nbr')} pages", flush=True)
    return [
        Finding(who, "wapiti", category, f"{item['method']} {item['path']}: {item['info']}")
        for part in ("vulnerabilities", "anomalies")
        for category, items in told[part].items()
        for item in items
    ]


def injected(site: RunningSite, report: Path, people: dict[str, str]) -> list[Finding]:
    """What sqlmap finds in each kind of parameter, path and header that we read."""
    desk = {"Cookie": f"session={people['Moderator']}"}
    targets: list[tuple[str, str, dict[str, str]]] = [
        ("/search/?q=hotline&comments=1", "", {}),
        ("/?p=1", "", {}),
        ("/author/1*/", "", {}),
        ("/2026*/03*/", "", {}),
        (f"{ARTICLE}?order=newest", "", {}),
        ("/category/field-notes*/page/1*/", "", {}),
        (f"{ARTICLE}respond/", "comment=Words+of+mine&author=Ada&email=a@b.org&parent=2", {}),
        ("/webmention/", f"source=http://b.example/&target={site.url}{ARTICLE}", {}),
        ("/accounts/login/", "login=moderator&password=wrong", {}),
        ("/", "", {"Cookie": "guest=abc*; session=abc*"}),
        ("/admin/comments/comment/?q=words&status=pending&o=1", "", desk),
    ]
    found = []
    for number, (path, data, headers) in enumerate(targets):
        log = report / f"sqlmap-{number}.txt"
        command = [
            *(*uv(SQLMAP), "sqlmap", "-u", f"{site.url}{path}", "--batch", "--flush-session"),
            *(
                "--level",
                "2",
                "--risk",
                "2",
                "--dbms",
                "SQLite",
                "--time-sec",
                "2",
                "--threads",
                "2",
            ),
            *("--disable-coloring", "--output-dir", str(report / "sqlmap"), "--random-agent"),
            *(
                "--headers",
                "\n".join(
                    f"{name}: {value}"
                    for name, value in {
                        "Origin": site.url,
                        "Sec-Fetch-Site": "same-origin",
                        **headers,
                    }.items()
                ),
            ),
            *(["--data", data] if data else []),
        ]
        is_done = run(command, log, SCAN_SECONDS)
        said = log.read_text(encoding="utf-8", errors="replace")
        verdict = "clean" if "do not appear to be injectable" in said else "no verdict"
        if "identified the following injection point" in said:
            verdict = "INJECTABLE"
            found.append(Finding("any", "sqlmap", "SQL injection", path))
        print(f"sqlmap {path}: {verdict}{'' if is_done else ', out of time'}", flush=True)
    return found


def uv(package: str) -> list[str]:
    return [str(Path(sys.executable).with_name("uv")), "tool", "run", "--from", package]


def run(command: list[str], log: Path, seconds: int) -> bool:
    """Whether it was done in time; what it said is in `log`."""
    with log.open("w", encoding="utf-8") as file:
        # A group of its own: uv starts the scanner, and both are to end.
        tool = subprocess.Popen(
            command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            tool.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(tool.pid, signal.SIGTERM)
            tool.wait()
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PARTS)))
