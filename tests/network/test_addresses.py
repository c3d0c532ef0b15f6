import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from polarisblog.network.addresses import NO_ADDRESS, address_hash, address_key, client_address

PROXY = "10.0.0.1"


def asked(peer: str = PROXY, forwarded: str | None = None, **headers: str) -> HttpRequest:
    if forwarded is not None:
        headers["x-forwarded-for"] = forwarded
    return RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)


@pytest.mark.parametrize(
    "header",
    ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip", "via"],
)
def test_without_proxies_no_header_changes_who_asks(header: str) -> None:
    request = asked("203.0.113.9", **{header: "198.51.100.1"})
    assert client_address(request) == "203.0.113.9"


@pytest.mark.parametrize(
    ("count", "forwarded", "expected"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1,2.2.2.2,3.3.3.3,203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (3, "203.0.113.9, 10.0.0.3, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", PROXY),
        (1, "", PROXY),
        (1, None, PROXY),
        (1, "203.0.113.9, unknown", PROXY),
        (1, "203.0.113.9,", PROXY),
        (1, "_hidden", PROXY),
        (1, "203.0.113.999", PROXY),
        (1, "<script>", PROXY),
        (1, "203.0.113.9:51234", "203.0.113.9"),
        (1, "[2001:db8::9]:443", "2001:db8::9"),
        (1, "[2001:db8::9]", "2001:db8::9"),
        (1, '"[2001:DB8::9]:443"', "2001:db8::9"),
        (1, "2001:db8:0:0::9", "2001:db8::9"),
        (1, "fe80::9%eth0", "fe80::9"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (-1, "203.0.113.9", PROXY),
    ],
)
def test_the_entry_our_outermost_proxy_wrote_counts(
    settings: Settings, count: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    assert client_address(asked(forwarded=forwarded)) == expected


@pytest.mark.parametrize("peer", ["", "unix:", "/run/blog.sock", "garbage"])
def test_behind_a_local_socket_everybody_has_one_stable_address(peer: str) -> None:
    assert client_address(asked(peer)) == NO_ADDRESS


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("nonsense", NO_ADDRESS),
    ],
)
def test_a_household_is_one_asker(address: str, key: str) -> None:
    assert address_key(address) == key


def test_a_hash_is_the_same_for_one_asker_purpose_and_secret_only(settings: Settings) -> None:
    settings.SECRET_KEY = "one"
    first = address_hash("2001:db8:1:2::1", purpose="comments")
    assert first == address_hash("2001:db8:1:2::2", purpose="comments")
    assert len(first) == 64
    others = {address_hash("2001:db8:1:3::1", purpose="comments")}
    others.add(address_hash("2001:db8:1:2::1", purpose="bans"))
    settings.SECRET_KEY = "two"
    others.add(address_hash("2001:db8:1:2::1", purpose="comments"))
    assert len(others | {first}) == 4
