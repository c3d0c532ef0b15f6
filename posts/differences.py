"""What differs between two versions of a text, as people read it: words in their paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from posts.html import plain_text

Kind = Literal["same", "added", "removed"]
BLOCK_END = re.compile(
    r"(?<=</p>)|(?<=</li>)|(?<=</h[2-4]>)|(?<=</tr>)|(?<=</pre>)|(?<=</figure>)|<hr>"
)
IMAGE = re.compile(r'<img\b(?:[^>"]|"[^"]*")*?\bsrc="([^"]*)"(?:[^>"]|"[^"]*")*>')
CELL = re.compile(r"</t[dh]>\s*(?=<t[dh])")
LINK = re.compile(r'<a\b(?:[^>"]|"[^"]*")*?\bhref="([^"]*)"(?:[^>"]|"[^"]*")*>(.*?)</a>', re.DOTALL)
# Comparing words is quadratic in the worst case; a longer paragraph is shown as a whole.
MOST_WORDS = 2000
CONTEXT_LINES = 2


class Piece(NamedTuple):
    """Words of one line that stayed, came or went."""

    kind: Kind
    text: str


Line = list[Piece]


def lines_of(markup: str) -> list[str]:
    """Each block's words on a line of its own; pictures and links name their addresses."""
    named = CELL.sub(" | ", IMAGE.sub(r"[\1] ", LINK.sub(r"\2 (\1)", markup)))
    return [words for block in BLOCK_END.split(named) if (words := plain_text(block))]


def between(old: list[str], new: list[str]) -> list[Line]:
    """Every changed line with a few unchanged ones around it; empty when nothing differs.

    Where unchanged lines are left out stands a line of no pieces.
    """
    lines: list[Line] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        lines += [[]] if lines else []
        for tag, i, j, k, m in group:
            if tag == "equal":
                lines += [[Piece("same", line)] for line in old[i:j]]
            else:
                lines += _changed(old[i:j], new[k:m])
    return lines


def _changed(old: list[str], new: list[str]) -> Iterator[Line]:
    """Lines that became others, word by word where each has a counterpart."""
    for before, after in zip(old, new, strict=False):
        yield list(_words(before, after))
    paired = min(len(old), len(new))
    yield from ([Piece("removed", line)] for line in old[paired:])
    yield from ([Piece("added", line)] for line in new[paired:])


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = before.split(" "), after.split(" ")
    if max(len(old), len(new)) > MOST_WORDS:
        yield from (Piece("removed", before), Piece("added", after))
        return
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", " ".join(old[i:j]))
            continue
        if i < j:
            yield Piece("removed", " ".join(old[i:j]))
        if k < m:
            yield Piece("added", " ".join(new[k:m]))
