"""The rich editor: one list of what may be written, for its toolbar and for the sanitiser alike."""

from typing import Any

from django_prose_editor.config import allowlist_from_extensions

LINK_SCHEMES = ["http", "https", "mailto", "tel", "sms"]
EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Strike": True,
    "Subscript": True,
    "Superscript": True,
    "Code": True,
    "HardBreak": True,
    "Heading": {"levels": [2, 3, 4]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "CodeBlock": True,
    "HorizontalRule": True,
    "Link": {"enableTarget": False, "protocols": LINK_SCHEMES},
    "Image": True,
    # Where the picker is depends on the addresses of the admin, see posts.writing.
    "Figure": {"pickerUrl": ""},
    "Caption": True,
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "HTML": True,
    # Authors do want to see what they misspelled.
    "NoSpellCheck": False,
}
# What the editor writes for its own use and finds again by itself.
_ITS_OWN = {"class", "data-file", "data-type", "rel", "target", "style"}

_allowed = allowlist_from_extensions(EXTENSIONS)
TAGS: set[str] = _allowed["tags"]
ATTRIBUTES: dict[str, set[str]] = {
    tag: kept for tag, names in _allowed["attributes"].items() if (kept := set(names) - _ITS_OWN)
}


def extensions(*, picker_url: str) -> dict[str, Any]:
    """The list for the editor on a page; `picker_url` opens the media library."""
    return {**EXTENSIONS, "Figure": {"pickerUrl": picker_url}}
