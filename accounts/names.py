"""Names as people may bear them in public: what is taken out of one, and which look the same."""

import json
import unicodedata
from functools import cache
from importlib import resources

MAX_LENGTH = 100
# More marks on one letter than any language needs reach into the lines above and below.
MAX_MARKS = 8
# Zero-width joiner and non-joiner: Persian, Indic scripts and emoji are spelled with them.
_JOINERS = "\u200c\u200d"
_SIGNS = "|@$"
_DIGITS_FOR_LETTERS = str.maketrans("i1|034578@$", "llloeastbas")


def cleaned(text: str) -> str:
    """One line, composed (NFC), without control, direction, tag and private-use characters.

    Empty where nothing is left that can be seen. Never longer than MAX_LENGTH.
    Source: Unicode Standard Annex 9 (direction), Technical Standard 39 (what may stand in a name).
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    kept: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if _is_mark(letter) else 0
        if marks <= MAX_MARKS and (letter in _JOINERS or _is_fit(letter)):
            kept.append(letter)
    name = " ".join("".join(kept).split())[:MAX_LENGTH].strip(" " + _JOINERS)
    return name if any(unicodedata.category(letter)[0] in "LNSP" for letter in name) else ""


def skeleton(name: str) -> str:
    """What names share that can be taken for each other; empty where nothing can be read.

    Case, width, spaces, marks and what is not seen make no difference; neither do letters of other
    scripts that look the same, digits for letters, and `rn` for `m`.
    Source: Unicode Technical Standard 39, section 4, whose table of confusables it uses; the digits
    are ours.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    seen = "".join(letter for letter in decomposed if letter.isalnum() or letter in _SIGNS)
    seen = seen.strip(_SIGNS)
    # Twice: a letter may look like another as a capital only, and like a third as a small one.
    folded = seen.translate(_confusables()).casefold().translate(_confusables())
    folded = folded.translate(_DIGITS_FOR_LETTERS)
    return "".join(letter for letter in folded if not _is_mark(letter)).replace("vv", "w")


def initial(name: str) -> str:
    """The letter drawn for a name; empty where it has none."""
    return next((letter.upper()[0] for letter in name if letter.isalnum()), "")


def _is_fit(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")


@cache
def _confusables() -> dict[int, str]:
    """Letter -> the letters that stand for all that look like it.

    The package lists both ways: a prototype with all its look-alikes, each of those with its
    prototype alone.
    """
    file = resources.files("confusable_homoglyphs") / "confusables.json"
    listed = {
        letter: [other["c"].strip("\u200e") for other in others]
        for letter, others in json.loads(file.read_text(encoding="utf-8")).items()
    }
    found = {}
    for letter, others in listed.items():
        if len(letter) == 1 and len(others) == 1:
            is_prototype = len(listed.get(others[0], others)) > 1
            found[letter] = others[0] if is_prototype else min(letter, others[0])
    return str.maketrans(found)
