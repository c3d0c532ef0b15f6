"""The Spanish catalogue is whole, and what is compiled is what was written.

The compiled file is committed: a blog starts on machines that have no gettext tools.
"""

import ast
import gettext
import re
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[1] / "polarisblog/locale/es/LC_MESSAGES/django.po"
PART = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.MULTILINE)
PLACE = re.compile(r"%\((\w+)\)")


def entries() -> list[dict[str, str]]:
    """What each entry says, by the names of its parts; the header left out."""
    found = []
    for block in CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]:
        parts = {
            name: "".join(ast.literal_eval(line) for line in text.splitlines())
            for name, text in PART.findall(block)
        }
        if parts:
            found.append(parts)
    return found


def test_every_message_is_translated_and_none_is_a_guess() -> None:
    assert len(entries()) > 200
    assert [entry["msgid"] for entry in entries() if not all(entry.values())] == []
    assert "fuzzy" not in CATALOGUE.read_text(encoding="utf-8")


def test_translations_fill_in_the_same_names() -> None:
    for entry in entries():
        wanted = set(PLACE.findall(entry.get("msgid_plural", entry["msgid"])))
        for name, text in entry.items():
            if name.startswith("msgstr") and name != "msgstr[0]":
                assert set(PLACE.findall(text)) == wanted, entry["msgid"]


def test_the_compiled_catalogue_is_fresh() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for entry in entries():
        if "msgid_plural" in entry:
            said = [compiled.ngettext(entry["msgid"], entry["msgid_plural"], n) for n in (1, 2)]
            assert said == [entry["msgstr[0]"], entry["msgstr[1]"]]
        else:
            assert compiled.gettext(entry["msgid"]) == entry["msgstr"]
