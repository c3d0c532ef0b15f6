"""The picture that other sites show beside a link to a post: drawn from its title and our look."""

import hashlib
import io
import math
import unicodedata
from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont

WIDTH_PX, HEIGHT_PX = 1200, 630  # 1.91 to 1, as Open Graph readers crop
MARGIN_PX = 90
TITLE_SIZES_PX = (84, 72, 62, 54, 46)
MAX_LINES = 4
LOOK = 1  # count up when the drawing changes, so that cards are drawn anew

# The sky, the moon and the star of static/css/tokens.css, in sRGB.
SKY_TOP, SKY_BOTTOM = (10, 16, 36), (20, 31, 61)
MOON, QUIET, GOLD = (228, 227, 220), (168, 178, 199), (247, 207, 120)

# Looked for by name wherever the system keeps fonts; the last resort is Pillow's own, Latin only.
FONTS = (
    "NotoSerif-Bold.ttf",
    "DejaVuSerif-Bold.ttf",
    "Georgia Bold.ttf",
    "DejaVuSans-Bold.ttf",
    "NotoNaskhArabic-Bold.ttf",
    "NotoSerifHebrew-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
)
Font = ImageFont.FreeTypeFont


def card_name(title: str, site_name: str) -> str:
    """Where the card of this title is kept: the same words give the same file."""
    digest = hashlib.sha256(f"{LOOK}\0{title}\0{site_name}".encode()).hexdigest()
    return f"cards/{digest[:20]}.png"


def ensure_card(title: str, site_name: str) -> str:
    """Draw the card unless it is there; gives its name in the default storage."""
    name = card_name(title, site_name)
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(draw(title, site_name)))
    return name


def card(title: str, site_name: str) -> bytes:
    """The card as PNG; drawn for this once where it is kept does not answer."""
    try:
        with default_storage.open(ensure_card(title, site_name)) as file:
            return bytes(file.read())
    except OSError:
        return draw(title, site_name)


def draw(title: str, site_name: str) -> bytes:
    """The card as PNG. Words that no font here can write are left out, never shown as boxes."""
    card = Image.new("RGB", (WIDTH_PX, HEIGHT_PX))
    pen = ImageDraw.Draw(card)
    for y in range(HEIGHT_PX):
        share = y / HEIGHT_PX
        colour = tuple(
            round(top + (bottom - top) * share)
            for top, bottom in zip(SKY_TOP, SKY_BOTTOM, strict=True)
        )
        pen.line([(0, y), (WIDTH_PX, y)], fill=colour)
    _star(card, centre=(WIDTH_PX - MARGIN_PX - 54, 126), radius_px=72)
    _write_title(pen, _writable(title))
    name = _writable(site_name)
    pen.text((MARGIN_PX, HEIGHT_PX - MARGIN_PX), name, QUIET, _font(name, 34), anchor="ls")
    file = io.BytesIO()
    card.save(file, "PNG", optimize=True)
    return file.getvalue()


def _star(card: Image.Image, centre: tuple[int, int], radius_px: int) -> None:
    """The mark: four points, drawn large and brought down so that its edges are smooth."""
    scale = 4
    side = radius_px * 2 * scale
    mask = Image.new("L", (side, side))
    middle = side / 2
    outline = []
    for step in range(360):
        angle = math.radians(step)
        # |cos|^(2/p) + |sin|^(2/p) with p below 1 pulls the sides in, as the SVG's curves do.
        x = math.copysign(abs(math.cos(angle)) ** 3.4, math.cos(angle))
        y = math.copysign(abs(math.sin(angle)) ** 3.4, math.sin(angle))
        outline.append((middle + x * middle * 0.75, middle + y * middle))
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    mask = mask.resize((radius_px * 2, radius_px * 2), Image.Resampling.LANCZOS)
    card.paste(GOLD, (centre[0] - radius_px, centre[1] - radius_px), mask)


def _write_title(pen: ImageDraw.ImageDraw, title: str) -> None:
    """As large as it fits, from the bottom up; cut with an ellipsis where it fits nowhere."""
    room_px = WIDTH_PX - 2 * MARGIN_PX
    for size_px in TITLE_SIZES_PX:
        font = _font(title, size_px)
        lines = list(_lines(title, font, room_px))
        if len(lines) * size_px * 1.22 <= HEIGHT_PX * 0.42:
            break
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], f"{lines[MAX_LINES - 1]}…"]
    y = HEIGHT_PX - MARGIN_PX * 2 - size_px * 1.22 * (len(lines) - 1)
    is_rightward = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in title)
    for line in lines:
        place, anchor = (WIDTH_PX - MARGIN_PX, "rs") if is_rightward else (MARGIN_PX, "ls")
        pen.text((place, y), line, MOON, font, anchor=anchor)
        y += size_px * 1.22


def _lines(text: str, font: Font, room_px: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if font.getlength(longer) <= room_px:
            line = longer
            continue
        if line:
            yield line
        while len(word) > 1 and font.getlength(word) > room_px:  # a word wider than the card
            cut = next(n for n in range(len(word), 0, -1) if font.getlength(word[:n]) <= room_px)
            yield word[:cut]
            word = word[cut:]  # noqa: PLW2901 # what is left of it
        line = word
    yield line


def _writable(text: str) -> str:
    """`text` on one line, without what the best font for it has no picture of."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:250]
    font = _font(text, 40)
    missing = _missing(font)
    return "".join(c for c in text if c == " " or _picture(font, c) != missing)


def _font(text: str, size_px: int) -> Font:
    """The font that knows most of `text`; of equals the first of FONTS."""
    return max(_fonts(size_px), key=lambda font: _known(font, text))


def _fonts(size_px: int) -> Iterator[Font]:
    for name in FONTS:
        try:
            yield ImageFont.truetype(name, size_px)
        except OSError:
            continue
    fallback = ImageFont.load_default(size_px)
    if isinstance(fallback, Font):
        yield fallback


def _known(font: Font, text: str) -> int:
    missing = _missing(font)
    return sum(_picture(font, letter) != missing for letter in set(text) - {" "})


def _missing(font: Font) -> bytes:
    return _picture(font, "\uffff")


def _picture(font: Font, letter: str) -> bytes:
    mask = font.getmask(letter)
    return bytes(mask) + repr(mask.size).encode()
