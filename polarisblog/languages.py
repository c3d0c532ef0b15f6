"""The language an address speaks: `/es/…` is the site in Spanish, whoever asks with what.

A page must be the same bytes for everyone and reading sets no cookie, so neither Accept-Language
nor a cookie decides; the address does. The prefix works like a mount point: every address that a
page builds keeps it, and no URL pattern knows of it.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation


class LanguageMiddleware:
    """Speaks the site's own language, or the one that the address begins with."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        first, slash, rest = request.path_info.removeprefix("/").partition("/")
        if first not in other_languages():
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        if not slash:
            return HttpResponsePermanentRedirect(f"{request.path}/")
        request.path_info = f"/{rest}"
        own_prefix = get_script_prefix()
        # A sign-in provider knows one address of ours to send people back to, and what the desk
        # writes down about addresses is meant for everybody: both link without a language.
        if not rest.startswith(("accounts/", "admin/")):
            set_script_prefix(f"{own_prefix}{first}/")
        try:
            with translation.override(first):
                return self.get_response(request)
        finally:
            set_script_prefix(own_prefix)


def other_languages() -> set[str]:
    return {code for code, _ in settings.LANGUAGES} - {settings.LANGUAGE_CODE}
