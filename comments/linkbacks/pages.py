"""What another site's page says: its links in order, its title, and the words around a link.

nh3 reads the page as browsers do (html5ever, the parsing rules of the HTML standard), so comments,
scripts, escaped text and templates are no links. What it writes is regular, and is read here in one
pass without recursion.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import islice
from typing import Literal
from urllib.parse import urljoin, urlsplit

import nh3

# A page may hold more; what lies behind is not read. Nested elements cost html5ever time that grows
# with the square of their number (80 s for 100,000), and so do character references.
MAX_ELEMENTS = 10_000
MAX_REFERENCES = 50_000
MAX_LINKS = 10_000

LinkTag = Literal["a", "link", "img", "video", "audio", "source"]
LINK_ATTRIBUTES: dict[str, str] = {
    "a": "href",
    "link": "href",
    "img": "src",
    "video": "src",
    "audio": "src",
    "source": "src",
}
BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div"),
    *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul"),
}
_INLINE = {
    *("abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "del", "dfn", "em", "i", "ins"),
    *("kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u"),
    *("var", "wbr"),
}
_UNREAD = {
    *("script", "style", "iframe", "noembed", "noframes", "noscript", "object", "plaintext"),
    *("select", "svg", "math", "template", "textarea", "xmp"),
}
_KEEPER = nh3.Cleaner(
    tags=BLOCKS | _INLINE | set(LINK_ATTRIBUTES) | {"base", "meta"},
    clean_content_tags=_UNREAD,
    attributes={
        "*": {"class"},
        "a": {"href", "rel"},
        "link": {"href", "rel"},
        "base": {"href"},
        "meta": {"http-equiv", "name", "content"},
        "img": {"src", "alt"},
        "video": {"src"},
        "audio": {"src"},
        "source": {"src"},
        "time": {"datetime"},
        "data": {"value"},
    },
    url_schemes={"http", "https"},
    link_rel=None,
)
_ELEMENT = re.compile(r"<[A-Za-z]")
_REFERENCE = re.compile(r"&")


@dataclass(frozen=True, slots=True)
class Link:
    """One reference. `url` is resolved against the page, and empty where that cannot be done."""

    tag: str
    url: str
    rel: frozenset[str]
    block: int
    start: int
    end: int


@dataclass
class Page:
    """What was read. `markup` is the page reduced to what is looked at; it is not safe to show."""

    url: str
    markup: str
    base_url: str = ""
    title: str = ""
    description: str = ""
    is_gone: bool = False
    blocks: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    @property
    def heading(self) -> str:
        """The title, or the first words."""
        return self.title or next(iter(self.blocks), "")

    def first_link(self, leads: Callable[[str], bool], tags: frozenset[str]) -> Link | None:
        """The first link by one of `tags` whose address `leads` where it should."""
        return next((link for link in self.links if link.tag in tags and leads(link.url)), None)

    def words_around(self, link: Link, *, characters: int = 120) -> str:
        """The text of the link and up to so many characters on each side, cut at words."""
        text = self.blocks[link.block] if link.block < len(self.blocks) else ""
        start, end = max(link.start - characters, 0), min(link.end, link.start + 2 * characters)
        stop = end + characters
        before = text[start : link.start]
        if start:
            before = "…" + before.partition(" ")[2]
        after = text[end:stop]
        if stop < len(text):
            after = after.rpartition(" ")[0] + "…"
        return f"{before}{text[link.start : end]}{after}".strip()


def read(text: str, url: str) -> Page:
    """Read the HTML page that was found at `url`."""
    markup = _KEEPER.clean(_cut(text))
    page = Page(url=url, markup=markup, base_url=url)
    reader = _Reader(page)
    reader.feed(markup)
    reader.close()
    reader.end_block()
    return page


def resolved(reference: str, base_url: str) -> str:
    """The address that `reference` means on a page at `base_url`; empty where it means none.

    One that stands by itself is left letter for letter. Source: RFC 3986, section 5.2; white space
    as in the WHATWG URL Standard, "basic URL parser".
    """
    reference = re.sub(r"[\t\n\r]", "", reference.strip(" \t\n\f\r"))
    try:
        if urlsplit(reference).scheme:
            return reference
        return urljoin(base_url, reference)
    except ValueError:
        return ""


def _cut(text: str) -> str:
    costly = ((_ELEMENT, MAX_ELEMENTS), (_REFERENCE, MAX_REFERENCES))
    too_many = (next(islice(what.finditer(text), most, None), None) for what, most in costly)
    return text[: min((found.start() for found in too_many if found), default=None)]


class _Reader(HTMLParser):
    """Follows nh3's regular output, element by element."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self._text = ""
        self._open: list[tuple[str, str, frozenset[str], int]] = []
        self._in_title = False
        self._has_base = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in BLOCKS:
            self.end_block()
        if tag == "title":
            self._in_title = True
        elif tag == "br":
            self._add(" ")
        elif tag == "base" and "href" in values and not self._has_base:
            self._has_base = True
            self.page.base_url = resolved(values["href"], self.page.url) or self.page.url
        elif tag == "meta":
            self._meta(values)
        self._link(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open:
            self._close_link()
        if tag in BLOCKS:
            self.end_block()
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            if not self.page.title:
                self.page.title = " ".join(data.split())
        else:
            self._add(data)

    def end_block(self) -> None:
        """Words of the next block are no neighbours of these."""
        while self._open:
            self._close_link()
        if self._text.strip():
            self.page.blocks.append(self._text.rstrip())
        self._text = ""

    def _add(self, data: str) -> None:
        words = re.sub(r"\s+", " ", data)
        if not self._text or self._text.endswith(" "):
            words = words.lstrip()
        self._text += words

    def _meta(self, values: dict[str, str]) -> None:
        # How a page that cannot choose its status says that it was deleted (webmention.rocks).
        if values.get("http-equiv", "").lower() == "status":
            self.page.is_gone = values.get("content", "").strip().startswith("410")
        if values.get("name", "").lower() == "description":
            self.page.description = " ".join(values.get("content", "").split())

    def _link(self, tag: str, values: dict[str, str]) -> None:
        reference = values.get(LINK_ATTRIBUTES.get(tag, ""))
        if reference is None or len(self.page.links) >= MAX_LINKS:
            return
        rel = frozenset(values.get("rel", "").lower().split())
        opened = (tag, resolved(reference, self.page.base_url), rel, len(self._text))
        self._open.append(opened)
        if tag != "a":
            self._close_link()

    def _close_link(self) -> None:
        tag, url, rel, start = self._open.pop()
        block, end = len(self.page.blocks), len(self._text)
        self.page.links.append(Link(tag, url, rel, block, start, end))
