"""The sandbox lets anybody in as anybody, so it must be impossible to leave it on."""

import http.cookiejar
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from tests.processes import OURS, ROOT, Running, free_port, status_of, wait_until

CONFIGURATION = "/.well-known/openid-configuration"


def problems() -> set[str | None]:
    return {problem.id for problem in run_checks()}


def test_production_refuses_to_start_with_the_sandbox(tmp_path: Path) -> None:
    program = (
        "from polarisblog import settings\n"
        "settings.INSTALLED_APPS += ['accounts.sandbox']\n"
        "import django; django.setup()\n"
    )
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={
            **inherited,
            "DEBUG": "off",
            "DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "polarisblog.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "ImproperlyConfigured: accounts.sandbox lets everybody sign in" in run.stderr


def test_an_address_for_the_sandbox_does_nothing_in_production(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    run = subprocess.run(
        [
            *(sys.executable, "-c"),
            "from polarisblog import settings; print(repr(settings.SANDBOX_URL))",
        ],
        cwd=ROOT,
        env={
            **inherited,
            "DEBUG": "off",
            "DATA_DIR": str(tmp_path),
            "SANDBOX_URL": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "''"


def test_checks_find_no_fault_with_these_settings() -> None:
    assert not {"sandbox.E001", "sandbox.E002"} & problems()


def test_a_check_names_an_installed_sandbox(settings: Settings) -> None:
    settings.DEBUG = True
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "accounts.sandbox"]
    assert "sandbox.E001" not in problems()
    settings.DEBUG = False
    assert "sandbox.E001" in problems()


@pytest.mark.parametrize(
    ("address", "is_trusted"),
    [
        ("https://id.example.org", True),
        ("http://id.example.org", False),
        ("https://localhost:9000", False),
        ("https://sign-in.localhost", False),
        ("https://127.0.0.2", False),
        ("https://[::1]/", False),
        ("", False),
    ],
)
def test_a_check_names_providers_that_cannot_be_trusted(
    settings: Settings, address: str, is_trusted: bool
) -> None:
    app = {"provider_id": "x", "settings": {"server_url": address}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    assert ("sandbox.E002" not in problems()) is is_trusted


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("sandbox"), free_port()
    environment = {
        "DEBUG": "on",
        "SANDBOX_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": folder / "data",
    }
    command = (sys.executable, ROOT / "manage.py", "sandbox", "--port", port)
    with Running(command, environment, folder / "output.txt") as running:
        wait_until(lambda: status_of(port, CONFIGURATION) == 200)
        yield port
        assert running.end() == 0
        assert running.output == ""


def sign_in(port: int, sub: str) -> dict[str, object]:
    """What the provider tells a blog about whoever picked or typed `sub`."""
    base = f"http://127.0.0.1:{port}"
    back = "http://127.0.0.1:9/back"
    query = urllib.parse.urlencode(
        {
            "client_id": "a-blog",
            "redirect_uri": back,
            "response_type": "code",
            "scope": "openid profile email",
            "state": "s",
        }
    )

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    browser = urllib.request.build_opener(
        Stay, urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    form = urllib.parse.urlencode({"sub": sub}).encode()
    with pytest.raises(urllib.error.HTTPError) as redirect:
        browser.open(f"{base}/oauth2/authorize?{query}", form)
    answer = urllib.parse.urlsplit(redirect.value.headers["Location"])
    code = urllib.parse.parse_qs(answer.query)["code"][0]
    form = urllib.parse.urlencode(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": "a-blog",
            "client_secret": "any",
        }
    ).encode()
    token = json.load(browser.open(f"{base}/oauth2/token", form))["access_token"]
    browser.addheaders = [("Authorization", f"Bearer {token}")]
    claims: dict[str, object] = json.load(browser.open(f"{base}/userinfo"))
    return claims


def test_one_of_its_people_can_be_picked(sandbox: int) -> None:
    claims = sign_in(sandbox, "ada")
    assert claims["sub"] == "ada"
    assert claims["name"] == "Ada Example"


def test_anybody_else_can_be_typed(sandbox: int) -> None:
    claims = sign_in(sandbox, "Zoë")
    assert claims["sub"] == "Zoë"
    assert claims["name"] == "Zoë"


def test_its_page_says_what_it_is_and_asks_no_other_host(sandbox: int) -> None:
    query = "client_id=x&redirect_uri=http://127.0.0.1:9/&response_type=code&scope=openid"
    address = f"http://127.0.0.1:{sandbox}/oauth2/authorize?{query}"
    page = urllib.request.build_opener().open(address).read().decode()
    assert "sandbox" in page
    assert "Chloé Exemple" in page
    assert "https://" not in page
