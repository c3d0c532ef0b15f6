from django.apps import AppConfig


class PolarisblogConfig(AppConfig):
    """What moves the whole blog."""

    name = "polarisblog"

    def ready(self) -> None:
        # Registered from here: the check must speak up where the sandbox is *not* installed too.
        from accounts.sandbox import checks  # noqa: F401, PLC0415 - imported to register
        from polarisblog import checks as ours  # noqa: F401, PLC0415 - imported to register
