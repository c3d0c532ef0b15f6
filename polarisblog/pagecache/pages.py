"""A page in every encoding, with the headers of each, ready to be sent as it is."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import brotli

Header = tuple[bytes, bytes]

# The best first. Nothing secret stands in a kept page, so that its length gives nothing away.
ENCODINGS = ("br", "gzip")
BROTLI_QUALITY, GZIP_LEVEL = 6, 6
WORTH_COMPRESSING_BYTES = 256
SUFFIXES = {"": "", "br": ".br", "gzip": ".gz"}

_OURS = frozenset({b"content-length", b"content-encoding", b"etag", b"x-kept-page"})


@dataclass(frozen=True, slots=True)
class Variant:
    """One encoding of a page."""

    headers: list[Header]
    body: bytes
    etag: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """A whole answer, 200. `headers` are Django's own, without those that the encoding decides."""

    headers: list[Header]
    bodies: dict[str, bytes]
    tags: frozenset[str]

    @classmethod
    def of(cls, headers: Iterable[Header], body: bytes, tags: Iterable[str]) -> "Page":
        bodies = {"": body}
        if len(body) >= WORTH_COMPRESSING_BYTES and not _is_packed(headers):
            bodies["br"] = brotli.compress(body, quality=BROTLI_QUALITY)
            bodies["gzip"] = gzip.compress(body, GZIP_LEVEL, mtime=0)
        return cls([pair for pair in headers if pair[0] not in _OURS], bodies, frozenset(tags))

    def variants(self) -> dict[str, Variant]:
        return {encoding: self._variant(encoding) for encoding in self.bodies}

    def _variant(self, encoding: str) -> Variant:
        body = self.bodies[encoding]
        etag = b'"%s"' % digest(body).encode()
        headers = [pair for pair in self.headers if pair[0] != b"vary"]
        headers += [
            (b"vary", self.vary),
            (b"etag", etag),
            (b"content-length", str(len(body)).encode()),
        ]
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        return Variant(headers, body, etag)

    @property
    def vary(self) -> bytes:
        named = [value for name, value in self.headers if name == b"vary"]
        return b", ".join([*named, b"Accept-Encoding"])

    @property
    def kind(self) -> str:
        """Names the set of headers, so that a web server can send them by itself."""
        ordered = sorted((name.decode(), value.decode("latin-1")) for name, value in self.headers)
        return digest(json.dumps(ordered).encode())[:12]

    @property
    def last_modified(self) -> bytes:
        return next((value for name, value in self.headers if name == b"last-modified"), b"")


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _is_packed(headers: Iterable[Header]) -> bool:
    kind = dict(headers).get(b"content-type", b"")
    return kind.startswith(b"image/") and kind != b"image/svg+xml"


@lru_cache(256)
def best_encoding(accepted: bytes) -> str:
    """The best of ours that an Accept-Encoding header takes. Source: RFC 9110, section 12.5.3."""
    weights: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        weights[name] = _number(weight)
    taken = {name: weights.get(name, weights.get("*", 0.0)) for name in ENCODINGS}
    best = max(ENCODINGS, key=lambda name: taken[name])
    return best if taken[best] > 0 else ""


def _number(weight: str) -> float:
    try:
        return float(weight)
    except ValueError:
        return 0.0


def matches(condition: bytes, etag: bytes) -> bool:
    """Whether If-None-Match names `etag`. Source: RFC 9110, section 13.1.2."""
    return condition == b"*" or etag in (
        part.strip().removeprefix(b"W/") for part in condition.split(b",")
    )


def to_json(page: Page) -> str:
    """All of a page but its bodies, which stand in files of their own."""
    headers = [[name.decode(), value.decode("latin-1")] for name, value in page.headers]
    facts = {"headers": headers, "encodings": [*page.bodies], "tags": sorted(page.tags)}
    return json.dumps(facts)


def headers_of(facts: Mapping[str, list[list[str]]]) -> list[Header]:
    return [(name.encode(), value.encode("latin-1")) for name, value in facts["headers"]]
