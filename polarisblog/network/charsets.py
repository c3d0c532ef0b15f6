"""Bytes from another site to text, as a browser would read them."""

import codecs
import re

# The encodings of the WHATWG Encoding Standard, by Python's names. A list, because Python also
# "decodes" punycode, unicode_escape and others, which are slow or were never meant for strangers.
_KNOWN = re.compile(
    r"utf-8|utf-16(-[lb]e)?|iso8859-([2-8]|10|1[3-6])|koi8-[ru]|mac-(roman|cyrillic)"
    r"|cp(866|874|125[0-8])|gb18030|big5hkscs|euc_jp|iso2022_jp|cp932|cp949"
)
# The standard reads these labels as a larger sibling: what is declared Latin-1 is windows-1252.
_SIBLINGS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_IN_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
# HTML, "prescan a byte stream": the first 1024 bytes, in a meta element or an XML declaration.
_IN_MARKUP = re.compile(
    rb"<(?:meta\b[^>]{0,300}?charset|\?xml\b[^>]{0,100}?encoding)"
    rb"""\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_PRESCAN_BYTES = 1024


def decode(body: bytes, content_type: str = "") -> str:
    """The text of `body`; what cannot be read becomes U+FFFD.

    By its byte order mark, the `charset` in `content_type`, a declaration in the markup, as UTF-8
    where it is UTF-8, else as windows-1252.
    Source: WHATWG Encoding Standard (labels, BOM) and HTML, "determining the character encoding".
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    encoding = _named(content_type) or _declared(body[:_PRESCAN_BYTES])
    if encoding:
        return body.decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _named(content_type: str) -> str:
    found = _IN_HEADER.search(content_type)
    return _known(found[1]) if found else ""


def _declared(start: bytes) -> str:
    found = _IN_MARKUP.search(start)
    encoding = _known(found[1].decode("ascii")) if found else ""
    # Markup whose ASCII bytes could be read is not UTF-16, whatever it says (same source).
    return "utf-8" if encoding.startswith("utf-16") else encoding


def _known(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    name = _SIBLINGS.get(name, name)
    return name if _KNOWN.fullmatch(name) else ""
