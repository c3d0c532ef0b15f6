"""`check --deploy` speaks up about what is for tests alone."""

from django.core.checks import run_checks
from pytest_django.fixtures import Settings


def ids() -> set[str | None]:
    return {message.id for message in run_checks(include_deployment_checks=True)}


def test_limits_that_are_off_are_an_error(settings: Settings) -> None:
    settings.RATE_LIMITS = True
    assert "polarisblog.E001" not in ids()
    settings.RATE_LIMITS = False
    assert "polarisblog.E001" in ids()


def test_fetching_from_inside_is_a_warning(settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = []
    assert "polarisblog.W001" not in ids()
    settings.FETCH_ALLOW_PRIVATE = ["127.0.0.1:9000"]
    assert "polarisblog.W001" in ids()
