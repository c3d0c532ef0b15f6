"""Pictures inside a text: our own in all their sizes, foreign ones as plain links."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from posts.models.images import Image

# nh3 has just written this markup: attributes stand in double quotes and hold no such quote.
TAG = re.compile(r'<(?:(?P<close>/a)|(?P<open>a)|(?P<img>img))\b(?P<rest>(?:[^>"]|"[^"]*")*)>')
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
SIZES = "(min-width: 48rem) 43rem, 92vw"


def names_in(markup: str) -> list[str]:
    """The file names of our own pictures that `markup` shows."""
    found = (_attributes(m["rest"]) for m in TAG.finditer(markup) if m["img"])
    names = (_own_name(attributes.get("src", "")) for attributes in found)
    return [name for name in names if name]


def with_pictures(markup: str, images: dict[str, Image], *, is_led: bool = False) -> str:
    """`markup` (sanitised) with every `img` as a reader's browser should meet it.

    One of `images` becomes a `picture` with all its sizes and formats, and with width and height,
    so that nothing jumps; all but the first (`is_led`: that one too, another picture stands above
    the text) load when they come near. A picture on another host
    would tell that host who reads here, so it becomes a link.
    """
    is_in_link, is_first, parts, end = False, not is_led, [], 0
    for match in TAG.finditer(markup):
        is_in_link = bool(match["open"]) or (is_in_link and not match["close"])
        if match["img"]:
            attributes = _attributes(match["rest"])
            shown = _picture(attributes, images, is_first=is_first, is_in_link=is_in_link)
            parts += [markup[end : match.start()], shown]
            is_first, end = False, match.end()
    return "".join([*parts, markup[end:]])


def _attributes(rest: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in ATTRIBUTE.findall(rest)}


def _own_path(src: str) -> str | None:
    """The path of an address on this site, None for one elsewhere."""
    ours = urlsplit(settings.SITE_URL)
    try:
        there = urlsplit(src)
    except ValueError:
        return None
    if there.netloc in ("", ours.netloc) and there.scheme in ("", "http", "https"):
        return there.path
    return None


def _own_name(src: str) -> str | None:
    path = _own_path(src)
    if path is None or not path.startswith(settings.MEDIA_URL):
        return None
    return path.removeprefix(settings.MEDIA_URL)


def _picture(
    attributes: dict[str, str], images: dict[str, Image], *, is_first: bool, is_in_link: bool
) -> str:
    src, alt = attributes.get("src", ""), attributes.get("alt", "")
    path = _own_path(src)
    if path is None:
        words = escape(alt or src)
        return words if is_in_link else f'<a href="{escape(src)}">{words}</a>'
    loading = "" if is_first else ' loading="lazy"'
    image = images.get(_own_name(src) or "")
    if image is None:
        size = "".join(
            f' {name}="{escape(attributes[name])}"'
            for name in ("width", "height")
            if name in attributes
        )
        return f'<img src="{escape(path)}" alt="{escape(alt)}"{size}{loading} decoding="async">'
    alt = alt or image.alt
    sources = "".join(
        f'<source type="{kind}" srcset="{escape(srcset)}" sizes="{SIZES}">'
        for kind, srcset in image.srcsets()
    )
    return (
        f'<picture>{sources}<img src="{escape(image.url)}" alt="{escape(alt)}"'
        f' width="{image.width}" height="{image.height}"{loading} decoding="async"></picture>'
    )
