"""Small files that browsers and robots look for, and the pages that show the way."""

from django.conf import settings
from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from polarisblog.pagecache.keeping import kept_by_readers
from posts import kept, lists, metadata
from posts.context import frame
from posts.models import Category, Post, Tag

DAY_SECONDS = 24 * 3600
MOST_TAGS = 100


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything may be read; forms, searches and the desk are no pages to keep."""
    kept.keep_frame(request)
    closed = ["/admin/", "/accounts/", "/exit/", "/preview/", "/*/respond/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    for code, _ in settings.LANGUAGES:
        if code != settings.LANGUAGE_CODE:
            # The same articles in another frame.
            lines += [f"Disallow: /{code}/{path.lstrip('/')}" for path in closed]
    lines += ["", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return _text("\n".join(lines), "text/plain")


@require_safe
def opensearch(request: HttpRequest) -> HttpResponse:
    """Lets a browser search here from its address bar. Source: OpenSearch 1.1 (Draft 6)."""
    kept.keep_frame(request)
    context = {"search_url": metadata.canonical_url(reverse("posts:search"))}
    response = render(request, "posts/opensearch.xml", context)
    response.headers["Content-Type"] = "application/opensearchdescription+xml; charset=utf-8"
    response.headers["Cache-Control"] = kept_by_readers(DAY_SECONDS)
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """For whoever puts the site on a home screen. It stays a tab: an app of this name on a phone

    would tell more than a bookmark does. Source: W3C Web Application Manifest.
    """
    kept.keep_frame(request)
    site = frame(request).site
    icons = [
        {"src": static(f"img/{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", "192x192", "any"),
            ("icon-512", "512x512", "any"),
            ("icon-512", "512x512", "maskable"),
        )
    ]
    facts = {
        "id": "/",
        "name": site.tab_title or site.name,
        "short_name": (site.tab_title or site.name)[:12],
        "lang": settings.LANGUAGE_CODE,
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "background_color": "#fbfaf7",
        "theme_color": "#121c36",
        "icons": [] if site.tab_title else icons,
    }
    response = JsonResponse(facts, content_type="application/manifest+json")
    response.headers["Cache-Control"] = kept_by_readers(DAY_SECONDS)
    return response


@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    """What reading here leaves behind, and how to leave less."""
    kept.keep_frame(request)
    return render(request, "posts/safety.html")


@require_safe
def archives(request: HttpRequest) -> HttpResponse:
    """Everything there is, by month, category and tag."""
    kept.keep_archive(request)
    months = (
        lists.articles()
        .annotate(month=TruncMonth("published_at"))
        .order_by("-month")
        .values("month")
        .annotate(count=Count("pk"))
    )
    shown = lists.articles().values("pk")
    tagged = Post.tags.through.objects.filter(tag=OuterRef("pk"), post__in=shown)
    context = {
        "months": months,
        "categories": Category.objects.tree(),
        "tags": Tag.objects.filter(Exists(tagged))[:MOST_TAGS],
    }
    return render(request, "posts/archives.html", context)


def _text(text: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    response.headers["Cache-Control"] = kept_by_readers(DAY_SECONDS)
    return response
