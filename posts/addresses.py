"""What the addresses of posts are made of."""

from django.urls import register_converter
from django.urls.converters import IntConverter


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

# A post's own, below which stands what belongs to it.
POST = "<yyyy:year>/<mm:month>/<mm:day>/<words:slug>/"
