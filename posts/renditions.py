"""The sizes and formats of a picture: what exists, what it is called, how it is made."""

from __future__ import annotations

import dataclasses
import io
import os
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from pictures.models import PictureFieldFile, PillowPicture
from PIL import Image, ImageOps

# The smallest format first: a browser takes the first that it knows.
FILE_TYPES = ["AVIF", "WEBP", "JPEG"]
LEAD = "16/9"
RATIOS = [None, LEAD]
WIDEST_PX = 1600
OPTIONS: dict[str, dict[str, Any]] = {
    "AVIF": {"quality": 60, "speed": 7},
    "WEBP": {"quality": 78, "method": 4},
    "JPEG": {"quality": 80, "progressive": True, "optimize": True},
}
PAPER = (255, 255, 255)
# For a reverse proxy that serves the files itself.
READABLE = 0o644


@dataclasses.dataclass(eq=False)
class Rendition(PillowPicture):
    """One file of a picture. A crop's name holds its focal point, so that a moved one is new."""

    focal_point: tuple[int, int] = (50, 50)

    @property
    def name(self) -> str:
        folder = PurePosixPath(self.parent_name).with_suffix("")
        if self.aspect_ratio:
            x, y = self.focal_point
            folder /= f"{self.aspect_ratio.numerator}x{self.aspect_ratio.denominator}-{x}-{y}"
        return str(folder / f"{self.width}w.{self.file_type.lower()}")

    def resize(self, image: Image.Image) -> Image.Image:
        """The picture in this size, cropped around the focal point where the shape differs."""
        size = (self.width, self.height or max(1, round(self.width * image.height / image.width)))
        x, y = self.focal_point
        fitted = ImageOps.fit(image, size, centering=(x / 100, y / 100))
        return on_paper(fitted) if self.file_type == "JPEG" else fitted

    def save(self, image: Image.Image) -> None:
        """Make the file; making it again replaces it, and readers never meet half of one."""
        buffer = io.BytesIO()
        self.resize(image).save(buffer, format=self.file_type, **OPTIONS[self.file_type])
        try:
            path = self.path
        except NotImplementedError:  # storage that is not on a disk shows whole objects only
            self.storage.delete(self.name)
            self.storage.save(self.name, ContentFile(buffer.getvalue()))
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.write_bytes(buffer.getvalue())
        unfinished.chmod(READABLE)
        unfinished.replace(path)


def on_paper(image: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not know."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, PAPER)
    paper.paste(image, mask=image.getchannel("A"))
    return paper


class FocalPictureFile(PictureFieldFile):
    """The file of an `Image` row, and all its renditions."""

    @property
    def aspect_ratios(self) -> dict[str | None, dict[str, dict[int, Rendition]]]:
        focal_point = (self.instance.focal_x, self.instance.focal_y)
        plain = super().aspect_ratios
        return {
            ratio: {
                file_type: {
                    width: Rendition(self.name, file_type, ratio, self.storage, width, focal_point)
                    for width in (widths or self._own_width(ratio))
                }
                for file_type, widths in sources.items()
            }
            for ratio, sources in plain.items()
        }

    def _own_width(self, ratio: str | None) -> list[int]:
        """A picture narrower than the narrowest size keeps its own."""
        if ratio is None:
            return [self.width]
        return [max(1, min(self.width, int(self.height * Fraction(ratio))))]
