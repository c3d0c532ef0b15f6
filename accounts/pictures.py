"""Serving pictures: the small copies and the drawn ones. Their addresses change with them."""

import unicodedata

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import get_totp_secret
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts import drawing
from accounts.models import Picture

FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Picture, key=key)
    return _image(bytes(found.image), "image/webp", FOR_GOOD)


@require_safe
def drawn(request: HttpRequest, colour: int, letter: str) -> HttpResponse:
    """One of the few: a letter on a colour. Anything else is no picture of ours."""
    is_letter = len(letter) == 1 and (letter == "-" or unicodedata.category(letter)[0] in "LN")
    if not is_letter or colour >= len(drawing.COLOURS):
        raise Http404
    return _image(drawing.svg(colour, letter).encode(), "image/svg+xml; charset=utf-8", FOR_GOOD)


@login_required(login_url="sign_in_choices")
@require_safe
def authenticator_code(request: HttpRequest) -> HttpResponse:
    """The QR code for an authenticator app, as a file: our pages allow no `data:` addresses."""
    adapter = get_adapter()
    address = adapter.build_totp_url(request.user, get_totp_secret())
    return _image(adapter.build_totp_svg(address).encode(), "image/svg+xml", "no-store")


def _image(body: bytes, kind: str, keeping: str) -> HttpResponse:
    return HttpResponse(body, content_type=kind, headers={"Cache-Control": keeping})
