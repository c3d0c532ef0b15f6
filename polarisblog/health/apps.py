from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HealthConfig(AppConfig):
    """Whether the blog is well, for those who run it."""

    name = "polarisblog.health"
    label = "health"
    verbose_name = _("Running the blog")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from polarisblog.health import checks, telling  # noqa: F401, PLC0415 # register and hear

        telling.start_sentry()
