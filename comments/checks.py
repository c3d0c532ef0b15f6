"""What must not go to production."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register
def webhook_is_signed(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An unsigned message could be anybody's."""
    if settings.MODERATION_WEBHOOK_URL and not settings.MODERATION_WEBHOOK_SECRET:
        return [
            Error(
                "MODERATION_WEBHOOK_URL is set and MODERATION_WEBHOOK_SECRET is not.",
                hint="Set a long random secret, the same on both sides.",
                id="comments.E001",
            )
        ]
    return []
