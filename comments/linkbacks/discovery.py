"""Where a page wants to be told of links to it."""

import re
from collections.abc import Iterator

from comments.linkbacks import pages
from polarisblog.network.fetching import Response

HTML_TYPES = ("text/html", "application/xhtml+xml")
# Pingback 1.0, section 2.2: this very form, the first one wins, and the four entities are expanded.
_PINGBACK_LINK = re.compile(r'<link rel="pingback" href="([^"]+)" ?/?>')
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"))
_ABSOLUTE = ("http://", "https://")
# RFC 8288, section 3: a target between angle brackets, then parameters.
_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER = re.compile(r"""\s*;\s*([^\s=;,"]+)?(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?""")


def webmention_endpoint(response: Response) -> str | None:
    """The first of: a Link header, then `<link>` or `<a>` in the order of the document.

    The endpoint may be the page itself, and keeps its query. None where the page names none.
    Source: Webmention (W3C Recommendation 2017), section 3.1.2.
    """
    for header in response.headers.get_list("link"):
        for reference, rel in link_values(header):
            if "webmention" in rel:
                return _absolute(pages.resolved(reference, response.url))
    if response.content_type not in HTML_TYPES:
        return None
    page = pages.read(response.text, response.url)
    for link in page.links:
        if link.tag in ("a", "link") and "webmention" in link.rel:
            return _absolute(link.url)
    return None


def pingback_endpoint(response: Response) -> str | None:
    """The X-Pingback header, else the `<link>` in the one form the specification allows.

    Only absolute addresses count. Source: Pingback 1.0, section 2.
    """
    header = response.headers.get("x-pingback", "").strip()
    if header:
        return _absolute(header)
    if response.content_type not in HTML_TYPES:
        return None
    found = _PINGBACK_LINK.search(response.text)
    if not found:
        return None
    url = found[1]
    for entity, character in _ENTITIES:
        url = url.replace(entity, character)
    return _absolute(url)


def link_values(header: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each target of a Link header with its relation types, in lower case.

    Commas and semicolons inside brackets and quotes do not separate. The first `rel` of a link
    counts. Source: RFC 8288, sections 3 and 3.3.
    """
    position = 0
    while found := _TARGET.match(header, position):
        position, rel = found.end(), None
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            if (parameter[1] or "").lower() == "rel" and rel is None:
                rel = re.sub(r"\\(.)", r"\1", parameter[2] or parameter[3] or "")
        yield found[1], frozenset((rel or "").lower().split())
        # Whatever stands before the next comma is nothing we know.
        comma = header.find(",", position)
        if comma < 0:
            return
        position = comma


def _absolute(url: str) -> str | None:
    url = url.partition("#")[0]
    return url if url.lower().startswith(_ABSOLUTE) else None
