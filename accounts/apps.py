from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Who people are."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, roles, second_factor  # noqa: F401, PLC0415 # register and hear

        post_migrate.connect(roles.ensure_roles, dispatch_uid="accounts.roles")
