"""What other sites show of a post that somebody links to: its card, and its oEmbed answer.

Source: oembed.com. No site may frame us, so the answer is a link with a picture and never `rich`.
"""

from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.views.decorators.http import etag, require_safe

from polarisblog.pagecache.keeping import kept_by_readers
from posts import cards, html, metadata
from posts.context import frame
from posts.models import Post

DAY_SECONDS = 24 * 3600
LONGEST_URL = 2000


def _card_etag(request: HttpRequest, year: int, month: int, day: int, slug: str) -> str | None:
    version = request.GET.get("v", "")
    return f'"{version}"' if version.isalnum() else None


@require_safe
@etag(_card_etag)
def card(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    """The card of a published post; drawn now where the worker has not come to it yet."""
    post = Post.objects.published().at(year, month, day, slug).first()
    if post is None:
        raise Http404
    picture = cards.card(post.title, frame(request).site.name)
    response = HttpResponse(picture, content_type="image/png")
    response.headers["Cache-Control"] = kept_by_readers(DAY_SECONDS)
    # Other sites show it: that is what it is for.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """`?url=` of a post of ours, `&format=json` or `xml`; else 404, or 501 for the form."""
    form = request.GET.get("format", "json")
    if form not in ("json", "xml"):
        return HttpResponse(status=501)
    post = _post_at(request.GET.get("url", ""))
    if post is None:
        raise Http404
    site = frame(request).site
    image = metadata.preview_image(post, site)
    facts = {
        "version": "1.0",
        "type": "link",
        "title": html.without_controls(post.title),
        "author_name": html.without_controls(", ".join(author.name for author in post.authors)),
        "provider_name": site.name,
        "provider_url": f"{settings.SITE_URL}/",
        "cache_age": DAY_SECONDS,
        "thumbnail_url": image["url"],
        "thumbnail_width": image["width"],
        "thumbnail_height": image["height"],
    }
    facts = {name: value for name, value in facts.items() if value not in ("", None)}
    response = JsonResponse(facts) if form == "json" else _xml(facts)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _post_at(url: str) -> Post | None:
    """The published post that lives at an address of ours."""
    try:
        parts = urlsplit(url[:LONGEST_URL])
        if f"{parts.scheme}://{parts.netloc}" != settings.SITE_URL:
            return None
        match = resolve(unquote(parts.path))
    except (ValueError, Resolver404):
        return None
    posts = Post.objects.published().for_reading()
    if match.view_name == "posts:post":
        return posts.at(**match.kwargs).first()
    if match.view_name == "pages:page":
        return posts.pages().filter(slug=match.kwargs["slug"]).first()
    return None


def _xml(facts: dict[str, object]) -> HttpResponse:
    parts = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in facts.items())
    document = f'<?xml version="1.0" encoding="utf-8" standalone="yes"?><oembed>{parts}</oembed>'
    return HttpResponse(document, content_type="text/xml; charset=utf-8")
