from django.apps import AppConfig


class CommentsConfig(AppConfig):
    """What others say about a post."""

    name = "comments"

    def ready(self) -> None:
        from comments import checks, leaving, submitting  # noqa: F401, PLC0415 # register and hear
