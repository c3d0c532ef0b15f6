"""A setting that cannot be meant is refused in words, before anything is made or served."""

import os
import re
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from environs import Env, EnvError, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from polarisblog import environment
from tests.processes import ROOT

NOBODY = 65534


def read_settings(monkeypatch: pytest.MonkeyPatch, data_dir: Path, **said: str) -> dict[str, Any]:
    # The blog's own `.env` is not what these ask about.
    monkeypatch.setattr(Env, "read_env", lambda *_, **__: True)
    for name, value in {"DATA_DIR": str(data_dir), **said}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "polarisblog" / "settings.py"))


@pytest.mark.parametrize(
    "said",
    [
        "PORT=70000",
        "PORT=abc",
        "DEBUG=perhaps",
        "SITE_URL=blog.example",
        "SITE_URL=http://[",
        "SITE_URL=https://blog.example:port",
        "SITE_URL=https://host.example/blog",
        "SITE_URL=https://name:word@blog.example",
        "DATA_DIR=/dev/null/blog",
        "TRUSTED_PROXY_COUNT=-1",
        "CDN_SECONDS=soon",
        "WEB_PROCESSES=0",
        "WEB_THREADS=none",
        "EMAIL_URL=mail.example",
        "EMAIL_URL=smtp://mail.example:port",
        "MODERATION_WEBHOOK_URL=chat.example/hook",
        "SENTRY_DSN=secret",
        "OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317",
        "LANGUAGE_CODE=xx",
        "TIME_ZONE=Mars/Crater",
        "TIME_ZONE=../../etc/passwd",
        "LOG_LEVEL=loud",
        "DATABASE_URL=blog",
        "DATABASE_URL=mysql://host.example/blog",
        "CACHE_URL=memory",
        "MEDIA_STORAGE_URL=bucket",
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(
    said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name, _, value = said.partition("=")
    with pytest.raises(EnvError) as refusal:
        read_settings(monkeypatch, tmp_path, **{name: value})
    sentence = str(refusal.value)
    assert name in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize("addresses", ["here", "postgres://[", "postgres://a.example:b/blog"])
def test_replicas_are_addresses_too(
    addresses: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/blog")
    with pytest.raises(EnvError, match="DATABASE_REPLICA_URLS"):
        read_settings(monkeypatch, tmp_path, DATABASE_REPLICA_URLS=addresses)


def test_what_can_be_meant_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = read_settings(
        monkeypatch,
        tmp_path,
        SITE_URL="https://blog.example:8443/",
        SENTRY_DSN="https://key@sentry.example/1",
        EMAIL_URL="submission://user:word@mail.example",
        TIME_ZONE="Europe/Madrid",
        WEB_PROCESSES="3",
    )
    assert found["SITE_URL"] == "https://blog.example:8443"
    assert found["EMAIL_PORT"] == 587
    assert found["WEB_PROCESSES"] == 3


def test_an_empty_variable_is_one_that_nobody_filled_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert "EMAIL_URL" in names
    for name in names:
        monkeypatch.setenv(name, "")
    found = read_settings(monkeypatch, tmp_path, SECRET_KEY="told")
    for name in names:
        monkeypatch.delenv(name)
    default = read_settings(monkeypatch, tmp_path, SECRET_KEY="told")
    assert {name: str(found[name]) for name in found if name.isupper()} == {
        name: str(default[name]) for name in default if name.isupper()
    }


def test_every_address_given_as_an_example_can_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (ROOT / ".env.example").read_text()
    examples = re.findall(r"^# ([a-z0-9+]+://\S+).*\n(?:#.*\n)*?#([A-Z_]+)=", text, re.MULTILINE)
    assert {name for _, name in examples} >= {
        "DATABASE_URL",
        "CACHE_URL",
        "EMAIL_URL",
        "MEDIA_STORAGE_URL",
    }
    found = read_settings(monkeypatch, tmp_path, **{name: address for address, name in examples})
    assert found["EMAIL_USE_TLS"] or found["EMAIL_USE_SSL"]


def test_a_file_of_settings_that_is_garbled_is_said(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    environment.Variables().read_file(file)
    file.write_bytes("DEFAULT_FROM_EMAIL=Müller\n".encode("latin-1"))
    with pytest.raises(EnvError, match=r"\.env is not in UTF-8"):
        environment.Variables().read_file(file)


def test_a_file_of_settings_that_is_for_others_is_said() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, ".env")
        file.touch(mode=0)
        with as_nobody(), pytest.raises(EnvError, match="may be read by other users only"):
            environment.Variables().read_file(file)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@given(st.text() | st.builds("https://{}".format, st.text()))
def test_no_text_makes_a_validator_fall(text: str) -> None:
    for validator in (
        environment.is_time_zone,
        environment.is_site_address,
        environment.is_web_address,
    ):
        with suppress(ValidationError):
            validator(text)


@pytest.mark.parametrize("command", [["start.py"], ["manage.py", "check"]])
def test_whoever_starts_the_blog_reads_one_sentence(command: list[str], tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), "TIME_ZONE": "Mars"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 1
    assert "TIME_ZONE" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
