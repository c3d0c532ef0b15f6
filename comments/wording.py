"""Words made comparable: spelled, cased or interrupted differently, they are the same."""

import re
import unicodedata

# Nothing that is seen: soft hyphen, zero-width and bidirectional marks, variation selectors, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
MOST_MARKS = 8
_SPACES = re.compile(r"\s+")


# What XML 1.0 (2.2, "Characters") has no place for, so that no feed can say it.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def speakable(text: str) -> str:
    """`text` without control characters and what is no character at all; lines and tabs stay."""
    return _UNSPEAKABLE.sub("", text)


def skeleton(text: str) -> str:
    """`text` as everybody means it: NFKC, case folded, unseen characters gone, one space each."""
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def words(text: str) -> set[str]:
    """The different words of `text`: what stands between spaces and marks, 2 to 40 letters long."""
    found = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", skeleton(text))
    return {word for word in found if 2 <= len(word) <= 40}  # noqa: PLR2004 # as the docstring says


def clean_name(text: str) -> str:
    """A name as it is shown: composed, without what disturbs its neighbours, one space each.

    Control, bidirectional and tag characters go; of the marks on one letter eight stay.
    """
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        marks = marks + 1 if category.startswith("M") else 0
        if marks > MOST_MARKS:
            continue
        if category in ("Cc", "Cs", "Zl", "Zp"):
            letter = " "  # noqa: PLW2901 # what is kept of it
        if category == "Cf" and letter not in "\u200c\u200d":
            continue
        kept.append(letter)
    return " ".join("".join(kept).split())
