"""What machines are told about a page: its one address, previews for other sites, JSON-LD.

Addresses are made from SITE_URL and never from the Host header, so that no proxy, mirror or forged
header can name another site as the place where our words live.
"""

from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, reverse
from django.utils.encoding import iri_to_uri
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from posts import cards
from posts.models import Category, Post, Site


def main_path(path: str) -> str:
    """`path` in the site's own language: without the prefix that another one puts before it."""
    return f"/{path.removeprefix(get_script_prefix())}"


def canonical_url(path: str) -> str:
    """The one address of what stands at `path`, in whatever language it was asked for."""
    return f"{settings.SITE_URL}{iri_to_uri(main_path(path))}"


def path_in(language: str, path: str) -> str:
    """Where `path` (without any prefix) stands in that language."""
    return path if language == settings.LANGUAGE_CODE else f"/{language}{path}"


def shown_summary(post: Post) -> str:
    """What lists of other sites may show: the content note where there is one, not the detail."""
    if post.content_note:
        return _("Please note: %(note)s") % {"note": post.content_note}
    return Truncator(post.summary).chars(300, truncate="…")


def card_url(post: Post, site: Site) -> str:
    """The address of the drawn card; new words give a new address, so it may be kept for long."""
    version = cards.card_name(post.title, site.name).removeprefix("cards/")[:8]
    return f"{canonical_url(post.dated_path)}card.png?v={version}"


def preview_image(post: Post, site: Site) -> dict[str, Any]:
    """The featured picture, or the card that is drawn where a post has none."""
    image = post.featured_image
    if image is not None and not post.is_protected:
        return {
            "url": f"{settings.SITE_URL}{image.lead_url}",
            "width": image.lead_width,
            "height": image.lead_height,
            "alt": image.alt,
        }
    size = {"width": cards.WIDTH_PX, "height": cards.HEIGHT_PX}
    return {"url": card_url(post, site), **size, "alt": post.title}


def post_facts(post: Post, site: Site) -> dict[str, Any]:
    """The post as schema.org's BlogPosting, with the way that leads to it."""
    url = canonical_url(post.get_absolute_url())
    image = preview_image(post, site)
    authors = [
        {
            "@type": "Person",
            "name": author.name,
            "url": canonical_url(reverse("posts:author", args=[author.pk])),
        }
        for author in post.authors
    ]
    posting: dict[str, Any] = {
        "@type": "WebPage" if post.is_page else "BlogPosting",
        "@id": f"{url}#post",
        "url": url,
        "mainEntityOfPage": url,
        "headline": post.title,
        "description": shown_summary(post),
        "image": {"@type": "ImageObject", **{k: image[k] for k in ("url", "width", "height")}},
        "datePublished": post.published_at.isoformat(),
        "dateModified": max(post.updated_at, post.published_at).isoformat(),
        "author": authors or publisher(site),
        "publisher": publisher(site),
        "inLanguage": settings.LANGUAGE_CODE,
        "isAccessibleForFree": True,
        "wordCount": post.word_count,
    }
    categories = list(post.categories.all())
    if categories:
        posting["articleSection"] = [category.name for category in categories]
    if tags := [tag.name for tag in post.tags.all()]:
        posting["keywords"] = tags
    crumbs = [(category.name, category.get_absolute_url()) for category in categories[:1]]
    return _graph(posting, breadcrumbs(site, *crumbs, (post.title, post.get_absolute_url())))


def list_facts(site: Site, name: str, path: str, trail: list[tuple[str, str]]) -> dict[str, Any]:
    """A list of articles: the blog itself where it has no `name`, or what stands under one."""
    if not name:
        search = canonical_url(reverse("posts:search"))
        return _graph(
            {
                "@type": "WebSite",
                "@id": f"{settings.SITE_URL}/#site",
                "url": f"{settings.SITE_URL}/",
                "name": site.name,
                "description": site.tagline,
                "inLanguage": settings.LANGUAGE_CODE,
                "publisher": publisher(site),
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": f"{search}?q={{search_term_string}}",
                    "query-input": "required name=search_term_string",
                },
            }
        )
    page = {"@type": "CollectionPage", "url": canonical_url(path), "name": name}
    return _graph(page, breadcrumbs(site, *trail))


def publisher(site: Site) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "@type": "Organization",
        "@id": f"{settings.SITE_URL}/#us",
        "name": site.name,
        "url": f"{settings.SITE_URL}/",
    }
    return {**facts, "sameAs": site.profiles} if site.profiles else facts


def breadcrumbs(site: Site, *steps: tuple[str, str]) -> dict[str, Any]:
    """From the home page down; each step is a name and a path."""
    trail = [(site.name, reverse("posts:home")), *steps]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": name,
                "item": canonical_url(path),
            }
            for position, (name, path) in enumerate(trail, start=1)
        ],
    }


def _graph(*things: dict[str, Any]) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@graph": list(things)}


def category_trail(category: Category) -> list[tuple[str, str]]:
    """The shelves above `category`, the outermost first, then itself; one query."""
    shelves = {shelf.pk: shelf for shelf in Category.objects.all()}
    trail: list[tuple[str, str]] = []
    step, seen = shelves.get(category.pk), set()
    while step is not None and step.pk not in seen:
        seen.add(step.pk)
        trail.insert(0, (step.name, step.get_absolute_url()))
        step = shelves.get(step.parent_id) if step.parent_id else None
    return trail
