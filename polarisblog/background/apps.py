from django.apps import AppConfig


class BackgroundConfig(AppConfig):
    """Work after the response: the worker that runs queued and periodic tasks."""

    name = "polarisblog.background"
    label = "background"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from polarisblog.background import checks  # noqa: F401, PLC0415 - imported to register
