from django.apps import AppConfig


class BackupsConfig(AppConfig):
    """Putting the whole blog away, and bringing it back."""

    name = "polarisblog.backups"
    label = "backups"
    default_auto_field = "django.db.models.BigAutoField"
