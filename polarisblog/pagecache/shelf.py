"""The kept pages of this host, as files that a web server can hand out by itself.

    kept/HOST/PATH/@page       headers and tags, as JSON; a page is there when this is
    kept/HOST/PATH/@KIND       the page; `.br` and `.gz` beside it. KIND names its set of headers
    tags/TAG/…                 which pages show a thing; with @complete, of all pages
    TENTH                      a lease: leads to kept/ for that tenth of a second, and then no more
    position                   up to where changes were heard
    memory                     another word after each change to what is remembered (`UntilChanged`)

Whoever serves goes in through a lease. Where nobody listens for changes any longer none is granted,
so that nothing is served from here a second later, even by a server that cannot ask anybody.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from polarisblog.pagecache.keeping import EVERYTHING
from polarisblog.pagecache.pages import SUFFIXES, Page, digest, headers_of, to_json

FACTS = "@page"
OLD = "old-"
LONGEST_PLACE_BYTES = 1000
LONGEST_NAME_BYTES = 200
_HOST = re.compile(r"[a-z0-9\[][a-z0-9.\-\[\]:]*")
# So long a lease holds that was granted now.
LEASE_TENTHS = 10
LEASES = "[0-9]*.[0-9]"
_PORT = re.compile(r":\d+$")


@dataclass(frozen=True)
class Position:
    """All changes up to here were heard: those before `after`, and of the later ones `seen`.

    `after` is an id on SQLite and a transaction on PostgreSQL, `heard_at` the clock in seconds.
    """

    after: int
    seen: frozenset[int] = frozenset()
    heard_at: float = 0.0


def place_of(host: str, path: str) -> str:
    """The folder below kept/ of a page, with a slash at its end; "" where none can be kept.

    Only plain names get in: none that begins with a dot or `@`, none empty, none too long. The port
    is left out, as nginx's `$host` does.
    """
    host = _PORT.sub("", host.lower())
    if not path.startswith("/") or not _HOST.fullmatch(host):
        return ""
    name = path[1:]
    if name and not name.endswith("/"):
        # `/feed` and `/feed/` are two addresses; no page's own name ends like this.
        name = f"{name}=/"
    for part in name.removesuffix("/").split("/") if name else ():
        if not part or part[0] in ".@" or "\0" in part or len(part.encode()) > LONGEST_NAME_BYTES:
            return ""
    place = f"{host}/{name}"
    return place if len(place.encode()) <= LONGEST_PLACE_BYTES else ""


class Shelf:
    """The files. Everything that changes them expects `locked` to be held, but for the leases."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # As text: these are looked at several times for one request, and a Path takes longer than
        # the look.
        self._memory = str(root / "memory")
        self._leases_in = f"{root}/"
        self.kept, self.tags = root / "kept", root / "tags"
        # Gone with the tags when somebody empties the folder: then nobody knows what pages show.
        self._complete = self.tags / "@complete"
        if not (self.kept.exists() or self.tags.exists()):
            self._furnish()

    def _furnish(self) -> None:
        for folder in (self.kept, self.tags):
            folder.mkdir(parents=True, exist_ok=True)
        self._complete.touch()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with (self.root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # --- Pages ------------------------------------------------------------------

    def put(self, place: str, page: Page) -> None:
        """Keep a page. Tags come first, so that half of one can be found and forgotten as well."""
        name = digest(place.encode())
        for tag in page.tags:
            folder = self.tags / tag
            folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                (folder / name).symlink_to(place)
        folder = self.kept / place
        folder.mkdir(parents=True, exist_ok=True)
        for encoding, body in page.bodies.items():
            self._write(folder / f"@{page.kind}{SUFFIXES[encoding]}", body)
        self._write(folder / FACTS, to_json(page).encode())

    def _write(self, path: Path, content: bytes) -> None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(content)
        if path.name != FACTS:
            # Web servers make their ETag of time and length: so the time is made of the content.
            stamp = int(digest(content)[:7], 16)
            os.utime(fresh, (stamp, stamp))
        fresh.replace(path)

    @staticmethod
    def load(folder: str) -> Page:
        """The page in `folder`. Raises OSError where it is gone, ValueError for half of one."""
        with open(f"{folder}{FACTS}", "rb") as file:  # noqa: PTH123 # see PageCache.find
            facts = json.loads(file.read())
        page = Page(headers_of(facts), {}, frozenset(facts["tags"]))
        for encoding in facts["encodings"]:
            page.bodies[encoding] = Path(f"{folder}@{page.kind}{SUFFIXES[encoding]}").read_bytes()
        return page

    def forget(self, changed: Iterable[str]) -> None:
        """Take away every page that shows one of these things; all, where somebody took tags."""
        wanted = spread(changed)
        if EVERYTHING in wanted or not self._complete.exists():
            self.clear()
            return
        for tag in wanted:
            with suppress(FileNotFoundError):
                for link in [*(self.tags / tag).iterdir()]:
                    self._discard(self.kept / link.readlink())
                    link.unlink()

    @staticmethod
    def _discard(folder: Path) -> None:
        with suppress(FileNotFoundError):
            for file in [*folder.glob("@*")]:
                file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Take away all pages at once, however many there are."""
        old = Path(tempfile.mkdtemp(prefix=OLD, dir=self.root))
        for folder in (self.kept, self.tags):
            with suppress(FileNotFoundError):
                folder.rename(old / folder.name)
        self._furnish()
        # Also what somebody's death in the middle left behind.
        for left in self.root.glob(f"{OLD}*"):
            shutil.rmtree(left, ignore_errors=True)

    def reset(self) -> None:
        """Begin anew: no page, and nothing heard."""
        with self.locked():
            self.withdraw()
            self.clear()
            for name in ("position", "memory"):
                (self.root / name).unlink(missing_ok=True)

    # --- How far we heard ---------------------------------------------------------

    def position(self) -> Position | None:
        try:
            facts = json.loads((self.root / "position").read_bytes())
            return Position(facts["after"], frozenset(facts["seen"]), facts["heard_at"])
        except (OSError, ValueError, KeyError):
            return None

    def note(self, position: Position) -> None:
        facts = asdict(position) | {"seen": sorted(position.seen)}
        self._say("position", json.dumps(facts))

    def forget_memory(self) -> None:
        """Have all processes ask again for what they remember."""
        self._say("memory", secrets.token_hex(16))

    def memory(self) -> bytes | None:
        """Stands for all changes to what is remembered; None where nothing was heard yet.

        Not a file's inode and time: both are the same again where changes follow closely.
        """
        try:
            with open(self._memory, "rb", buffering=0) as file:  # noqa: PTH123 # see __init__
                return file.read()
        except OSError:
            return None

    def _say(self, name: str, text: str) -> None:
        fresh = self.root / f"{name}.new"
        fresh.write_text(text)
        fresh.replace(self.root / name)

    def last_known(self, place: str) -> Page | None:
        """A page whatever the leases say: true when changes were last heard, if not now."""
        with suppress(OSError, ValueError, KeyError):
            return self.load(f"{self.kept}/{place}")
        return None

    # --- Leases -------------------------------------------------------------------

    def grant(self, seconds: float) -> None:
        """Let pages be served for this tenth of a second of the clock and the nine after it."""
        now = int(seconds * 10)
        wanted = {lease(tenth) for tenth in range(now, now + LEASE_TENTHS)}
        for name in wanted - {link.name for link in self._leases()}:
            with suppress(FileExistsError):
                (self.root / name).symlink_to("kept")
        self.withdraw(but=wanted)

    def is_open(self, seconds: float) -> bool:
        return os.path.exists(self._leases_in + lease(int(seconds * 10)))  # noqa: PTH110 # see __init__

    def withdraw(self, *, but: Iterable[str] = ()) -> None:
        for link in self._leases():
            if link.name not in but:
                link.unlink(missing_ok=True)

    def _leases(self) -> list[Path]:
        return [*self.root.glob(LEASES)]


def lease(tenths: int) -> str:
    """The name of the lease for a tenth of a second since 1970, as nginx cuts it out of `$msec`."""
    return f"{tenths / 10:.1f}"


def spread(changed: Iterable[str]) -> set[str]:
    """The tags of pages that a change concerns: `talk:7` also those of `talk`, any of its kind."""
    tags = set(changed)
    return tags | {tag.partition(":")[0] for tag in tags}
