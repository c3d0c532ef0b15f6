"""What a setting asks for must be installed."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from polarisblog.health.telling import SENTRY, TELEMETRY, is_installed

LEAST_TOKEN_LENGTH = 16


@register()
def check_telemetry_is_installed(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """An error for each setting whose package is missing."""
    return [
        Error(
            f"{name} is set, but {package.partition('.')[0]} is not installed.",
            hint="Install what requirements-telemetry.txt names; docs/operations.md says how.",
            id="health.E001",
        )
        for name, package in (("SENTRY_DSN", SENTRY), ("OTEL_EXPORTER_OTLP_ENDPOINT", TELEMETRY))
        if getattr(settings, name) and not is_installed(package)
    ]


@register()
def check_token_is_long(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= LEAST_TOKEN_LENGTH:
        return []
    hint = f"Give it at least {LEAST_TOKEN_LENGTH} characters, or leave it empty."
    return [Error("METRICS_TOKEN can be guessed.", hint=hint, id="health.E002")]
