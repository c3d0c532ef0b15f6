"""`start.py` from the outside, as a newcomer, a supervisor or an accident meets it."""

import ast
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, Running, free_port, start_blog, status_of, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see what is left"),
]


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data directory that a first start made, and what it said."""
    folder = tmp_path_factory.mktemp("first")
    blog, _ = start_blog(folder / "data", folder / "output.txt")
    with blog:
        assert blog.end() == 0
        return folder / "data", blog.output


@pytest.fixture
def running(first_start: tuple[Path, str], tmp_path: Path) -> Iterator[tuple[Running, int]]:
    """A blog started for the second time."""
    blog, port = start_blog(first_start[0], tmp_path / "output.txt")
    with blog:
        yield blog, port


def test_the_first_start_says_where_everything_is(first_start: tuple[Path, str]) -> None:
    data_dir, output = first_start
    name, password = (data_dir / "admin-password.txt").read_text().split()
    assert "Blog     http://127.0.0.1:" in output
    assert "/admin/" in output
    assert f"as {name} with the password {password}" in output
    assert "sandbox" in output


def test_only_the_owner_can_read_the_first_password(first_start: tuple[Path, str]) -> None:
    assert (first_start[0] / "admin-password.txt").stat().st_mode & 0o777 == 0o600


def test_the_password_is_printed_once(
    first_start: tuple[Path, str], running: tuple[Running, int]
) -> None:
    _, password = (first_start[0] / "admin-password.txt").read_text().split()
    assert password not in running[0].output
    assert "admin-password.txt" in running[0].output


def test_a_second_start_is_quick(first_start: tuple[Path, str], tmp_path: Path) -> None:
    begin = time.monotonic()
    blog, port = start_blog(first_start[0], tmp_path / "output.txt")
    with blog:
        assert status_of(port) == 200
        # About 2 s on two idle cores; a test machine may be busy with the rest of the suite.
        assert time.monotonic() - begin < 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_in_good_order(running: tuple[Running, int], number: int) -> None:
    blog, port = running
    assert status_of(port) == 200
    assert blog.end(number) == 0
    assert "Traceback" not in blog.output
    assert status_of(port) == 0


def first_of(blog: Running, name: str) -> int:
    """The first process of a part, which is given its name a moment after it was forked."""
    wait_until(lambda: blog.family(f"polaris: {name}"))
    return min(blog.family(f"polaris: {name}"))


def test_every_part_is_called_by_its_name(running: tuple[Running, int]) -> None:
    blog, _ = running
    for name in ("web server", "background worker", "sandbox"):
        assert first_of(blog, name), name


def test_nothing_outlives_a_start_that_was_killed(running: tuple[Running, int]) -> None:
    blog, _ = running
    wait_until(lambda: len(blog.family()) >= 5)
    blog.end(signal.SIGKILL)


def begins_anew(blog: Running) -> None:
    """Come back the moment the supervisor has begun anew, before it can hear a signal."""
    command = Path(f"/proc/{blog.process.pid}/cmdline")
    deadline = time.monotonic() + 60
    # Without a pause: it takes some hundredths of a second until it hears again.
    while b"background worker" not in command.read_bytes():
        assert blog.process.poll() is None, blog.output
        assert time.monotonic() < deadline


@pytest.fixture
def beginning_anew(first_start: tuple[Path, str], tmp_path: Path) -> Iterator[Running]:
    blog, _ = start_blog(first_start[0], tmp_path / "output.txt", is_up=begins_anew)
    with blog:
        yield blog


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_heard_while_the_supervisor_begins_anew(
    beginning_anew: Running, number: int
) -> None:
    assert beginning_anew.end(number) == 0
    assert "Stopped." in beginning_anew.output
    assert "Traceback" not in beginning_anew.output


def test_a_part_that_dies_while_the_supervisor_begins_anew_is_named(
    beginning_anew: Running,
) -> None:
    os.kill(first_of(beginning_anew, "web server"), signal.SIGKILL)
    assert beginning_anew.process.wait(20) == 1
    assert "The web server ended by itself (exit code -9)" in beginning_anew.output
    wait_until(lambda: not beginning_anew.family())


def test_nothing_outlives_a_supervisor_that_was_killed_while_it_began_anew(
    beginning_anew: Running,
) -> None:
    beginning_anew.end(signal.SIGKILL)


def holds_packages(pid: int) -> bool:
    try:
        return "site-packages" in Path(f"/proc/{pid}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError):
        # The guardian of the first life, which has been relieved.
        return False


def test_who_only_watches_holds_nothing_of_the_blog(running: tuple[Running, int]) -> None:
    blog, _ = running

    def watchers() -> set[int]:
        return set(blog.family()) - set(blog.family("polaris: "))

    # While it begins anew it has no environment, and is not known by it.
    wait_until(lambda: blog.process.pid in watchers())
    assert all(map(holds_packages, blog.family("polaris: web server")))
    # It says that it runs just before it begins anew.
    wait_until(lambda: not any(map(holds_packages, watchers())))


def test_a_hang_up_is_nothing_to_a_blog_under_nohup(
    first_start: tuple[Path, str], tmp_path: Path
) -> None:
    blog, _ = start_blog(first_start[0], tmp_path / "output.txt", prefix=["nohup"])
    with blog:
        blog.process.send_signal(signal.SIGHUP)
        # Had it been heard, it would come first.
        os.kill(first_of(blog, "web server"), signal.SIGKILL)
        assert blog.process.wait(20) == 1
        assert "Stopped." not in blog.output


@pytest.mark.parametrize("name", ["background worker", "web server"])
def test_the_death_of_a_part_ends_the_whole_and_is_named(
    running: tuple[Running, int], name: str
) -> None:
    blog, _ = running
    os.kill(first_of(blog, name), signal.SIGKILL)
    assert blog.process.wait(20) == 1
    assert f"The {name} ended by itself" in blog.output
    wait_until(lambda: not blog.family())


def test_a_taken_port_is_named_and_nothing_stays(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {"PORT": port, "DATA_DIR": tmp_path / "data"}
        with Running([sys.executable, "start.py"], environment, tmp_path / "output.txt") as blog:
            assert blog.process.wait(20) == 1
            assert f"Port {port} " in blog.output
            assert f"PORT={port + 1} python3 start.py" in blog.output
            assert "Traceback" not in blog.output
            wait_until(lambda: not blog.family())


@pytest.mark.parametrize(
    ("on_cores", "environment", "count"), [(1, {}, 1), (2, {"WEB_PROCESSES": "3"}, 3)]
)
def test_production_has_a_web_process_for_each_core_or_as_many_as_are_asked_for(
    first_start: tuple[Path, str],
    tmp_path: Path,
    on_cores: int,
    environment: dict[str, str],
    count: int,
) -> None:
    cores = sorted(os.sched_getaffinity(0))[:on_cores]
    prefix = ["taskset", "-c", ",".join(map(str, cores))]
    output = tmp_path / "output.txt"
    blog, _ = start_blog(first_start[0], output, prefix=prefix, DEBUG="off", **environment)
    with blog:
        wait_until(lambda: len(blog.family("polaris: web server worker-")) == count)


def test_production_has_no_sandbox(first_start: tuple[Path, str], tmp_path: Path) -> None:
    blog, port = start_blog(first_start[0], tmp_path / "output.txt", DEBUG="off")
    with blog:
        assert status_of(port) == 200
        assert not blog.family("polaris: sandbox")
        assert "sandbox" not in blog.output


def test_old_pythons_can_read_the_script() -> None:
    ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 6))


def start(*arguments: str, folder: Path = ROOT, **environment: str) -> tuple[int, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    run = subprocess.run(
        [sys.executable, folder / "start.py", *arguments],
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout


def test_an_unknown_command_gets_the_usage() -> None:
    code, output = start("sevre")
    assert code == 2
    assert "does not know: sevre" in output
    assert "python3 start.py test" in output


def test_help_is_no_error() -> None:
    code, output = start("--help")
    assert code == 0
    assert "python3 start.py test" in output


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A folder with the script and two lists of pins that name nothing."""
    shutil.copy(ROOT / "start.py", tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("# nothing\n")
    return tmp_path


def test_two_first_starts_at_once_make_one_environment(fresh: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, fresh / "start.py", "setup"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Preparing" in output for output in outputs) == 1
    assert (fresh / ".venv" / "bin" / "python").exists()


def test_without_a_package_index_one_line_says_so_and_the_next_start_tries_again(
    fresh: Path,
) -> None:
    pins = fresh / "requirements-dev.txt"
    pins.write_text(f"polaris-no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    offline = {
        "PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "0",
    }
    code, output = start("setup", folder=fresh, **offline)
    assert code == 1
    assert "could not be installed" in output
    assert "Traceback" not in output
    pins.write_text("# nothing\n")
    assert start("setup", folder=fresh)[0] == 0
    assert start("setup", folder=fresh) == (0, "")
