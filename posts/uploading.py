"""An author uploads a picture: held against the limits, cleaned, then made in every size.

The file as it came is never stored: it may carry where and by whom it was taken. What is kept is
our own re-encoding of its pixels.
"""

from __future__ import annotations

import io
import struct
import threading
from pathlib import PurePosixPath
from typing import IO, Any, cast

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps

from posts.models import Image
from posts.renditions import on_paper

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF"]
MAX_BYTES = 10 * 1024 * 1024
# JPEG is unpacked at a fraction of its size (95 MB measured for 40 million pixels); the others are
# unpacked whole and several times over (390 MB and more).
MAX_PIXELS_OF_JPEG = 40_000_000
MAX_PIXELS = 16_000_000
LONGEST_SIDE_PX = 2560
BAD_PICTURE = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError),
    *(struct.error, OverflowError, MemoryError),
)
# One at a time in each process, or ten at once would take ten times the memory.
_one_at_a_time = threading.Lock()


def accept(upload: UploadedFile[Any]) -> ContentFile[bytes]:
    """`cleaned`, once: asked again about the same upload, it gives the same answer at once."""
    memory = vars(upload)
    if "answer" not in memory:
        try:
            memory["answer"] = cleaned(upload, upload.size or 0)
        except ValidationError as refusal:
            memory["answer"] = refusal
    if isinstance(memory["answer"], ValidationError):
        raise memory["answer"]
    return cast("ContentFile[bytes]", memory["answer"])


def cleaned(upload: IO[bytes], size_bytes: int) -> ContentFile[bytes]:
    """The pixels of `upload` and nothing else of it, as JPEG (WebP where it is transparent).

    Upright, in sRGB, at most LONGEST_SIDE_PX long. Raises ValidationError for what is no still
    picture of a known format, or is too large in bytes or pixels; pixels are counted by the header,
    before anything is unpacked.
    Source of the limits: a 20 KB PNG of 13 000 x 13 000 unpacks to 821 MB (measured).
    """
    if size_bytes > MAX_BYTES:
        raise ValidationError(
            _("The file has more than %(most)d MB.") % {"most": MAX_BYTES // 1024 // 1024}
        )
    try:
        with _one_at_a_time, Pillow.open(upload, formats=FORMATS) as picture:
            _refuse_bombs_and_films(picture)
            return _encoded(_upright(picture))
    except ValidationError:
        raise
    except Pillow.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except BAD_PICTURE as error:
        raise ValidationError(
            _("This is no picture that can be read. Known are JPEG, PNG, WebP, AVIF and GIF.")
        ) from error


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _(
            "The picture has too many pixels: at most %(jpeg)d million in a JPEG, %(other)d million"
            " in other formats."
        )
        % {"jpeg": MAX_PIXELS_OF_JPEG // 1_000_000, "other": MAX_PIXELS // 1_000_000}
    )


def _refuse_bombs_and_films(picture: Pillow.Image) -> None:
    # A phone's JPEG may carry a second picture (MPO); its first is the photograph.
    is_jpeg = picture.format in ("JPEG", "MPO")
    if picture.width * picture.height > (MAX_PIXELS_OF_JPEG if is_jpeg else MAX_PIXELS):
        raise _too_many_pixels()
    if not is_jpeg and getattr(picture, "is_animated", False):
        raise ValidationError(_("The picture moves. Please upload a still one."))


def _upright(picture: Pillow.Image) -> Pillow.Image:
    profile = picture.info.get("icc_profile")
    # JPEG is unpacked at a fraction of its size where that is enough, AVIF and the others fully.
    picture.draft(None, (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    orientation = picture.getexif().get(0x0112, 1)
    if picture.mode == "P" or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    if profile:
        picture = _in_srgb(picture, profile)
    picture = picture.convert("RGBA") if picture.has_transparency_data else on_paper(picture)
    if orientation != 1:
        exif = picture.getexif()
        exif[0x0112] = orientation
        picture = ImageOps.exif_transpose(picture)
    return picture


def _in_srgb(picture: Pillow.Image, profile: bytes) -> Pillow.Image:
    """Colours as meant; where the profile is broken, as they are."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode=mode) or picture
    except (ImageCms.PyCMSError, *BAD_PICTURE):
        return picture


def _encoded(picture: Pillow.Image) -> ContentFile[bytes]:
    """Made from a copy of the bare pixels, so that no chunk or segment comes along."""
    bare = Pillow.frombytes(picture.mode, picture.size, picture.tobytes())
    buffer = io.BytesIO()
    if bare.mode == "RGBA":
        bare.save(buffer, "WEBP", quality=90)
        return ContentFile(buffer.getvalue(), name="picture.webp")
    bare.save(buffer, "JPEG", quality=90, optimize=True, progressive=True)
    return ContentFile(buffer.getvalue(), name="picture.jpg")


def render(file_name: str) -> None:
    """Make every size of the picture that is not there yet; done when all are."""
    image = Image.objects.filter(file=file_name).first()
    if image is None:
        return
    missing = [
        rendition
        for ratio in image.file.aspect_ratios.values()
        for widths in ratio.values()
        for rendition in widths.values()
        if not default_storage.exists(rendition.name)
    ]
    if missing:
        with default_storage.open(file_name) as file, Pillow.open(file) as master:
            master.load()
            for rendition in missing:
                rendition.save(master)
    Image.objects.filter(pk=image.pk).update(rendered_at=timezone.now())


def remove(file_name: str) -> None:
    """Delete a picture that is gone, in every size; the crops of former focal points too."""
    default_storage.delete(file_name)
    folder = str(PurePosixPath(file_name).with_suffix(""))
    for crop in _listed(folder)[0]:
        _remove_folder(f"{folder}/{crop}")
    _remove_folder(folder)


def _remove_folder(path: str) -> None:
    for name in _listed(path)[1]:
        default_storage.delete(f"{path}/{name}")
    default_storage.delete(path)


def _listed(path: str) -> tuple[list[str], list[str]]:
    """The folders and files in `path`; a bucket knows no folders and cannot say if one exists."""
    try:
        return default_storage.listdir(path)
    except FileNotFoundError:
        return [], []
