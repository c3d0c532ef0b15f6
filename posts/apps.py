from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PostsConfig(AppConfig):
    """What authors publish."""

    name = "posts"

    def ready(self) -> None:
        from posts.roles import ensure_roles  # noqa: PLC0415 # models load after the apps

        post_migrate.connect(ensure_roles, sender=self)
