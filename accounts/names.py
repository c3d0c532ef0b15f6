"""Names as people may bear them in public: what is taken out of one, and which look the same."""

import unicodedata

MAX_LENGTH = 100
# More marks on one letter than any language needs reach into the lines above and below.
MAX_MARKS = 8
# Zero-width joiner and non-joiner: Persian, Indic scripts and emoji are spelled with them.
_JOINERS = "\u200c\u200d"


def cleaned(text: str) -> str:
    """One line, composed (NFC), without control, direction, tag and private-use characters.

    Empty where nothing is left that can be seen. Never longer than MAX_LENGTH.
    Source: Unicode Standard Annex 9 (direction), Technical Standard 39 (what may stand in a name).
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    kept: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MAX_MARKS and (letter in _JOINERS or _is_fit(letter)):
            kept.append(letter)
    name = " ".join("".join(kept).split())[:MAX_LENGTH].strip(" " + _JOINERS)
    return name if any(unicodedata.category(letter)[0] in "LNSP" for letter in name) else ""


def skeleton(name: str) -> str:
    """What two names share that look alike at a glance: no case, no width, no spaces, no marks."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def initial(name: str) -> str:
    """The letter drawn for a name; empty where it has none."""
    return next((letter.upper()[0] for letter in name if letter.isalnum()), "")


def _is_fit(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
