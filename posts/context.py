"""What every page of the site knows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import F, Model, Value
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from polarisblog.pagecache.until_changed import UntilChanged
from posts import metadata
from posts.models import HelpLine, Site

Row = TypeVar("Row", bound=Model)


@dataclass
class Frame:
    """The site's settings and all help lines, read once per request, together, in one query."""

    @cached_property
    def _rows(self) -> list[tuple[str, dict[str, Any]]]:
        return _facts()

    def _all(self, model: type[Row], kind: str) -> list[Row]:
        fields = {field.attname: field.to_python for field in _fields(model)}
        found = [
            model(**{name: fields[name](value) for name, value in facts.items()})
            for row_kind, facts in self._rows
            if row_kind == kind
        ]
        return sorted(found, key=lambda row: row.pk)

    @cached_property
    def site(self) -> Site:
        return next(iter(self._all(Site, "site")), None) or Site()

    @cached_property
    def help_lines(self) -> list[HelpLine]:
        """Those for readers of the page's language, their own first."""
        language = translation.get_language() or settings.LANGUAGE_CODE
        lines = self._all(HelpLine, "line")
        own = [line for line in lines if line.language == language]
        # Help in another language is better than none.
        return own + [line for line in lines if not line.language] or lines


@UntilChanged
def _facts() -> Any:
    lines = HelpLine.objects.order_by().annotate(kind=Value("line"), facts=_facts_of(HelpLine))
    sites = Site.objects.order_by().annotate(kind=Value("site"), facts=_facts_of(Site))
    wanted = [rows.values_list("kind", "facts") for rows in (lines, sites)]
    return wanted[0].union(wanted[1], all=True)


def _fields(model: type[Model]) -> Any:
    return model._meta.concrete_fields  # noqa: SLF001 # Django's documented Model _meta API


def _facts_of(model: type[Model]) -> JSONObject:
    return JSONObject(**{field.attname: F(field.attname) for field in _fields(model)})


def frame(request: HttpRequest) -> Frame:
    """The frame of this request's page."""
    found = getattr(request, "frame", None)
    if not isinstance(found, Frame):
        found = request.frame = Frame()  # type: ignore[attr-defined] # ours, for this request
    return found


def site(request: HttpRequest) -> dict[str, Any]:
    """`blog` (the site's settings) and `help_lines`, read only where a template asks; addresses.

    `languages` says where this page stands in the other ones. `text_language` is what articles are
    written in, where the page around them speaks another.
    """
    ours = frame(request)
    languages = [
        {"code": code, "name": name, "path": metadata.path_in(code, request.path_info)}
        for code, name in settings.LANGUAGES
        if code != translation.get_language()
    ]
    is_foreign = translation.get_language() != settings.LANGUAGE_CODE
    # Not `site`: allauth's views use that name for a host.
    return {
        "blog": SimpleLazyObject(lambda: ours.site),
        "help_lines": SimpleLazyObject(lambda: ours.help_lines),
        "site_origin": settings.SITE_URL,
        "languages": languages,
        "text_language": settings.LANGUAGE_CODE if is_foreign else "",
    }
