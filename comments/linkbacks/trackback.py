"""TrackBack (Six Apart, technical specification 1.2): the bytes, both ways."""

from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import ElementTree

from comments.linkbacks.forms import BadForm, Form
from comments.linkbacks.telling import Told, judged, post_to
from comments.linkbacks.verifying import cut

CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
TAKEN = b'<?xml version="1.0" encoding="utf-8"?>\n<response>\n<error>0</error>\n</response>\n'


@dataclass(frozen=True, slots=True)
class Trackback:
    url: str
    title: str
    excerpt: str
    blog_name: str


def read_ping(form: Form) -> Trackback:
    """What the ping says; raises BadForm without a url. `charset` is a field of its own."""
    form = form.in_charset("charset")
    if not form.value("url"):
        raise BadForm
    return Trackback(
        url=form.value("url"),
        title=cut(form.value("title"), 245),
        excerpt=cut(form.value("excerpt"), 255),
        blog_name=cut(form.value("blog_name"), 245),
    )


def write_error(text: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<response>\n<error>1</error>\n'
        f"<message>{escape(text)}</message>\n</response>\n"
    ).encode()


def send(trackback_url: str, trackback: Trackback) -> Told:
    """Ping a trackback address that an author entered. May raise FetchError.

    What is no trackback answer is trouble that may pass, such as a proxy's page before the blog.
    """
    fields = {
        "url": trackback.url,
        "title": trackback.title,
        "excerpt": trackback.excerpt,
        "blog_name": trackback.blog_name,
    }
    response = post_to(
        trackback_url, urlencode(fields).encode(), CONTENT_TYPE, accept="text/xml,*/*;q=0.5"
    )
    told = judged(response)
    if not told.is_taken:
        return told
    try:
        answer = ElementTree.fromstring(response.body.lstrip(), forbid_dtd=True)
        error = answer.findtext("error")
    except (ParseError, ValueError, LookupError):
        error = None
    if error is None:
        return Told(is_taken=False, may_pass=True, detail="The answer is no trackback answer")
    if error.strip() == "0":
        return told
    return Told(is_taken=False, detail=f"Error: {(answer.findtext('message') or '').strip()}")
