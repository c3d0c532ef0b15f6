from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.fakes.origins import Origin


@pytest.fixture
def origin(settings: Settings) -> Iterator[Origin]:
    """Another blog that we are allowed to read although it is on loopback."""
    with Origin() as running:
        settings.FETCH_ALLOW_PRIVATE = [running.host_and_port]
        yield running
