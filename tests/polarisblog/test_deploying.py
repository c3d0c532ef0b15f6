"""What `deploy/` names is there: an image that lacks a folder is found here, not by its user."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from dotenv import dotenv_values
from pytest_django import Settings

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
    blog = {"prepare", "web", "worker", "manage"}
    assert set(services) == {*blog, "database", "cache", "proxy"}
    for name in blog:
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
    assert asked <= set(dotenv_values(DEPLOY / "compose.env.example"))


def test_what_compose_says_itself_stands_in_nobodys_file() -> None:
    """There it would be without effect."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    example = DEPLOY / "compose.env.example"
    (listed,) = re.findall(r"says itself: ([^.]+)\.", example.read_text().replace("\n#", ""))
    fixed = {
        name for name, value in services["web"]["environment"].items() if f"${{{name}" not in value
    }
    assert set(re.findall(r"[A-Z_]+", listed)) == fixed
    assert not fixed & set(dotenv_values(example))


def test_units_can_write_where_their_settings_lead_and_nginx_can_read_the_pages() -> None:
    settings = dotenv_values(DEPLOY / "systemd.env.example")
    for name in ("web", "worker", "backup"):
        unit = (DEPLOY / "systemd" / f"polaris-{name}.service").read_text()
        said = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
        assert settings["DATA_DIR"] == f"/var/lib/{said['StateDirectory'].split()[0]}"
        assert settings["PAGES_DIR"] == f"/var/cache/{said['CacheDirectory']}"
        assert (said["StateDirectoryMode"], said["CacheDirectoryMode"]) == ("0700", "0755")
        assert said["UMask"] == ("0077" if name == "backup" else "0022")
        assert "EnvironmentFile" not in said, "commands would not read it"


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


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        (
            {"SITE_URL": "https://blog.example:8443", "TRUSTED_PROXY_COUNT": 1},
            ["listen 8443 ssl;", "return 301 https://blog.example:8443$request_uri;"],
        ),
        ({"SITE_URL": "https://blog.example:8443", "TRUSTED_PROXY_COUNT": 2}, ["listen 80;"]),
        ({"SITE_URL": "http://blog.example:81", "TRUSTED_PROXY_COUNT": 1}, ["listen 81;"]),
        ({"TRUSTED_PROXY_COUNT": 1, "HOST": "::1", "PORT": 81}, ["server [::1]:81;"]),
        ({"TRUSTED_PROXY_COUNT": 1, "HOST": "0.0.0.0"}, ["server 127.0.0.1:"]),  # noqa: S104 # as one may
    ],
)
def test_nginx_is_told_what_is_set(
    settings: Settings, capsys: pytest.CaptureFixture[str], said: dict[str, Any], printed: list[str]
) -> None:
    for name, value in said.items():
        setattr(settings, name, value)
    settings.IS_HTTPS = settings.SITE_URL.startswith("https")
    settings.ALLOWED_HOSTS = ["blog.example", "testserver"]
    call_command("nginx")
    made = capsys.readouterr().out
    for line in printed:
        assert line in made


def test_nginx_in_front_of_a_blog_that_trusts_no_proxy_is_refused(settings: Settings) -> None:
    """It would be led from http to https for ever."""
    settings.TRUSTED_PROXY_COUNT = 0
    with pytest.raises(CommandError, match="TRUSTED_PROXY_COUNT"):
        call_command("nginx")
