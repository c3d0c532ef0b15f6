"""Pictures: what is refused, what is removed, what is made, and how readers get it."""

import io
import re
import struct
import zlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from polarisblog.background.working import Worker
from posts import publishing, uploading
from posts.models import Image, Post
from posts.pictures import with_pictures
from tests.factories import AdministratorFactory, PostFactory

GPS = 0x8825
LIBRARY = "/admin/posts/image/"


def photograph(size: tuple[int, int] = (900, 600), form: str = "JPEG", **extra: Any) -> bytes:
    buffer = io.BytesIO()
    Pillow.radial_gradient("L").resize(size).convert("RGB").save(buffer, form, **extra)
    return buffer.getvalue()


def with_gps() -> bytes:
    exif = Pillow.Exif()
    exif[0x010E] = "Behind the shelter"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    return photograph(exif=exif)


def png_header(width: int, height: int) -> bytes:
    """A picture that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 5000))
        + chunk(b"IEND", b"")
    )


def film(form: str) -> bytes:
    buffer = io.BytesIO()
    frames = [Pillow.new("RGB", (40, 40), (n * 60, 0, 0)) for n in range(3)]
    frames[0].save(buffer, form, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def clean(data: bytes) -> Pillow.Image:
    return Pillow.open(uploading.cleaned(io.BytesIO(data), len(data)))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (png_header(13_000, 13_000), "too many pixels"),
        (png_header(65_000, 20_000), "too many pixels"),
        (png_header(5_000, 4_000), "too many pixels"),
        (png_header(300, 300)[:60], "no picture that can be read"),
        (photograph()[:4000], "no picture that can be read"),
        (film("GIF"), "moves"),
        (film("WEBP"), "moves"),
        (b"", "no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
        (b"8BPS\0\1" + b"\0" * 60, "no picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no picture"),
        (b"<html><script>alert(1)</script>", "no picture"),
        (photograph(form="TIFF"), "no picture"),
    ],
)
def test_what_is_no_decent_picture_is_refused_in_words(data: bytes, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        clean(data)


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(ValidationError, match="more than 10 MB"):
        uploading.cleaned(io.BytesIO(b""), uploading.MAX_BYTES + 1)


@given(st.binary(max_size=400), st.integers(0, 600))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
def test_any_bytes_are_a_picture_or_a_sentence(noise: bytes, place: int) -> None:
    good = photograph((60, 40), "PNG")
    damaged = good[:place] + noise + good[place + len(noise) :]
    for data in (noise, damaged):
        try:
            assert clean(data).size
        except ValidationError as refusal:
            assert refusal.messages  # noqa: PT017 # either way is right, and nothing else is


def test_nothing_of_where_it_was_taken_is_kept() -> None:
    picture = clean(with_gps())

    assert not picture.getexif()
    assert b"shelter" not in uploading.cleaned(io.BytesIO(with_gps()), 1).read()
    assert "icc_profile" not in picture.info


def test_a_polyglot_loses_what_is_not_picture() -> None:
    evil = photograph((60, 40)) + b"<script>alert(1)</script>"
    assert b"script" not in uploading.cleaned(io.BytesIO(evil), 1).read()


def test_a_picture_lying_on_its_side_is_stood_up() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    assert clean(photograph((300, 200), exif=exif)).size == (200, 300)


def test_large_pictures_are_made_handy_and_transparent_ones_stay_so() -> None:
    assert max(clean(photograph((4000, 3000))).size) == uploading.LONGEST_SIDE_PX
    buffer = io.BytesIO()
    Pillow.new("RGBA", (50, 50), (9, 9, 9, 0)).save(buffer, "PNG")
    assert clean(buffer.getvalue()).mode == "RGBA"


# --- In the library ------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, db: None) -> Client:
    client.force_login(AdministratorFactory())
    return client


def upload(desk: Client, data: bytes | None = None, name: str = "../../x.php", **facts: Any) -> Any:
    file = SimpleUploadedFile(name, with_gps() if data is None else data)
    given = {"alt": "A lamp in a window", "focal_x": 50, "focal_y": 50, **facts}
    return desk.post(f"{LIBRARY}add/", {"upload": file, **given})


def work() -> None:
    Worker(interval=0, batch=True).run()


@pytest.mark.django_db(transaction=True)
def test_an_upload_becomes_every_size_in_the_background(desk: Client) -> None:
    assert upload(desk).status_code == 302
    image = Image.objects.get()
    master = desk.get(image.url)
    assert (master["Content-Type"], image.width, image.height) == ("image/jpeg", 900, 600)
    wide = image.renditions()["AVIF"][800]
    pending = desk.get(wide.url)
    assert (pending.status_code, pending["Content-Type"]) == (200, "image/jpeg")
    assert "max-age=10" in pending["Cache-Control"]

    work()

    image.refresh_from_db()
    assert image.rendered_at
    made = desk.get(wide.url)
    assert made["Content-Type"] == "image/avif"
    assert "immutable" in made["Cache-Control"]
    for sources in image.file.aspect_ratios.values():
        for widths in sources.values():
            for width, rendition in widths.items():
                with default_storage.open(rendition.name) as file, Pillow.open(file) as picture:
                    assert picture.width == width
                    assert not picture.getexif()
    for name in ("x", "php", ".."):
        assert name not in image.file.name.removeprefix("images/").partition(".")[0]


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_the_file_dialog_shows_every_kind_that_is_taken(desk: Client, form: str) -> None:
    page = desk.get(f"{LIBRARY}add/").content.decode()
    offered = re.search(r'accept="([^"]+)"', page)

    assert offered
    assert f"image/{form.lower()}" in offered[1].split(",")
    assert upload(desk, photograph((60, 40), form)).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_moved_focal_point_crops_anew_at_another_address(desk: Client) -> None:
    upload(desk)
    work()
    image = Image.objects.get()
    before = image.lead_url
    desk.post(
        f"{LIBRARY}{image.pk}/change/",
        {"alt": "A lamp", "name": "x", "focal_x": 10, "focal_y": 90},
    )
    work()

    image = Image.objects.get()
    assert image.lead_url != before
    assert desk.get(image.lead_url).content != desk.get(before).content
    assert image.rendered_at


@pytest.mark.django_db(transaction=True)
def test_a_deleted_picture_leaves_no_file_and_one_in_use_is_not_deleted(desk: Client) -> None:
    upload(desk)
    work()
    image = Image.objects.get()
    url, size = image.url, image.lead_url
    post = publishing.store(PostFactory.build(body=f'<p><img src="{url}" alt=""></p>'))
    answer = desk.get(f"{LIBRARY}{image.pk}/delete/")
    assert post.title in answer.content.decode()
    desk.post(f"{LIBRARY}{image.pk}/delete/", {"post": "yes"})
    assert Image.objects.exists()

    publishing.delete(post)
    desk.post(f"{LIBRARY}{image.pk}/delete/", {"post": "yes"})

    assert not Image.objects.exists()
    assert {desk.get(url).status_code, desk.get(size).status_code} == {404}


def test_a_description_is_asked_for(desk: Client) -> None:
    asked = upload(desk, alt="")
    assert asked.status_code == 200
    assert "Describe the picture" in asked.content.decode()
    assert upload(desk, alt="", is_decorative="on").status_code == 302


def test_a_refused_upload_is_a_sentence_beside_its_field(desk: Client) -> None:
    page = upload(desk, png_header(13_000, 13_000)).content.decode()
    assert "too many pixels" in page
    assert not Image.objects.exists()


# --- On the wire -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_pictures_are_served_as_pictures_and_nothing_else(desk: Client) -> None:
    upload(desk)
    url = Image.objects.get().url
    answer = Client().get(url)

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    assert not answer.cookies
    assert "Vary" not in answer
    again = Client().get(url, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "../secret-key.txt",
        "..%2fsecret-key.txt",
        "images/../../secret-key.txt",
        "images/0123456789abcdef01234567.svg",
        "images/0123456789abcdef01234567.jpg",
        "images/0123456789abcdef01234567/400w.html",
        "images/",
        "",
        "/etc/passwd",
    ],
)
def test_nothing_else_is_served(client: Client, name: str, db: None) -> None:
    assert client.get(f"/media/{name}").status_code == 404


# --- In a text ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_own_pictures_in_a_text_get_their_sizes_and_shape(desk: Client) -> None:
    upload(desk)
    image = Image.objects.get()
    tag = f'<figure><img src="{image.url}" alt=""><figcaption>Ours</figcaption></figure>'
    post: Post = publishing.store(PostFactory.build(body=tag + tag))

    assert post.html.count('<source type="image/avif" srcset="/media/images/') == 2
    assert post.html.count('width="900" height="600"') == 2
    assert post.html.count('loading="lazy"') == 1
    assert 'alt="A lamp in a window"' in post.html
    post.featured_image = image
    publishing.store(post)
    assert post.html.count('loading="lazy"') == 2
    page = desk.get(post.get_absolute_url()).content.decode()
    assert 'width="800" height="450" fetchpriority="high"' in page


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            '<p><img src="https://spy.example/x.gif" alt="A map"></p>',
            '<p><a href="https://spy.example/x.gif">A map</a></p>',
        ),
        (
            '<a href="/x"><img src="//spy.example/x.gif" alt="A <map>"></a>',
            '<a href="/x">A &lt;map&gt;</a>',
        ),
        (
            '<img src="https://spy.example/x?a=1&amp;b=2">',
            '<a href="https://spy.example/x?a=1&amp;b=2">https://spy.example/x?a=1&amp;b=2</a>',
        ),
        (
            '<img src="http://testserver/static/x.png" alt="" width="9" height="8">',
            '<img src="/static/x.png" alt="" width="9" height="8" decoding="async">',
        ),
    ],
)
def test_pictures_elsewhere_become_links(given: str, shown: str) -> None:
    assert with_pictures(given, {}) == shown


@given(st.text(alphabet='<>"=/ aimgsrc&;x', max_size=80))
def test_any_text_keeps_its_words(text: str) -> None:
    assert "<script" not in with_pictures(text, {})
