from django.apps import AppConfig


class LinkbacksConfig(AppConfig):
    """Other sites: pingback, trackback and Webmention, in and out."""

    name = "comments.linkbacks"
    label = "linkbacks"

    def ready(self) -> None:
        from comments.linkbacks import listening  # noqa: F401, PLC0415 # hears posts' signals
