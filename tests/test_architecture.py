"""The house stays as planned: import contracts and the budgets of `CONTRIBUTING.md`."""

import ast
import re
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["polarisblog", "posts", "comments", "accounts"]
PYTHON = [p for app in [*APPS, "tests"] for p in (ROOT / app).rglob("*.py")] + [ROOT / "start.py"]
PRODUCT = [
    p for p in PYTHON if "tests" not in p.relative_to(ROOT).parts and "migrations" not in p.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CSS = sorted((ROOT / "static" / "css").rglob("*.css"))
JS = sorted((ROOT / "static" / "js").rglob("*.js"))
FORBIDDEN_ROOMS = {
    "services",
    "utils",
    "helpers",
    "managers",
    "constants",
    "mixins",
    "core",
    "common",
}


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def too_long(paths: list[Path], limit: int) -> list[str]:
    return [f"{name(path)}: {lines(path)}" for path in paths if lines(path) > limit]


def test_imports_point_downwards_only() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_scan_sees_the_house() -> None:
    assert len(PRODUCT) > 30
    assert TEMPLATES
    assert CSS
    assert JS


def test_files_stay_short() -> None:
    assert too_long(PYTHON, 400) == []
    assert too_long(TEMPLATES, 100) == []
    assert too_long(CSS, 300) == []
    assert too_long(JS, 120) == []


def test_functions_stay_short() -> None:
    long = []
    for path in PRODUCT:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 40:
                    long.append(f"{name(path)}:{node.lineno} {node.name}: {length}")
    assert long == []


def test_no_room_is_a_lumber_room() -> None:
    found = [name(p) for p in PRODUCT if FORBIDDEN_ROOMS & {p.stem, *p.relative_to(ROOT).parts}]
    assert found == []


def test_every_exception_to_a_rule_names_its_rule_and_reason() -> None:
    """`# noqa: CODE # reason` and `# type: ignore[code] # reason`, and nothing shorter."""
    good = re.compile(
        r"#\s*(noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\])\s+(#|-)\s*\S+"
    )
    bare = []
    for path in PYTHON:
        with tokenize.open(path) as file:
            for token in tokenize.generate_tokens(file.readline):
                is_exception = token.type == tokenize.COMMENT and re.match(
                    r"#\s*(noqa|type:\s*ignore)", token.string
                )
                if is_exception and not good.match(token.string):
                    bare.append(f"{name(path)}:{token.start[0]} {token.string}")
    assert bare == []


def test_only_one_module_makes_safe_html() -> None:
    makers = [
        name(path)
        for path in PRODUCT
        if re.search(r"\bmark_safe\b", path.read_text(encoding="utf-8"))
    ]
    assert makers == ["posts/html.py"]


def test_templates_print_unescaped_only_what_was_sanitised_when_stored() -> None:
    allowed = {"post.html|safe", "comment.html|safe"}
    found = {
        match.replace(" ", "")
        for path in TEMPLATES
        for match in re.findall(r"[\w.]+\s*\|\s*safe\b|autoescape\s+off", path.read_text("utf-8"))
    }
    assert found <= allowed


def test_no_page_loads_anything_from_another_host() -> None:
    foreign = re.compile(
        r"""(src|srcset)=["'](https?:)?//|url\(["']?(https?:)?//|@import\s+["']?https?:"""
        r"""|<link[^>]+href=["'](https?:)?//|(from|import)\s*\(?["']https?:"""
    )
    found = [
        name(path)
        for path in [*TEMPLATES, *CSS, *JS]
        if foreign.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_templates_hold_no_inline_code() -> None:
    inline = re.compile(r"""<script(?![^>]*\ssrc=)[^>]*>|<style|\son\w+=|\sstyle=""", re.IGNORECASE)
    found = [
        name(p) for p in TEMPLATES if inline.search(p.read_text("utf-8")) and "admin" not in p.parts
    ]
    assert found == []


def test_styles_and_scripts_stay_light() -> None:
    # Pages about one's own account, and lists, load a small sheet of their own besides.
    own = [path for path in CSS if path.name in ("accounts.css", "lists.css")]
    aside = [path for path in CSS if path.name.startswith("admin")] + own
    public_css = [path for path in CSS if path not in aside]
    assert sum(path.stat().st_size for path in public_css) < 24_000
    assert all(path.stat().st_size < 2_500 for path in own)
    # What a page asks for while it loads, and what follows once somebody begins to take part.
    public_js = [path for path in JS if not path.name.startswith("admin")]
    later = [path for path in public_js if path.name == "conversation.js"]
    assert sum(path.stat().st_size for path in public_js if path not in later) < 8_000
    assert sum(path.stat().st_size for path in later) < 4_000


def test_public_templates_load_nothing_of_the_desk() -> None:
    found = [name(p) for p in TEMPLATES if "admin" not in p.parts and "/admin-" in p.read_text()]
    assert found == []


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="no git checkout"
)
def test_nothing_tracked_is_generated_or_secret() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"],  # noqa: S607 # whichever git made the checkout
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,  # git is git
    ).stdout.splitlines()
    bad = [p for p in tracked if re.search(r"(^var/|\.sqlite3|\.pyc$|(^|/)\.env$|secret-key)", p)]
    assert bad == []
