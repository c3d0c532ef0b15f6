"""Making ready: the first administrator, static files, and two at once."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from polarisblog import preparing

User = get_user_model()


@pytest.fixture(autouse=True)
def fresh(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory, and an environment that names no administrator."""
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    for name in ("USERNAME", "EMAIL", "PASSWORD"):
        monkeypatch.delenv(f"DJANGO_SUPERUSER_{name}", raising=False)
    return tmp_path


@pytest.mark.django_db
class TestAdministrator:
    def test_the_first_one_gets_a_password_that_works_and_is_kept(self, fresh: Path) -> None:
        answer = preparing.ensure_administrator()
        name, password = (fresh / "admin-password.txt").read_text().split()
        user = User.objects.get(username=name)
        assert user.check_password(password)
        assert user.is_superuser
        assert password in answer

    def test_a_second_run_makes_nobody_and_tells_no_password(self, fresh: Path) -> None:
        preparing.ensure_administrator()
        _, password = (fresh / "admin-password.txt").read_text().split()
        assert password not in preparing.ensure_administrator()
        assert User.objects.count() == 1

    def test_the_environment_may_name_one(
        self, fresh: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "keeper")
        monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "keeper@example.org")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "of the light house")
        answer = preparing.ensure_administrator()
        user = User.objects.get(username="keeper")
        assert user.check_password("of the light house")
        assert user.email == "keeper@example.org"
        assert "light house" not in answer
        assert not (fresh / "admin-password.txt").exists()

    def test_a_reader_called_admin_stays_a_reader(self) -> None:
        reader = User.objects.create_user("admin")
        preparing.ensure_administrator()
        reader.refresh_from_db()
        assert not reader.is_superuser
        assert User.objects.filter(is_superuser=True).count() == 1


def test_static_files_are_collected_again_only_when_they_changed(
    fresh: Path, settings: Settings
) -> None:
    source = fresh / "source"
    source.mkdir()
    (source / "star.css").write_text("a{}")
    settings.STATICFILES_DIRS = [source]
    said: list[str] = []
    preparing.collect_static_files(said.append)
    preparing.collect_static_files(said.append)
    assert len(said) == 1
    (source / "star.css").write_text("a{color:red}")
    preparing.collect_static_files(said.append)
    assert len(said) == 2
    assert (settings.STATIC_ROOT / "star.css").read_text() == "a{color:red}"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_turns() -> None:
    inside, problems = [0], []

    def guarded(work: Callable[[], None]) -> None:
        try:
            with preparing.alone():
                work()
        finally:
            connection.close()

    def work() -> None:
        inside[0] += 1
        problems.extend(["two at once"] if inside[0] > 1 else [])
        preparing.ensure_administrator()
        inside[0] -= 1

    threads = [threading.Thread(target=guarded, args=[work]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_the_command_may_be_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("prepare")
    call_command("prepare")
    assert capsys.readouterr().out.count("Ready. Moderate as admin") == 2
