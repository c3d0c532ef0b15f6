"""Every parser of ours that a stranger reaches: what it is given, and what it may say of it.

Each either returns or raises what its docstring names. `tests/fuzzing` holds them to that with
random and hostile input, and to growing no faster than the input.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError

from accounts import names, signed_requests
from comments import wording
from comments.linkbacks import discovery, microformats, pages, xmlrpc
from polarisblog.health.logs import scrubbed
from polarisblog.network import charsets, destinations
from polarisblog.network.addresses import address_key
from polarisblog.network.errors import FetchError
from polarisblog.pagecache.pages import best_encoding, matches
from posts import differences, documents, html, pictures, uploading
from posts.models import Post
from posts.search import words

CORPUS = Path(__file__).parent / "corpus"
URL = "https://blog.example/2026/03/04/a-post/"


@dataclass(frozen=True)
class Parser:
    """`takes` one input; `beginnings` are what a fuzzer starts from."""

    takes: Callable[[bytes], object]
    beginnings: tuple[bytes, ...]
    refuses: tuple[type[Exception], ...] = ()
    # What it is given at most: the door in front of it refuses more.
    most_bytes: int = 64 * 1024
    pieces: tuple[str, ...] = field(default=())

    def __call__(self, given: bytes) -> None:
        try:
            self.takes(given[: self.most_bytes])
        except self.refuses:
            return


def text(given: bytes) -> str:
    return given.decode("utf-8", "replace")


def page(given: bytes) -> None:
    read = pages.read(text(given), URL)
    microformats.entry(read, lambda url: url == URL)
    assert all(len(link.url) < 100_000 for link in read.links)


def comment(given: bytes) -> None:
    made = html.comment_from_markdown(text(given))
    # Cleaning settles: what is stored is what a second look would store.
    assert html.sanitise_comment(made) == made
    harmless(made)


def post(given: bytes) -> None:
    for made in (html.post_from_markdown(text(given)), html.sanitise_post(text(given))):
        harmless(made)
        html.excerpt(made)
        html.links_in(made)
        html.absolute(made, "https://blog.example", URL)
        pictures.with_pictures(made, {})
        differences.lines_of(made)


def harmless(made: str) -> None:
    low = made.lower()
    assert "<script" not in low
    assert "<style" not in low
    assert "<iframe" not in low


def name(given: bytes) -> None:
    shown = names.cleaned(text(given))
    assert names.cleaned(shown) == shown
    names.skeleton(shown)
    names.skeleton(wording.clean_name(text(given)))


def destination(given: bytes) -> None:
    found = destinations.parse(text(given))
    assert found.host
    assert not set("\r\n \0@") & set(found.host)


def picture(given: bytes) -> None:
    file = uploading.cleaned(io.BytesIO(given), len(given))
    assert file.size


def conditions(given: bytes) -> None:
    best_encoding(given)
    matches(given, b'"an-etag"')
    address_key(text(given))
    charsets.decode(given, text(given[:100]))
    scrubbed(text(given))


GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00"
    b"\x01\x00\x00\x02\x02D\x01\x00;"
)
CALL = (
    b"<?xml version='1.0'?><methodCall><methodName>pingback.ping</methodName><params><param>"
    b"<value><string>http://a.example/</string></value></param><param><value><struct><member>"
    b"<name>n</name><value><int>1</int></value></member></struct></value></param></params>"
    b"</methodCall>"
)
H_ENTRY = (
    b'<article class="h-entry"><a class="u-in-reply-to" '
    b'href="https://blog.example/2026/03/04/a-post/">re</a><div class="e-content p-name">Words'
    b'</div><a class="p-author h-card" href="/">Ada</a></article>'
)
MARKDOWN = (
    b"*a* **b** [c](https://d.example) `e`\n\n> f\n\n- g\n1. h\n\n```\ni\n```\n<b>j</b> "
    b"https://k.example"
)
TAGS = ("<a ", "<p>", "<div class='h-entry'>", "&amp;", "<!--", '<a href="')

PARSERS = {
    "xmlrpc-call": Parser(xmlrpc.read_call, (CALL,), (xmlrpc.Fault,), 16 * 1024, ("<value>",)),
    "xmlrpc-answer": Parser(xmlrpc.read_answer, (CALL,), (xmlrpc.Fault,), 16 * 1024, ("<value>",)),
    "page": Parser(page, (H_ENTRY, b"<link rel=webmention href=x>"), pieces=TAGS),
    "link-header": Parser(
        lambda given: list(discovery.link_values(text(given))),
        (b'<http://a.example/>; rel="webmention", <b>; title="\\"x"; rel=c',),
        pieces=("<a>", ";", ';a="', ",<a>;rel=b", '\\"'),
    ),
    "comment": Parser(comment, (MARKDOWN,), pieces=("*a", "[", "](", "> ", "`", "- ", "_", *TAGS)),
    "post": Parser(post, (MARKDOWN, b'<p>a <img src="/media/x.jpg" alt="b"></p>'), pieces=TAGS),
    "document": Parser(
        lambda given: documents.parse(text(given), Post.Markup.MARKDOWN),
        (b"---\ntitle: A\ndate: 2026-03-04\ntags: b, c\nstatus: draft\n---\nWords\n",),
        (documents.BadDocument,),
        pieces=("---\n", "a: b\n", "- ", "[", "{a: "),
    ),
    "search": Parser(
        lambda given: words.parse(text(given)), (b'"two words" -not wor* a:b', b"hotline"),
        pieces=('"', "-", "a ", '" "'),
    ),
    "name": Parser(name, ("Мiriam Wells".encode(), b"Ada"), pieces=("a\u0301", "\u200d", "🙂")),
    "words": Parser(
        lambda given: wording.words(text(given)), (b"it's a word",), pieces=("'a", "’")
    ),
    "destination": Parser(
        destination, (b"https://user@a.example:8080/b?c#d", b"http://[::1]/", b"http://0x7f.1/"),
        (FetchError,), pieces=("[", "a.", "@", "%41", "0x1."),
    ),
    "signed-request": Parser(
        lambda given: signed_requests.parse(text(given), "secret"), (b"c2ln.eyJhIjoxfQ",),
        (signed_requests.Forged,),
    ),
    "picture": Parser(picture, (GIF,), (ValidationError,)),
    "headers": Parser(conditions, (b"gzip;q=0.5, br", b'W/"a", "b"', b"203.0.113.7:80"),
                      pieces=("a@b.", "1.", "::", "?a=", '",', "q=;")),
}  # fmt: skip
