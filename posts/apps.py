from django.apps import AppConfig


class PostsConfig(AppConfig):
    """What authors publish."""

    name = "posts"
