from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinkbacksConfig(AppConfig):
    """Other sites: pingback, trackback and Webmention, in and out."""

    name = "comments.linkbacks"
    label = "linkbacks"
    verbose_name = _("Linkbacks")

    def ready(self) -> None:
        from comments.linkbacks import listening  # noqa: F401, PLC0415 # hears posts' signals
