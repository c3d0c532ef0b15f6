"""What `deploy/` names is there: an image that lacks a folder is found here, not by its user."""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.processes import OURS, ROOT

DEPLOY = ROOT / "deploy"
APPS = ["polarisblog", "posts", "comments", "accounts"]


def test_the_image_holds_the_whole_blog() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY") for name in line.split()[1:-1]}
    sent = {
        line[1:]
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert copied >= {*APPS, "manage.py", "templates", "static", "requirements.txt"}
    assert copied - {"--from=packages", "/opt/venv"} == sent
    assert all((ROOT / name).exists() for name in sent)


def test_every_service_of_the_blog_is_shut_in() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert set(services) == {"prepare", "web", "worker", "database", "cache", "proxy"}
    for name in ("prepare", "web", "worker"):
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
    assert "ports" not in services["database"]
    assert services["database"]["networks"] == services["cache"]["networks"] == ["inside"]


def test_a_full_cache_forgets_no_code_that_was_used() -> None:
    """It refuses instead, and counts as away: the table in the database remembers instead."""
    cache = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["cache"]["command"]
    assert cache[cache.index("--maxmemory-policy") + 1] == "noeviction"


def test_what_compose_asks_for_is_in_its_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    example = (DEPLOY / "compose.env.example").read_text()
    assert asked <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_units_start_what_the_container_starts() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("web", "worker"):
        unit = (DEPLOY / "systemd" / f"polaris-{name}.service").read_text()
        (command,) = re.findall(r"^ExecStart=\S*/(\w+ .*)$", unit, re.MULTILINE)
        inside = [part for part in compose[name]["command"] if part not in ("0.0.0.0", "127.0.0.1")]  # noqa: S104 # compared
        assert [part for part in command.split() if part != "127.0.0.1"] == inside
        assert "NoNewPrivileges=yes" in unit


def test_a_web_server_of_ones_own_finds_the_settings(tmp_path: Path) -> None:
    """README's granian, which sets nothing before it loads the application."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    subprocess.run(
        [sys.executable, "-c", "from polarisblog.asgi import application"],
        cwd=ROOT,
        env={**inherited, "DATA_DIR": str(tmp_path)},
        check=True,
    )
