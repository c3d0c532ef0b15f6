from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    """What others say about a post."""

    name = "comments"
    verbose_name = _("Conversation")

    def ready(self) -> None:
        from comments import (  # noqa: PLC0415 # models load after the apps
            checks,  # noqa: F401 # registers
            kept,
            leaving,  # noqa: F401 # hears
            searching,
            submitting,  # noqa: F401 # hears
        )
        from polarisblog.pagecache.watching import watch  # noqa: PLC0415 # as the others

        watch(*kept.WATCHES, only_on_pages=kept.ONLY_ON_PAGES)
        post_migrate.connect(searching.ensure, sender=self)
        pre_migrate.connect(searching.withdraw, sender=self)
