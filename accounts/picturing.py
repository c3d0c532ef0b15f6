"""A reader shows the picture of a provider: asked for, fetched once, checked, made small, kept.

Nothing is fetched until the reader asks. A face beside a pseudonym tells who somebody is, so a
drawn letter stands there unless they want otherwise; and no visitor's browser ever asks the
provider, who would learn who reads what.
"""

import io
import logging
import secrets
import struct

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext_noop
from PIL import Image, ImageOps

from accounts.models import Picture, User
from polarisblog.network.fetching import FetchError, fetch

log = logging.getLogger(__name__)

MAX_BYTES = 4 * 1024 * 1024
MAX_PIXELS = 24_000_000
SIDE_PIXELS = 160
# Pixels only: an SVG may hold scripts, and Pillow reads dozens of formats that nobody has audited.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

# What Pillow's readers raise over bytes that are not what they claim to be.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error)

NO_ANSWER = gettext_noop("The picture could not be fetched.")
NO_PICTURE = gettext_noop("What was there is no picture that can be used.")


class Unusable(Exception):
    """These bytes are no picture we take."""


def offered_by(account: SocialAccount) -> str:
    """The address of the picture that came with this account; empty where none did."""
    return str(account.extra_data.get("picture") or "")


@transaction.atomic
def ask(account: SocialAccount) -> None:
    """Show this account's picture once `fetch_for` has it; asking again fetches it anew."""
    User.objects.filter(pk=account.user_id).update(picture_key="")
    Picture.objects.update_or_create(
        reader_id=account.user_id,
        defaults={"provider": account.provider, "key": "", "image": b"", "problem": ""},
    )


@transaction.atomic
def drop(reader_id: int, provider: str = "") -> None:
    """Show a drawn letter again and forget the picture; with `provider` only one from there."""
    pictures = Picture.objects.filter(reader_id=reader_id)
    if provider:
        pictures = pictures.filter(provider=provider)
    if pictures.delete()[0]:
        User.objects.filter(pk=reader_id).update(picture_key="")


def fetch_for(reader_id: int, account_id: int) -> None:
    """Fetch what was asked for, unless the reader changed their mind; safe to repeat.

    Raises FetchError where asking again later may help.
    """
    account = SocialAccount.objects.filter(pk=account_id, user_id=reader_id).first()
    wanted = Picture.objects.filter(reader_id=reader_id, image=b"")
    if account is None or not wanted.filter(provider=account.provider).exists():
        return
    try:
        answer = fetch(
            offered_by(account),
            accept="image/webp,image/png,image/jpeg",
            max_bytes=MAX_BYTES,
            deadline_seconds=15,
        )
        if answer.status != 200:  # noqa: PLR2004 # OK
            raise Unusable(f"the answer was {answer.status}")
        image = small(answer.body)
    except Unusable as problem:
        log.warning("picture of reader %s: %s", reader_id, problem)
        wanted.update(problem=NO_PICTURE)
        return
    except FetchError as problem:
        log.warning("picture of reader %s: %s", reader_id, problem)
        wanted.update(problem=NO_ANSWER)
        if problem.is_temporary:
            raise
        return
    _keep(reader_id, account.provider, image)


@transaction.atomic
def _keep(reader_id: int, provider: str, image: bytes) -> None:
    key = secrets.token_urlsafe(16)
    kept = Picture.objects.filter(reader_id=reader_id, provider=provider, image=b"").update(
        image=image, key=key, problem=""
    )
    if kept:
        User.objects.filter(pk=reader_id).update(picture_key=key)


def small(body: bytes) -> bytes:
    """A square WebP of SIDE_PIXELS, without metadata: places and devices are written in there.

    Size and type are read from the head before a pixel is unpacked. Raises Unusable.
    """
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unusable(f"{image.width} by {image.height} pixels")
            # A JPEG can be unpacked at a fraction of its size.
            image.draft("RGB", (SIDE_PIXELS * 2, SIDE_PIXELS * 2))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (*BROKEN, Image.DecompressionBombError) as problem:
        raise Unusable(type(problem).__name__) from None
    fitted = ImageOps.fit(upright, (SIDE_PIXELS, SIDE_PIXELS), Image.Resampling.LANCZOS)
    paper = Image.new("RGBA", fitted.size, "white")
    paper.alpha_composite(fitted)
    out = io.BytesIO()
    paper.convert("RGB").save(out, "WEBP", quality=80, method=4)
    return out.getvalue()
