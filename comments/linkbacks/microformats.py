"""What a page says of itself in microformats2: who wrote it, and what it does to ours.

Source: microformats2 parsing specification; h-entry; h-cite. The parser is mf2py, which is given a
page that was read already and asks for nothing by itself.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comments.linkbacks.pages import Page
from comments.models import Comment

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

# A larger page is taken without its microformats.
MAX_MARKUP_CHARACTERS = 300_000
# mf2py reads what stands in one another once for each level and kind, so that ten levels of
# `h-entry p-author e-content` took it minutes. Only so many elements, so deep, keep their classes,
# and of the classes only those we look at; honest pages have four levels.
MAX_MARKED = 100
MAX_MARKED_DEPTH = 5
_ROOTS = ("h-entry", "h-cite", "h-card")
_PROPERTY = re.compile("[pu]-(author|in-reply-to|like-of|repost-of)|[pu]-(name|url)|[ep]-content")
MANNERS = {
    "in-reply-to": Comment.Mention.REPLY,
    "like-of": Comment.Mention.LIKE,
    "repost-of": Comment.Mention.REPOST,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """The page's main h-entry, as far as it concerns us. All text is plain and unbounded."""

    name: str = ""
    content: str = ""
    author_name: str = ""
    author_url: str = ""
    mention: Comment.Mention = Comment.Mention.MENTION


def entry(page: Page, leads: Callable[[str], bool]) -> Entry:
    """What the first h-entry of `page` says; `leads` tells whether an address is the target."""
    if "h-entry" not in page.markup:
        return Entry()
    items = _items(page)
    found = next((item for item in items if "h-entry" in item.get("type", ())), None)
    if found is None:
        return Entry()
    properties = found["properties"]
    author_name, author_url = _author(properties, items)
    content = _text(properties, "content")
    name = _text(properties, "name")
    return Entry(
        # mf2py makes up a name from the whole text where there is none.
        name="" if name and name in content else name,
        content=content,
        author_name=author_name,
        author_url=author_url,
        mention=_mention(properties, leads),
    )


def _items(page: Page) -> list[dict[str, Any]]:
    """Every item, outer ones first; none where the page is too large or too deeply nested."""
    if len(page.markup) > MAX_MARKUP_CHARACTERS:
        return []
    # Only the worker gets here, and importing these takes a fifth of the whole blog's start.
    import mf2py  # noqa: PLC0415 # see above
    from bs4 import BeautifulSoup  # noqa: PLC0415 # see above

    try:
        soup = _tamed(BeautifulSoup(page.markup, "html.parser"))
        parsed = mf2py.parse(doc=soup, url=page.url)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        # A stranger's page must not be able to stop us; without microformats it is a plain mention.
        return []
    return list(_flat(parsed["items"]))


def _tamed(soup: "BeautifulSoup") -> "BeautifulSoup":
    """The page without the classes that we do not look at, and with a bounded number of others."""
    from bs4.element import AttributeValueList  # noqa: PLC0415 # as in _items

    marked: set[int] = set()
    has_content, tried = False, 0
    for element in soup.find_all(class_=True):
        names = _looked_at(element.get_attribute_list("class"))
        del element["class"]
        if "p-content" in names and has_content:
            continue
        has_content = has_content or "p-content" in names
        if names and tried < MAX_MARKED:
            tried += 1
            depth = sum(id(parent) in marked for parent in element.parents)
            if depth < MAX_MARKED_DEPTH:
                element["class"] = AttributeValueList(names)
                marked.add(id(element))
    return soup


def _looked_at(classes: list[str]) -> list[str]:
    """One root and one property, or no root and two; of content only the text, which is cheap."""
    roots = [name for name in classes if name in _ROOTS]
    properties = [name for name in classes if _PROPERTY.fullmatch(name)]
    if any(name.endswith("-content") for name in properties):
        return [*roots[:1], "p-content"]
    return [*roots[:1], *properties[: 1 if roots else 2]]


def _flat(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    waiting = list(reversed(items))
    while waiting:
        item = waiting.pop()
        yield item
        waiting.extend(reversed(item.get("children", [])))


def _mention(properties: dict[str, Any], leads: Callable[[str], bool]) -> Comment.Mention:
    for name, manner in MANNERS.items():
        if any(leads(url) for value in properties.get(name, []) for url in _addresses(value)):
            return manner
    return Comment.Mention.MENTION


def _addresses(value: Any) -> list[str]:
    """An address may stand by itself or within an h-cite."""
    if isinstance(value, str):
        return [value]
    urls = value.get("properties", {}).get("url", []) if isinstance(value, dict) else []
    return [url for url in [*urls, value.get("value", "")] if isinstance(url, str)]


def _author(properties: dict[str, Any], items: list[dict[str, Any]]) -> tuple[str, str]:
    cards = [*properties.get("author", [])]
    cards += [item for item in items if "h-card" in item.get("type", ())]
    for card in cards:
        if isinstance(card, str):
            return " ".join(card.split()), ""
        facts = card.get("properties", {})
        name = _text(facts, "name")
        if name:
            url = next((url for url in facts.get("url", []) if isinstance(url, str)), "")
            return name, url if url.startswith(("http://", "https://")) else ""
    return "", ""


def _text(properties: dict[str, Any], name: str) -> str:
    value = next(iter(properties.get(name, [])), "")
    if isinstance(value, dict):
        value = value.get("value", "")
    return " ".join(value.split()) if isinstance(value, str) else ""
