"""Pictures in an S3-compatible bucket: on a real socket, there, gone, and away."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from environs import Env

from polarisblog import stores
from polarisblog.background.working import Worker
from posts import cards
from posts.models import Image
from tests.factories import AdministratorFactory, PostFactory
from tests.fakes.buckets import Service, bucket
from tests.posts.test_pictures import LIBRARY, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with bucket() as running:
        yield running


@pytest.fixture(autouse=True)
def storage(service: Service, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_STORAGE_URL", service.url)
    settings.STORAGES = {**settings.STORAGES, "default": stores.media(Env())}


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(AdministratorFactory())
    return client


@pytest.fixture
def away(service: Service) -> Iterator[None]:
    service.stop()
    yield
    service.start()


def work() -> None:
    Worker(interval=0, batch=True).run()


def test_an_upload_and_its_sizes_go_to_the_bucket_and_are_read_through_us(
    desk: Client, service: Service
) -> None:
    before = set(service.stored())
    assert upload(desk).status_code == 302
    image = Image.objects.get()
    assert set(service.stored()) - before == {f"media/{image.file.name}"}
    assert image.url.startswith("/media/images/"), "no page names another host"
    small = image.renditions()["AVIF"][800]
    assert Client().get(small.url)["Content-Type"] == "image/jpeg", "the master until it is made"

    work()

    assert len(set(service.stored()) - before) > 10
    answer = Client().get(small.url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/avif")
    assert "immutable" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]
    again = Client().get(small.url, headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_a_deleted_picture_leaves_nothing_in_the_bucket(desk: Client, service: Service) -> None:
    before = service.stored()
    upload(desk)
    work()
    image = Image.objects.get()
    desk.post(f"{LIBRARY}{image.pk}/delete/", {"post": "yes"})
    assert service.stored() == before
    assert Client().get(image.url).status_code == 404


def test_a_bucket_that_is_away_costs_a_reader_only_the_picture(desk: Client, away: None) -> None:
    answer = desk.get("/media/images/0123456789abcdef01234567.jpg")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Cache-Control"] == "no-store"
    post = PostFactory()
    assert desk.get(post.get_absolute_url()).status_code == 200
    card = desk.get(f"{post.get_absolute_url()}card.png")
    assert (card.status_code, card["Content-Type"]) == (200, "image/png")


def test_an_upload_while_the_bucket_is_away_loses_no_word(desk: Client, away: None) -> None:
    page = upload(desk, alt="A lamp in the <dark>").content.decode()
    assert "cannot be stored just now" in page
    assert "A lamp in the &lt;dark&gt;" in page
    assert not Image.objects.exists()


def test_a_picture_deleted_while_the_bucket_is_away_goes_when_it_is_back(
    desk: Client, service: Service
) -> None:
    before = service.stored()
    upload(desk)
    image = Image.objects.get()
    service.stop()
    assert desk.post(f"{LIBRARY}{image.pk}/delete/", {"post": "yes"}).status_code == 302
    work()
    service.start()
    default_storage.breaker.rest(0)  # type: ignore[attr-defined] # the bucket's
    DBTaskResult.objects.update(run_after=timezone.now())
    work()
    assert service.stored() == before


def test_a_card_is_kept_in_the_bucket(service: Service) -> None:
    name = cards.ensure_card("A title", "A blog")
    assert f"media/{name}" in service.stored()
    assert default_storage.exists(name)


def test_nothing_outside_the_prefix_is_reached() -> None:
    with pytest.raises(SuspiciousOperation):
        default_storage.save("../outside.jpg", ContentFile(b""))
    with pytest.raises(SuspiciousOperation):
        default_storage.open("images/../../outside.jpg")
