from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Who people are."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import (  # noqa: PLC0415 # models load after the apps
            admin,
            checks,  # noqa: F401 # registers
            kept,
            roles,
            second_factor,  # noqa: F401 # hears
            signing_out,  # noqa: F401 # hears
        )
        from polarisblog.pagecache.watching import watch  # noqa: PLC0415 # as the others

        admin.keep_providers_out()
        watch(*kept.WATCHES)
        post_migrate.connect(roles.ensure_roles, dispatch_uid="accounts.roles")
