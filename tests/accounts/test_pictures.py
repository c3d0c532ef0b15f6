"""Pictures: asked for, fetched once, checked, made small, and shown from our own host alone."""

import io
from collections.abc import Callable, Iterator

import pytest
from allauth.socialaccount.models import SocialAccount
from django.template import Context, Template
from django.test import Client
from django_tasks_db.models import DBTaskResult
from PIL import ExifTags, Image
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import picturing
from accounts.models import Picture, User
from polarisblog.background.working import Worker
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.fakes import origins
from tests.fakes.origins import Origin

pytestmark = pytest.mark.django_db(transaction=True)

ME = "/accounts/me/"


def bytes_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photo(width: int = 600, height: int = 400, colour: str = "teal") -> bytes:
    return bytes_of(Image.new("RGB", (width, height), colour), "JPEG")


@pytest.fixture
def elsewhere(settings: Settings) -> Iterator[Origin]:
    with Origin() as origin:
        settings.FETCH_ALLOW_PRIVATE = [origin.host_and_port]
        yield origin


@pytest.fixture
def ask(client: Client, elsewhere: Origin) -> Callable[[origins.Behaviour], User]:
    """A reader asks for the picture that stands elsewhere, and the worker goes for it."""

    def asking(behaviour: origins.Behaviour) -> User:
        reader: User = UserFactory(name="Ada")
        url = elsewhere.serve("/me.jpg", behaviour)
        account = SocialAccount.objects.create(
            user=reader, provider="google", uid="7", extra_data={"name": "Ada", "picture": url}
        )
        client.force_login(reader)
        assert client.post(f"{ME}picture/", {"account": account.pk}).status_code == 303
        Worker(interval=0, batch=True).run()
        reader.refresh_from_db()
        return reader

    return asking


def test_nothing_is_fetched_before_somebody_asks(client: Client, elsewhere: Origin) -> None:
    reader = UserFactory(name="Ada")
    url = elsewhere.serve("/me.jpg", origins.answer(photo()))
    SocialAccount.objects.create(
        user=reader, provider="google", uid="7", extra_data={"picture": url}
    )
    client.force_login(reader)
    page = client.get(ME).content.decode()

    assert "Show my picture from Google" in page
    assert url not in page
    assert elsewhere.visits == []


def test_it_is_fetched_once_and_shown_from_here(
    client: Client, elsewhere: Origin, ask: Callable[[origins.Behaviour], User]
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "A camera that tells"
    behaviour = origins.answer(bytes_of(Image.new("RGB", (600, 400), "teal"), "JPEG", exif=exif))
    reader = ask(behaviour)

    answer = Client().get(reader.picture_url)
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    assert not answer.cookies
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert shown.size == (160, 160)
        assert not shown.getexif()
    assert b"A camera" not in answer.content
    assert len(answer.content) < 10_000
    for _reading in range(3):
        client.get(ME)
    assert len(elsewhere.visits) == 1
    assert elsewhere.url not in client.get(ME).content.decode()


def test_the_letter_comes_back_and_the_picture_is_gone(
    client: Client, ask: Callable[[origins.Behaviour], User]
) -> None:
    reader = ask(origins.answer(photo()))
    address = reader.picture_url
    client.post(f"{ME}picture/")

    assert client.get(address).status_code == 404
    assert not Picture.objects.exists()
    reader.refresh_from_db()
    assert reader.picture_url == ""


def test_asking_again_gives_a_new_address(
    client: Client, elsewhere: Origin, ask: Callable[[origins.Behaviour], User]
) -> None:
    reader = ask(origins.answer(photo()))
    first = reader.picture_url
    client.post(f"{ME}picture/", {"account": SocialAccount.objects.get().pk})
    Worker(interval=0, batch=True).run()
    reader.refresh_from_db()

    assert reader.picture_url not in ("", first)
    assert client.get(first).status_code == 404


BOMB = bytes_of(Image.new("1", (20_000, 20_000)), "PNG")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><p>Log in to see this",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        photo()[:2000],
        BOMB,
        bytes_of(Image.new("RGB", (50, 50)), "BMP"),
        bytes_of(Image.new("RGB", (50, 50)), "TIFF"),
        b"GIF89a\xff\xff\xff\xff" + b"\0" * 20,
    ],
    ids=["nothing", "svg", "page", "broken", "half", "bomb", "bmp", "tiff", "huge gif"],
)
def test_what_is_no_picture_is_not_shown(
    client: Client, ask: Callable[[origins.Behaviour], User], body: bytes
) -> None:
    reader = ask(origins.answer(body, headers=[("Content-Type", "image/png")]))

    assert reader.picture_url == ""
    assert "no picture that can be used" in client.get(ME).content.decode()
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


