"""What must not go to production."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 # theirs

LIMITS_OFF = "RATE_LIMITS is off: anybody may try and post as fast as they like."


@register(Tags.security, deploy=True)
def check_limits_hold(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    if settings.RATE_LIMITS:
        return []
    hint = "It is for load tests alone. Remove it, or set RATE_LIMITS=on."
    return [Error(LIMITS_OFF, hint=hint, id="polarisblog.E001")]


@register(Tags.security, deploy=True)
def check_fetching_stays_outside(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    if not settings.FETCH_ALLOW_PRIVATE:
        return []
    named = ", ".join(settings.FETCH_ALLOW_PRIVATE)
    return [
        Warning(
            f"A stranger's link may lead our server into your own network: {named}.",
            hint="FETCH_ALLOW_PRIVATE is for development and tests. Leave it empty.",
            id="polarisblog.W001",
        )
    ]
