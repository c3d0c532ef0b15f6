from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path, register_converter
from django.urls.converters import IntConverter

from posts import media, showing, views


class YearConverter(IntConverter):
    regex = "[0-9]{4}"

    def to_url(self, value: int | str) -> str:
        return f"{int(value):04d}"


class TwoDigitConverter(IntConverter):
    regex = "[0-9]{2}"

    def to_url(self, value: int | str) -> str:
        return f"{int(value):02d}"


class SlugConverter:
    """Letters of any script, digits, hyphens and underscores."""

    regex = r"[-\w]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(YearConverter, "yyyy")
register_converter(TwoDigitConverter, "mm")
register_converter(SlugConverter, "words")

app_name = "posts"


def listing(route: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    """A list's first page and its further ones, at WordPress.com's own addresses."""
    return [
        path(route, view, name=name),
        path(f"{route}page/<int:page>/", view, name=f"{name}_page"),
    ]


urlpatterns = [
    path("", showing.front, name="home"),
    path("page/<int:page>/", views.home, name="home_page"),
    *listing("category/<words:slug>/", views.category, "category"),
    *listing("tag/<words:slug>/", views.tag, "tag"),
    *listing("author/<int:pk>/", views.author, "author"),
    *listing("<yyyy:year>/", views.year, "year"),
    *listing("<yyyy:year>/<mm:month>/", views.month, "month"),
    path("<yyyy:year>/<mm:month>/<mm:day>/<words:slug>/", showing.post, name="post"),
    path("preview/<words:token>/", showing.preview, name="preview"),
    path("media/<path:name>", media.serve, name="media"),
]