@pytest.mark.parametrize(
    "behaviour",
    [
        origins.answer(b"no", status=404),
        origins.answer(b"x" * (picturing.MAX_BYTES + 1)),
        origins.redirect("http://169.254.169.254/latest/meta-data/"),
        origins.redirect("file:///etc/passwd"),
        origins.raw(b""),
    ],
    ids=["gone", "too large", "inside", "a file", "hung up"],
)
def test_what_cannot_be_fetched_is_said_in_words(
    client: Client, ask: Callable[[origins.Behaviour], User], behaviour: origins.Behaviour
) -> None:
    reader = ask(behaviour)

    assert reader.picture_url == ""
    page = client.get(ME).content.decode()
    assert "could not be fetched" in page or "no picture that can be used" in page


def test_a_picture_with_holes_stands_on_white(ask: Callable[[origins.Behaviour], User]) -> None:
    reader = ask(origins.answer(bytes_of(Image.new("RGBA", (90, 90), (0, 0, 0, 0)))))
    with Image.open(io.BytesIO(Client().get(reader.picture_url).content)) as shown:
        assert shown.getpixel((80, 80)) == (255, 255, 255)


def test_changing_ones_mind_while_it_is_fetched_wins(client: Client, elsewhere: Origin) -> None:
    reader = UserFactory()
    url = elsewhere.serve("/me.jpg", origins.answer(photo()))
    account = SocialAccount.objects.create(
        user=reader, provider="google", uid="7", extra_data={"picture": url}
    )
    client.force_login(reader)
    client.post(f"{ME}picture/", {"account": account.pk})
    client.post(f"{ME}picture/")
    Worker(interval=0, batch=True).run()

    assert not Picture.objects.exists()
    assert elsewhere.visits == []


@pytest.mark.parametrize("number", ["", "x", "9" * 40, "0"])
def test_nobody_shows_the_picture_of_another(client: Client, number: str) -> None:
    SocialAccount.objects.create(
        user=UserFactory(), provider="google", uid="7", extra_data={"picture": "https://x/y"}
    )
    client.force_login(UserFactory())
    number = number or str(SocialAccount.objects.get().pk)
    assert client.post(f"{ME}picture/", {"account": number}).status_code == 404


class TestDrawnPictures:
    def drawn(self, name: str) -> str:
        tag = Template("{% load people %}{% avatar reader name 32 %}")
        return tag.render(Context({"reader": None, "name": name}))

    @pytest.mark.parametrize(
        "name", ["Ada", "نور", "Дмитрий", "李", "ß", "🙂", "", "<b>", "a/b", "ﬁ"]
    )
    def test_every_name_has_one(self, client: Client, name: str) -> None:
        address = self.drawn(name).split('src="')[1].split('"')[0]
        answer = client.get(address)

        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("image/svg+xml")
        assert "immutable" in answer["Cache-Control"]
        assert "style" not in answer.content.decode()
        assert not answer.cookies

    def test_one_name_has_one(self) -> None:
        assert self.drawn("Ada Lovelace") == self.drawn("ada  lovelace").replace("ada", "Ada")

    @pytest.mark.parametrize("path", ["12-A", "0-AB", "0-%3C", "0-%20", "x-A", "0-"])
    def test_nothing_else_is_drawn(self, client: Client, path: str) -> None:
        assert client.get(f"/accounts/pictures/{path}.svg", follow=True).status_code == 404

    def test_a_page_of_comments_asks_no_more(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        post = PostFactory()
        for _number in range(10):
            CommentFactory(post=post, reader=UserFactory(picture_key="k"))
        rows = post.comments.select_related("reader")
        tag = Template(
            "{% load people %}{% for c in rows %}{% avatar c.reader c.name %}{% endfor %}"
        )
        with django_assert_num_queries(1):
            assert tag.render(Context({"rows": rows})).count("/accounts/pictures/k.webp") == 10
