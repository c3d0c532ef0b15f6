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
    for mark in ("\u0335", "\u0489", "\u20dd", "\u0e31"):
        assert len(cleaned("Z" + mark * 50)) <= 1 + MAX_MARKS, mark


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


LOOK_ALIKES = [
    *(
        "MIRIAM WELLS",
        "Ｍiriam Wells",
        "Miriam-Wells",
        "Míriam Wells",
        "miriamwells",
        " Miriam  Wells.",
    ),
    # Cyrillic, Greek, mathematical, Cherokee and Lisu letters, and digits for letters.
    *("Мiriаm Wеlls", "Μιriam Wells", "𝓜𝓲𝓻𝓲𝓪𝓶 𝓦𝓮𝓵𝓵𝓼", "Miriam Ꮃells", "ꓟiriam Wells"),
    *("M1riam W3lls", "MlRlAM WELLS", "Mir|am We11s", "Miriarn Wells", "Miriam VVells"),
    # What is not seen: joiners, direction, variation selectors, tags, soft hyphen, stacked marks.
    *("Mir\u200biam We\u00adlls", "\u202eMiriam Wells", "Miriam\u200d Wells", "Miriam\ufe0f Wells"),
    *(
        "Miriam\U000e0041 Wells",
        "M\u0489i\u0335r\u0323iam Wells",
        "Miriam Wells \u2713",
        "«Miriam Wells»",
    ),
]


@pytest.mark.parametrize("other", LOOK_ALIKES)
def test_names_that_look_alike_have_one_skeleton(other: str) -> None:
    assert skeleton(other) == skeleton("Miriam Wells")


@pytest.mark.parametrize(
    "other", ["Miriam Walls", "Miriam", "Mariam Wells", "مريم", "Мария Велс", "🙂"]
)
def test_names_that_differ_keep_skeletons_apart(other: str) -> None:
    assert skeleton(other) != skeleton("Miriam Wells")


@given(st.text(max_size=40))
def test_any_name_has_a_skeleton_that_cleaning_does_not_change(text: str) -> None:
    assert skeleton(cleaned(text)) == skeleton(text)
    assert not any(unicodedata.category(letter)[0] in "MCZ" for letter in skeleton(text))
