"""What somebody typed into the search field, as words that no engine can mistake for its syntax."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_QUERY_LENGTH = 200
MAX_TERMS = 12
MAX_WORD_LENGTH = 64
MIN_OPEN_LENGTH = 3


@dataclass(frozen=True)
class Term:
    """Words that must stand side by side; a single one nearly always.

    Each word is letters, digits and combining marks only. `is_open`: it may go on (“traf” also
    finds “trafficking”), as the last word of a query does.
    """

    words: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True)
class Query:
    """What is asked for: every term must be found."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return " ".join(
            term.words[0] if len(term.words) == 1 else f"“{' '.join(term.words)}”"
            for term in self.terms
        )

    @property
    def words(self) -> list[str]:
        return [word for term in self.terms for word in term.words]

    def respelt(self, spelling: dict[str, str]) -> "Query":
        """The same query with some words spelt differently, and nothing left open."""
        return Query(
            tuple(
                Term(tuple(spelling.get(word, word) for word in term.words)) for term in self.terms
            )
        )


def parse(text: str) -> Query:
    """The query in `text`: words, and phrases between double quotes of any kind.

    Everything that is neither letter, mark nor digit only separates; what is left over after
    MAX_TERMS terms is not asked for.
    """
    text = unicodedata.normalize("NFC", text[:MAX_QUERY_LENGTH])
    parts = re.split(r'["“”„«»]', text)
    terms: list[Term] = []
    for position, part in enumerate(parts):
        found = list(split(part))
        is_phrase = position % 2 == 1 and position < len(parts) - 1
        terms += [Term(tuple(found))] if is_phrase and found else [Term((word,)) for word in found]
    terms = terms[:MAX_TERMS]
    if terms and _is_unfinished(terms[-1], text):
        terms[-1] = Term(terms[-1].words, is_open=True)
    return Query(tuple(terms))


def split(text: str) -> Iterator[str]:
    """The words of `text` in small letters, split as both engines split them."""
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    for word in kept.lower().split():
        yield word[:MAX_WORD_LENGTH]


def _is_unfinished(last: Term, text: str) -> bool:
    """Whether the last thing typed was a letter or digit of a word that may go on."""
    ends_open = unicodedata.category(text.rstrip()[-1:] or " ")[0] in "LMN"
    return ends_open and len(last.words) == 1 and len(last.words[0]) >= MIN_OPEN_LENGTH
