"""Webmention (W3C Recommendation 2017): the bytes, both ways."""

from urllib.parse import urlencode

from comments.linkbacks.forms import Form
from comments.linkbacks.telling import Told, judged, post_to

CONTENT_TYPE = "application/x-www-form-urlencoded"


def read_claim(form: Form) -> tuple[str, str]:
    """Source and target; either may be empty (section 3.2)."""
    return form.value("source"), form.value("target")


def mention(endpoint_url: str, source_url: str, target_url: str) -> Told:
    """Tell the endpoint that the source links to the target, or did (section 3.1.3).

    Exactly these two values; the endpoint's own query stays in its address. May raise FetchError.
    """
    body = urlencode({"source": source_url, "target": target_url}).encode()
    return judged(post_to(endpoint_url, body, CONTENT_TYPE, accept="*/*"))
