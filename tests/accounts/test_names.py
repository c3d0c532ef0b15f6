"""Names: what is taken out of one, and which look the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.names import MAX_LENGTH, MAX_MARKS, cleaned, initial, skeleton


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        ("  Ada \n Lovelace ", "Ada Lovelace"),
        ("Ada\u202eecalevoL", "AdaecalevoL"),
        ("A\U000e0041da", "Ada"),
        ("e\u0301", "é"),
        ("نور", "نور"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\u200d\u200c", ""),
        ("\u200b\u2066\u00ad", ""),
        ("\u0301", ""),
        ("🙂", "🙂"),
        ("x" * 300, "x" * MAX_LENGTH),
    ],
)
def test_a_name_is_one_visible_line(typed: str, stands: str) -> None:
    assert cleaned(typed) == stands


def test_marks_do_not_pile_up() -> None:
    assert len(cleaned("Z" + "\u0335" * 50)) == 1 + MAX_MARKS


@given(st.text())
def test_cleaning_settles_at_once_and_leaves_nothing_hidden(text: str) -> None:
    name = cleaned(text)

    assert cleaned(name) == name
    assert len(name) <= MAX_LENGTH
    assert not any(
        unicodedata.category(letter) in ("Cc", "Co", "Cs") or "\u202a" <= letter <= "\u202e"
        for letter in name
    )
    assert len(initial(name)) <= 1


@pytest.mark.parametrize("other", ["MIRIAM WELLS", "Ｍiriam Wells", "Miriam-Wells", "Míriam Wells"])
def test_names_that_look_alike_have_one_skeleton(other: str) -> None:
    assert skeleton(other) == skeleton("Miriam Wells")
