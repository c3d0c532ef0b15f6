"""Another blog: posts that link to ours, and endpoints that take our linkbacks.

Everything runs on a real socket, through `origins`.
"""

from urllib.parse import parse_qs

from tests.fakes.origins import Behaviour, Origin, Visit, answer, page

PINGBACK_TAKEN = (
    b'<?xml version="1.0"?><methodResponse><params><param><value><string>Thanks</string></value>'
    b"</param></params></methodResponse>"
)


def article(*, title: str = "Their post", body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head>"
        f"<body><h1>{title}</h1>{body}</body></html>"
    )


def fault(code: int, text: str = "No.") -> bytes:
    return (
        '<?xml version="1.0"?><methodResponse><fault><value><struct>'
        f"<member><name>faultCode</name><value><int>{code}</int></value></member>"
        f"<member><name>faultString</name><value><string>{text}</string></value></member>"
        "</struct></value></fault></methodResponse>"
    ).encode()


class Blog(Origin):
    """An Origin that speaks of links: `links_to` publishes a post, `takes_…` serves endpoints."""

    def links_to(self, url: str, path: str = "/post", *, title: str = "Their post") -> str:
        body = f'<p>Some words before <a href="{url}">the link</a> and after it.</p>'
        return self.serve(path, page(article(title=title, body=body)))

    def says(self, body: str, path: str = "/post", *, title: str = "Their post") -> str:
        return self.serve(path, page(article(title=title, body=body)))

    def takes_webmentions(self, path: str = "/webmention", *, status: int = 202) -> str:
        return self.serve(path, answer(b"ok", status=status))

    def takes_pingbacks(self, path: str = "/xmlrpc", body: bytes = PINGBACK_TAKEN) -> str:
        return self.serve(path, answer(body, headers=[("Content-Type", "text/xml")]))

    def posts_to(self, path: str) -> list[Visit]:
        return [v for v in self.visits if v.method == "POST" and v.path.partition("?")[0] == path]

    def mentions(self, path: str = "/webmention") -> list[tuple[str, str]]:
        """Source and target of each webmention that came in."""
        forms = [parse_qs(visit.body.decode()) for visit in self.posts_to(path)]
        return [(form["source"][0], form["target"][0]) for form in forms]


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Each visit gets the next behaviour; the last one stays."""
    waiting = list(behaviours)

    def behave(visit: Visit) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(visit)

    return behave
