"""From an empty data directory to a blog that can be served; safe to repeat, and two at once."""

import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from polarisblog.checks import LIMITS_OFF
from polarisblog.pagecache import hearing

Say = Callable[[str], None]

# Any number that nobody else locks in this database.
LOCK_NUMBER = 0x506F6C61726973
DATABASE_SECONDS = 30


@contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else prepares this data directory or this PostgreSQL database."""
    with (settings.DATA_DIR / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            # Servers on several machines may share one database.
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_NUMBER])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_NUMBER])


def prepare(say: Say) -> str:
    """Make everything ready to serve; how to sign in as a moderator."""
    warn_of_open_doors(say)
    wait_for_database(say)
    with alone():
        prepare_database(say)
        # Pages of an older release, or of another database, are nothing to this one.
        hearing.shelf().reset()
        moderator = ensure_administrator()
        collect_static_files(say)
    return moderator


def warn_of_open_doors(say: Say) -> None:
    if not settings.RATE_LIMITS:
        say(f"*** {LIMITS_OFF} ***")


def wait_for_database(say: Say) -> None:
    """A machine may start us before its database. Raises OperationalError in the end."""
    deadline = time.monotonic() + DATABASE_SECONDS
    has_said = False
    while True:
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
        else:
            return
        if not has_said:
            say("The database does not answer yet; waiting for it …")
            has_said = True
        time.sleep(1)


def prepare_database(say: Say) -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("starter", verbosity=0)


def ensure_administrator() -> str:
    """Make the first administrator where there is none; says how to sign in as one.

    A generated password appears in the answer once, and stays in a file that its owner alone reads.
    """
    users = get_user_model().objects
    kept = settings.DATA_DIR / "admin-password.txt"
    wanted_name = os.environ.get("DJANGO_SUPERUSER_USERNAME", "")
    if users.filter(is_superuser=True).exists():
        if wanted_name and users.filter(is_superuser=True, username=wanted_name).exists():
            return f"as {wanted_name}, as DJANGO_SUPERUSER_USERNAME says."
        if kept.exists():
            return f"as {kept.read_text().split()[0]}; the first password is kept in {shown(kept)}"
        return "with your administrator's name and password."
    name = wanted_name or "admin"
    if users.filter(username=name).exists():
        # A reader's account must never turn into the administrator's.
        name = f"{name}-{secrets.token_hex(3)}"
    password = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
    answer = f"as {name}, as DJANGO_SUPERUSER_USERNAME says."
    if not password:
        password = secrets.token_urlsafe(12)
        # Kept first: an account whose password nobody knows would be worse than a leftover file.
        keep(kept, f"{name} {password}\n")
        answer = f"as {name} with the password {password} (kept in {shown(kept)})"
    get_user_model().objects.create_superuser(
        username=name, email=os.environ.get("DJANGO_SUPERUSER_EMAIL", ""), password=password
    )
    return answer


def keep(path: Path, text: str) -> None:
    """Write a file that its owner alone may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def shown(path: Path) -> str:
    """The path as somebody in the project's folder would type it."""
    if path.is_relative_to(settings.BASE_DIR):
        return str(path.relative_to(settings.BASE_DIR))
    return str(path)


def collect_static_files(say: Say) -> None:
    """Hash and compress the static files, unless none has changed since the last time."""
    fingerprint = static_fingerprint()
    kept = settings.DATA_DIR / "static-fingerprint.txt"
    if kept.exists() and kept.read_text() == fingerprint and settings.STATIC_ROOT.exists():
        return
    say("Preparing the static files …")
    for name in {name for finder in get_finders() for name, _ in finder.list([])}:
        # Django skips a file whose copy is newer, which an older release put back would be.
        with suppress(FileNotFoundError):
            os.utime(settings.STATIC_ROOT / name, (0, 0))
    call_command("collectstatic", interactive=False, verbosity=0)
    kept.write_text(fingerprint)


def static_fingerprint() -> str:
    """Changes whenever a static file, Django or the way of storing does."""
    digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
