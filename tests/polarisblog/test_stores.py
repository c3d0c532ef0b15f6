"""What addresses in the environment come to mean."""

from pathlib import Path

import pytest
from environs import Env

from polarisblog import stores

PRIMARY = "postgres://blog:secret@db.example:5433/blog?sslmode=verify-full"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_REPLICA_URLS", "DATABASE_POOL_SIZE", "CACHE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_word_it_is_sqlite_a_table_and_a_folder(tmp_path: Path) -> None:
    found = stores.databases(Env(), tmp_path)
    assert list(found) == ["default"]
    assert found["default"]["NAME"] == str(tmp_path / "blog.sqlite3")
    assert found["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert stores.caches(Env())["default"]["LOCATION"] == "polaris_cache"
    assert "Folder" in stores.media(Env())["BACKEND"]


def test_a_pool_has_the_wanted_size_and_the_address_keeps_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", PRIMARY)
    monkeypatch.setenv("DATABASE_POOL_SIZE", "3")
    options = stores.databases(Env(), tmp_path)["default"]["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["pool"]["max_size"] == 3


def test_behind_a_pooler_nothing_lives_longer_than_a_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", PRIMARY)
    monkeypatch.setenv("DATABASE_POOL_SIZE", "0")
    database = stores.databases(Env(), tmp_path)["default"]
    assert "pool" not in database["OPTIONS"]
    assert database["DISABLE_SERVER_SIDE_CURSORS"]
    assert database["CONN_MAX_AGE"] == 0


def test_replicas_are_named_in_order_and_nobody_waits_long_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", PRIMARY)
    monkeypatch.setenv(
        "DATABASE_REPLICA_URLS", "postgres://a.example/blog,postgres://b.example/blog"
    )
    found = stores.databases(Env(), tmp_path)
    assert list(found) == ["default", "replica1", "replica2"]
    assert found["replica2"]["HOST"] == "b.example"
    assert found["replica1"]["OPTIONS"]["pool"]["timeout"] < 1
    assert found["replica1"]["OPTIONS"]["connect_timeout"] == 2


def test_sqlite_has_no_replicas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_REPLICA_URLS", "postgres://a.example/blog")
    with pytest.raises(stores.BadAddress, match="needs PostgreSQL"):
        stores.databases(Env(), tmp_path)


def test_a_bucket_is_read_out_of_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "MEDIA_STORAGE_URL",
        "s3://KEY:a%2Fb@pictures/blog/?endpoint=https://s3.example:9000&region=eu-central-1",
    )
    assert stores.media(Env())["OPTIONS"] == {
        "bucket_name": "pictures",
        "location": "blog",
        "endpoint_url": "https://s3.example:9000",
        "region_name": "eu-central-1",
        "access_key": "KEY",
        "secret_key": "a/b",
    }


@pytest.mark.parametrize(
    "address", ["pictures", "https://pictures", "s3://", "s3:///prefix", "s3://bucket?acl=public"]
)
def test_an_address_that_is_no_bucket_is_refused_in_words(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_STORAGE_URL", address)
    with pytest.raises(stores.BadAddress, match="should read s3://"):
        stores.media(Env())


@pytest.mark.parametrize("secret", ["a/b", "/", "a/b/c", "a//"])
def test_a_slash_in_a_buckets_secret_is_pointed_out(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken literally, the key would be the bucket's name."""
    monkeypatch.setenv("MEDIA_STORAGE_URL", f"s3://KEY:{secret}@pictures/blog")
    with pytest.raises(stores.BadAddress, match="%2F"):
        stores.media(Env())
