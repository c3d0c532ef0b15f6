from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class PageCacheConfig(AppConfig):
    """Pages kept whole, and how they are forgotten in time."""

    name = "polarisblog.pagecache"
    label = "pagecache"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from polarisblog.pagecache import noticing, watching  # noqa: PLC0415 # models load first

        pre_migrate.connect(watching.withdraw, sender=self)
        post_migrate.connect(watching.ensure, sender=self)
        connection_created.connect(noticing.attach)
