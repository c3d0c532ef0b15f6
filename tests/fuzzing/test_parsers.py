"""Parsers hold whatever comes: random bytes, what a fuzzer once found, and endless repetition."""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.parsers import CORPUS, PARSERS
from tests.growing import growth

MOST_GROWTH = 3.0
PIECES = ("a", " ", "\n", "<", "&", "[", "(", "*", "_", "a.", "-", "\\", "\u0301", "9", "%")


def found_before() -> list[tuple[str, str]]:
    return [(path.parent.name, path.name) for path in sorted(CORPUS.glob("*/*"))]


@pytest.mark.parametrize("parser", PARSERS)
def test_a_parser_takes_what_it_is_for(parser: str) -> None:
    for given_first in PARSERS[parser].beginnings:
        PARSERS[parser](given_first)


@pytest.mark.parametrize(("parser", "file"), found_before())
def test_what_once_broke_a_parser_breaks_it_no_more(parser: str, file: str) -> None:
    PARSERS[parser]((CORPUS / parser / file).read_bytes())


@pytest.mark.parametrize("parser", PARSERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_bytes_are_taken_or_refused_in_words(parser: str, data: st.DataObject) -> None:
    """Pieces of what it knows between random ones get further in than noise alone."""
    known = st.sampled_from([*PARSERS[parser].beginnings, *map(str.encode, PARSERS[parser].pieces)])
    parts = data.draw(
        st.lists(
            st.one_of(known, st.binary(max_size=12), st.text(max_size=6).map(str.encode)),
            max_size=8,
        )
    )
    PARSERS[parser](b"".join(parts))


@pytest.mark.slow
@pytest.mark.parametrize("parser", [key for key in PARSERS if key != "picture"])
def test_twice_as_much_takes_about_twice_as_long(parser: str) -> None:
    take = PARSERS[parser]
    for piece in dict.fromkeys([*PIECES, *take.pieces]):
        work = partial(_take, parser)
        assert growth(work, piece, most=take.most_bytes // 2) < MOST_GROWTH, piece


def _take(parser: str, text: str) -> None:
    PARSERS[parser](text.encode())
