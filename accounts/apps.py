from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who people are."""

    name = "accounts"
