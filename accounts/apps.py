from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who people are."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, second_factor  # noqa: F401, PLC0415 # register and hear
