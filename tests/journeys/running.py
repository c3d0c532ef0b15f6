"""The product as a newcomer starts it: one command, a folder and a database of its own."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.databases import own_database
from tests.prepared import MODERATOR, prepared_blog
from tests.processes import Running, start_blog


@dataclass(frozen=True)
class RunningSite:
    """A started blog at `url`; `environment` lets `manage.py` meet the same blog."""

    url: str
    running: Running
    environment: dict[str, str]

    @property
    def article_url(self) -> str:
        return f"{self.url}/2011/01/11/polaris-project/"

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.running.output


@contextmanager
def running_site(data_dir: Path, **environment: str) -> Iterator[RunningSite]:
    """`python3 start.py`, up, for the second time; stopped as a person stops it."""
    with started(data_dir, prepared_blog(data_dir), environment) as site:
        yield site


@contextmanager
def new_site(data_dir: Path, **environment: str) -> Iterator[RunningSite]:
    """`python3 start.py` on an empty folder, up; stopped as a person stops it."""
    with started(data_dir, own_database(), environment) as site:
        yield site


@contextmanager
def started(
    data_dir: Path,
    database: AbstractContextManager[dict[str, str]],
    environment: dict[str, str],
) -> Iterator[RunningSite]:
    with database as own:
        running, port = start_blog(
            data_dir,
            data_dir / "output.txt",
            DJANGO_SUPERUSER_USERNAME=MODERATOR["name"],
            DJANGO_SUPERUSER_PASSWORD=MODERATOR["password"],
            **own,
            **environment,
        )
        with running:
            ours = {"DATA_DIR": str(data_dir), "PORT": str(port), **own, **environment}
            yield RunningSite(f"http://127.0.0.1:{port}", running, ours)
            running.end()
