from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommentsConfig(AppConfig):
    """What others say about a post."""

    name = "comments"

    def ready(self) -> None:
        from comments import (  # noqa: PLC0415 # models load after the apps
            checks,  # noqa: F401 # registers
            leaving,  # noqa: F401 # hears
            searching,
            submitting,  # noqa: F401 # hears
        )

        post_migrate.connect(searching.ensure, sender=self)
