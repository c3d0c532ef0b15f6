"""The small picture drawn for a name: its first letter on one of a few colours."""

import zlib
from xml.sax.saxutils import escape

from django.urls import reverse

from accounts.names import initial, skeleton

# White on each passes 4.5 to 1; muted, so that a page of them stays calm on paper and on night sky.
COLOURS = (
    *("#38507c", "#4b4a80", "#634376", "#743f61"),
    *("#7a4048", "#704a31", "#5b5528", "#3f5f36"),
    *("#24644c", "#136364", "#1b5d76", "#4d5561"),
)


def url(name: str) -> str:
    """Where the picture for `name` is: the same letter and colour wherever that name stands.

    There are few of them, so a browser has most already; and the address tells only a letter.
    """
    colour = zlib.crc32(skeleton(name).encode()) % len(COLOURS)
    return reverse("drawn_picture", args=[colour, initial(name) or "-"])


def svg(colour: int, letter: str) -> str:
    """The drawing. Attributes and no style: it obeys the content security policy."""
    text = (
        f'<text x="32" y="33" font-family="system-ui, sans-serif" font-size="30" font-weight="600" '
        f'fill="#fff" text-anchor="middle" dominant-baseline="central">{escape(letter)}</text>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<rect width="64" height="64" fill="{COLOURS[colour]}"/>'
        f"{text if letter != '-' else ''}</svg>"
    )
