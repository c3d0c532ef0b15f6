"""A word to the team's chat when a comment waits. It says that one waits and where, and no more."""

import hashlib
import hmac
import json
import time

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from comments.models import Comment
from polarisblog.network.fetching import fetch

DEADLINE_SECONDS = 10.0


class NotTaken(Exception):
    """The other side answered, and not with a 2xx."""


def is_on() -> bool:
    return bool(settings.MODERATION_WEBHOOK_URL and settings.MODERATION_WEBHOOK_SECRET)


def alert(comment: Comment) -> None:
    """POST it, signed. The same event keeps its id however often it is sent.

    `X-Polaris-Signature` is `sha256=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in hex, by the shared
    secret; whoever receives it refuses old timestamps. Raises NotTaken or a FetchError, so that the
    task is tried again.
    """
    if not is_on():
        return
    body = json.dumps(_event(comment), ensure_ascii=False).encode()
    timestamp = str(int(time.time()))
    answer = fetch(
        settings.MODERATION_WEBHOOK_URL,
        method="POST",
        body=body,
        headers={
            "Content-Type": "application/json",
            "X-Polaris-Timestamp": timestamp,
            "X-Polaris-Signature": f"sha256={signature(timestamp, body)}",
        },
        deadline_seconds=DEADLINE_SECONDS,
        max_redirects=0,
        accept="*/*",
    )
    if not 200 <= answer.status < 300:  # noqa: PLR2004 # HTTP's own
        raise NotTaken(str(answer.status))


def signature(timestamp: str, body: bytes) -> str:
    secret = settings.MODERATION_WEBHOOK_SECRET.encode()
    return hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _event(comment: Comment) -> dict[str, object]:
    queue_url = settings.SITE_URL + reverse("admin:comments_comment_changelist")
    said = _("A comment waits for a moderator: %s") % queue_url
    return {
        "id": f"held-{comment.pk}-{comment.decisions.count()}",
        "event": "comment.held",
        "comment": comment.pk,
        "kind": comment.kind,
        "post": comment.post.get_absolute_url(),
        "url": queue_url,
        # The words by which Slack, Mattermost and Discord each know a message.
        "text": said,
        "content": said,
    }
