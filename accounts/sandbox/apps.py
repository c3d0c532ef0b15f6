from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SandboxConfig(AppConfig):
    """Lets a developer sign in as anybody, so it refuses to exist in production."""

    name = "accounts.sandbox"
    label = "sandbox"

    def ready(self) -> None:
        if not settings.DEBUG:
            raise ImproperlyConfigured(
                "accounts.sandbox lets everybody sign in as anybody and is for development only: "
                "remove it from INSTALLED_APPS or turn DEBUG on."
            )
