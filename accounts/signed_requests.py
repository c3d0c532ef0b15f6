"""The bytes of Facebook's `signed_request`: what Facebook says about one of its users, signed.

Two parts joined by a dot, both base64url without padding: an HMAC-SHA256 of the second part, keyed
with the app's secret, and JSON with `algorithm`, `issued_at` and `user_id`.
Source: Meta for Developers, "Data Deletion Request Callback", "Parsing the Request".
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

MAX_LENGTH = 10_000


class Forged(Exception):
    """Not from Facebook, or broken on the way."""


@dataclass(frozen=True)
class SignedRequest:
    """`user_id` is the app-scoped ID; `digest` names this very request (64 hexadecimal digits)."""

    user_id: str
    digest: str


def parse(text: str, secret: str) -> SignedRequest:
    """What a signed request says. Raises Forged."""
    signature_part, dot, payload_part = text.partition(".")
    if not (dot and secret) or len(text) > MAX_LENGTH:
        raise Forged("no signed request")
    right = hmac.new(secret.encode(), payload_part.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(_decoded(signature_part), right):
        raise Forged("the signature is wrong")
    try:
        payload = json.loads(_decoded(payload_part))
    except (ValueError, RecursionError):
        raise Forged("no JSON inside") from None
    if not isinstance(payload, dict) or payload.get("algorithm") != "HMAC-SHA256":
        raise Forged("another algorithm")
    user_id = payload.get("user_id")
    if not isinstance(user_id, str) or not user_id:
        raise Forged("nobody is named")
    # Of the signature we computed: the same bytes can be spelled in several ways.
    return SignedRequest(user_id, hashlib.sha256(right).hexdigest())


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise Forged("no base64url") from None
