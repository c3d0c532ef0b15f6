"""What a first start leaves behind, made once for a whole run of tests and copied from there.

A first start migrates a database and compresses static files: ten seconds, each time. Whoever tests
that start itself begins with an empty folder.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import databases
from tests.processes import manage

MODERATOR = {"name": "moderator", "password": "a long enough pass phrase"}
STATIC = ("static", "static-fingerprint.txt")
# Which folder it is, for all processes of a run.
PLACE = "POLARIS_PREPARED"


def begin() -> None:
    """Say where; nothing is made before somebody asks for it."""
    os.environ[PLACE] = tempfile.mkdtemp(prefix="prepared_")


def end() -> None:
    folder = Path(os.environ.pop(PLACE))
    databases.drop(folder.name)
    shutil.rmtree(folder)


@contextmanager
def prepared_blog(data_dir: Path, database: Path | None = None) -> Iterator[dict[str, str]]:
    """A blog in `data_dir` as its first start leaves it: what else its environment must say.

    It has MODERATOR as its administrator. `database` is where SQLite's file stands, if elsewhere.
    """
    made = _made()
    if made is None:
        with databases.own_database() as environment:
            yield environment
        return
    copy_static_files(data_dir)
    if (made / "blog.sqlite3").exists():
        shutil.copy(made / "blog.sqlite3", database or data_dir / "blog.sqlite3")
    with databases.own_database(copied_from=made.parent.name) as environment:
        yield environment


def copy_static_files(data_dir: Path) -> None:
    """Where only these can be had: on another disk, or with a database server of one's own."""
    made = _made()
    if made is not None:
        shutil.copytree(made / STATIC[0], data_dir / STATIC[0], copy_function=_link_or_copy)
        shutil.copy(made / STATIC[1], data_dir / STATIC[1])


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _made() -> Path | None:
    """The data directory to copy; None outside a run of tests, where nobody takes it away again."""
    if PLACE not in os.environ:
        return None
    folder = Path(os.environ[PLACE])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _make(folder)
            (folder / "done").touch()
    return folder / "data"


def _make(folder: Path) -> None:
    environment = {
        "DATA_DIR": str(folder / "data"),
        "DJANGO_SUPERUSER_USERNAME": MODERATOR["name"],
        "DJANGO_SUPERUSER_PASSWORD": MODERATOR["password"],
        **databases.create(folder.name),
    }
    manage(environment, "prepare")
