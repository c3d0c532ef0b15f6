from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from posts import (
    lists,
    media,
    searching,
    sharing,
    showing,
    signposts,
    sitemaps,
    views,
)
from posts.addresses import POST
from posts.lists import Listing

app_name = "posts"


def listing(route: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    """A list's first page and its further ones, at WordPress.com's own addresses."""
    return [
        path(route, view, name=name),
        path(f"{route}page/<int:page>/", view, name=f"{name}_page"),
    ]


def feeds(route: str, make: Callable[..., Listing], name: str) -> list[URLPattern]:
    """A list's feeds, at WordPress.com's own addresses; RSS has two, as it has there."""
    view = views.feed_of(make)
    return [
        path(f"{route}feed/", view, {"form": "rss"}, name=f"{name}_feed"),
        path(f"{route}feed/rss2/", view, {"form": "rss"}),
        path(f"{route}feed/atom/", view, {"form": "atom"}, name=f"{name}_atom"),
        path(f"{route}feed/json/", view, {"form": "json"}, name=f"{name}_json"),
    ]


urlpatterns = [
    path("", showing.front, name="home"),
    path("page/<int:page>/", views.home, name="home_page"),
    *feeds("", lists.everything, "home"),
    *listing("category/<words:slug>/", views.category, "category"),
    *feeds("category/<words:slug>/", lists.in_category, "category"),
    *listing("tag/<words:slug>/", views.tag, "tag"),
    *feeds("tag/<words:slug>/", lists.tagged, "tag"),
    *listing("author/<int:pk>/", views.author, "author"),
    *feeds("author/<int:pk>/", lists.by_author, "author"),
    *listing("<yyyy:year>/", views.year, "year"),
    *listing("<yyyy:year>/<mm:month>/", views.month, "month"),
    path(POST, showing.post, name="post"),
    path(f"{POST}card.png", sharing.card, name="card"),
    path("preview/<words:token>/", showing.preview, name="preview"),
    path("media/<path:name>", media.serve, name="media"),
    path("search/", searching.search, name="search"),
    path("archives/", signposts.archives, name="archives"),
    path("safety/", signposts.safety, name="safety"),
    path("oembed/", sharing.oembed, name="oembed"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap-lists.xml", sitemaps.sitemap_lists, name="sitemap_lists"),
    path("sitemap-<int:part>.xml", sitemaps.sitemap_part, name="sitemap_part"),
    path("robots.txt", signposts.robots, name="robots"),
    path("opensearch.xml", signposts.opensearch, name="opensearch"),
    path("manifest.webmanifest", signposts.manifest, name="manifest"),
]
