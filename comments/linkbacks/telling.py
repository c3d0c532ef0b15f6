"""One request to another site's endpoint, and what its answer means."""

from dataclasses import dataclass

from polarisblog.network.fetching import Response, fetch

DEADLINE_SECONDS = 10.0
MAX_ANSWER_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """`may_pass`: not taken, but the same may be taken later."""

    is_taken: bool
    detail: str
    may_pass: bool = False


def post_to(url: str, body: bytes, content_type: str, *, accept: str) -> Response:
    """POST `body` once; raises FetchError."""
    return fetch(
        url,
        method="POST",
        body=body,
        headers={"Content-Type": content_type},
        deadline_seconds=DEADLINE_SECONDS,
        max_bytes=MAX_ANSWER_BYTES,
        accept=accept,
    )


def judged(response: Response) -> Told:
    """What the status alone says: any 2xx is a success, 408, 429 and 5xx may pass."""
    detail = f"HTTP {response.status}"
    if response.is_success:
        return Told(is_taken=True, detail=detail)
    return Told(is_taken=False, detail=detail, may_pass=response.may_recover)
