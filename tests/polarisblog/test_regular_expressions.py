"""No regular expression of ours takes longer than its text is long, whatever the text."""

import ast
import re
from collections.abc import Iterator
from functools import partial

import pytest

from tests.growing import growth
from tests.test_architecture import PRODUCT, name

MOST_GROWTH = 3.0
FUNCTIONS = {"compile", "search", "match", "fullmatch", "sub", "findall", "finditer", "split"}
PIECES = (
    *("a", "A", "1", " ", "\n", "\t", "-", "_", ".", "/", ":", "<", "&", "=", "'", '"', "@", "é"),
    *("a.", "a-", "a@", "a b", "<a ", "&a", "a=", "-a", "--", "[(", "](", "*a", "\u0301", "\u200b"),
)
# Read what we wrote ourselves a moment before: markup out of the sanitiser, its tags whole and its
# quotes paired (tests/fuzzing gives these modules such markup), or the owner's .env.
OWN_TEXTS = {"posts/differences.py", "posts/html.py", "posts/pictures.py", "start.py"}


def patterns() -> Iterator[tuple[str, str, str]]:
    """Every literal pattern given to `re`, where, and how it is asked."""
    for path in PRODUCT:
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if name(path) not in OWN_TEXTS and isinstance(node, ast.Call) and is_pattern(node):
                function, pattern = node.func.attr, node.args[0].value  # type: ignore[attr-defined] # looked at
                if function == "compile" and not is_searched(source, node):
                    function = "match"
                yield f"{name(path)}:{node.lineno}", function, pattern


def is_pattern(node: ast.Call) -> bool:
    function = node.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and (function.value.id, function.attr in FUNCTIONS) == ("re", True)
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


def is_searched(source: str, node: ast.Call) -> bool:
    """Whether a compiled pattern is let loose on a whole text, or only held against a beginning."""
    line = source.splitlines()[node.lineno - 1]
    known_as = re.match(r"\s*(\w+)(?::[^=]*)? = ", line)
    if known_as is None:
        return True
    asked = set(re.findall(rf"\b{known_as[1]}\.(\w+)\(", source))
    return not asked or bool(asked - {"match", "fullmatch"})


FOUND = sorted(set(patterns()))


def test_there_are_some() -> None:
    assert len(FOUND) > 20


@pytest.mark.slow
@pytest.mark.parametrize(("place", "function", "pattern"), FOUND, ids=[f[0] for f in FOUND])
def test_no_text_makes_it_slow(place: str, function: str, pattern: str) -> None:
    """Pieces of common kinds, and of what the pattern itself names, over and over to a bad end."""
    compiled = re.compile(pattern)
    ask = compiled.match if function in ("match", "fullmatch") else partial(_all_of, compiled)
    own = sorted(set(re.sub(r"\\.|[\[\]{}()?*+|^$\\]", "", pattern)))[:12]
    pieces = [*PIECES, *own, *(one + other for one in own[:5] for other in own[:5])]
    for piece in dict.fromkeys(pieces):
        assert growth(ask, piece, end="\x00!", most=16_000) < MOST_GROWTH, piece


def _all_of(compiled: re.Pattern[str], text: str) -> None:
    for _ in compiled.finditer(text):
        pass


def test_what_is_slow_is_found() -> None:
    """On a busy machine not at every look: `growth` errs towards what grows less."""
    work = partial(_all_of, re.compile(r"\s+$"))

    assert any(growth(work, " ", end="x") > MOST_GROWTH for _ in range(5))
