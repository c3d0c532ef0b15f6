import ipaddress
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from polarisblog.network import destinations
from polarisblog.network.destinations import GLOBAL_IPV6, is_public, parse
from polarisblog.network.fetching import FetchError, Refused, Unreachable, fetch
from tests.fakes.origins import Origin

HERE = Path(__file__).parent
# Hosts as they stand in a URL. Every one means, or might be read to mean, a place that is nobody's
# business. Gathered from the IANA registries, the WHATWG URL tests, the clouds' documentation and
# published write-ups.
INSIDE = [
    *(HERE / "inside_hosts.txt").read_text().split(),
    "loc\N{SOFT HYPHEN}alhost",
    "local\N{ZERO WIDTH SPACE}host",
]

# Whole URLs, `{port}` being a port where somebody listens on loopback.
CROOKED = [
    "http://user@127.0.0.1:{port}/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://:@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.com/",
    "http://example.com#@127.0.0.1:{port}/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/",
    "http://example.com%40127.0.0.1:{port}/",
    "http://example.com%00.127.0.0.1:{port}/",
    "http://127.0.0.1:{port}%23.example.com/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:80:{port}/",
    "http://example.com:80:127.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    "http:// 127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\n:{port}/",
    "http://127.0.0.1\r\nHost: x:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    "\x00http://127.0.0.1:{port}/",
    "http://127.0.0.1\x00.example.com:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:////127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
    "://127.0.0.1:{port}/",
    "file://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/",
    "ldap://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "unix:/var/run/x.sock",
    "http+unix://%2Fvar%2Frun%2Fx.sock/",
    "jar:http://127.0.0.1:{port}/!/",
    "url:http://127.0.0.1:{port}/",
    "view-source:http://127.0.0.1:{port}/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1:-{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:{port}.0/",
    "http://127.0.0.1:{port}０/",
    "http://127.0.0.1：{port}/",
    "http://127.0.0.1／:{port}/",
    "http://example.com＠127.0.0.1:{port}/",
    "http://.127.0.0.1:{port}/",
    "http://127..0.0.1:{port}/",
    "http://127.0.0.1..:{port}/",
    "http://:{port}/",
    "http://",
    "http://?",
    "http://[",
    "http://]",
    "http://[]:{port}/",
    "http://[::1:{port}/",
    "http://[::1]x:{port}/",
    "http://x[::1]:{port}/",
    "http://[::1]@127.0.0.1:{port}/",
    "http://[[::1]]:{port}/",
    "http://" + "a" * 5000 + ":{port}/",
    "http://" + "a" * 64 + ".test:{port}/",
    "http://" + "a." * 200 + "test:{port}/",
    "http://" + "ü" * 3000 + ":{port}/",
    "http://xn--\N{SNOWMAN}:{port}/",
    "http://a\ud800b:{port}/",
    "http://a b:{port}/",
    "http://a,b:{port}/",
    "http://a!b:{port}/",
    "http://*:{port}/",
    "",
    "http",
]


@pytest.fixture
def inner(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sequence[Origin]]:
    """What must never be met: listeners on loopback, on an allowed port, behind every name."""
    with Origin() as first, Origin(host="::1", port=first.port) as second:
        settings.FETCH_ALLOWED_PORTS = (80, 443, 8080, first.port)
        monkeypatch.setattr(destinations, "resolver", lambda host, /: ["127.0.0.1", "::1"])
        yield first, second


def test_the_lists_are_long() -> None:
    assert len(set(INSIDE)) + len(set(CROOKED)) > 250


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_an_inside_address_is_asked(inner: Sequence[Origin], host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(Refused):
            fetch(f"{scheme}://{host}:{inner[0].port}/")
    assert [listener.connection_count for listener in inner] == [0, 0]


@pytest.mark.parametrize("url", CROOKED)
def test_no_crooked_url_is_asked(inner: Sequence[Origin], url: str) -> None:
    with pytest.raises(Refused):
        fetch(url.replace("{port}", str(inner[0].port)))
    assert [listener.connection_count for listener in inner] == [0, 0]


def test_the_real_resolver_does_not_lead_inside_either(
    settings: Settings, inner: Sequence[Origin], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destinations, "resolver", destinations.ask_system)
    for host in ("localhost", "localhost.", "ip6-localhost"):
        with pytest.raises((Refused, Unreachable)):
            fetch(f"http://{host}:{inner[0].port}/")
    assert [listener.connection_count for listener in inner] == [0, 0]


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["2606:4700::1111", "::1"],
        ["8.8.8.8", "::ffff:127.0.0.1"],
        ["fe80::1%lo"],
        ["8.8.8.8"] * 20 + ["10.0.0.1"],
        ["not an address"],
    ],
)
def test_one_inside_answer_refuses_the_whole_name(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    monkeypatch.setattr(destinations, "resolver", lambda host, /: answers)
    with pytest.raises(Refused) as caught:
        fetch("http://mixed.test/")
    assert "127" not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f.1", "0177.0.0.1", "2130706433", "8.8.8.010", "8.8", "0x", "1.2.3.4.5"]
)
def test_an_odd_number_is_no_name_to_look_up(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Even where the resolver would call it public: the next library may read it differently."""
    monkeypatch.setattr(destinations, "resolver", lambda host, /: ["8.8.8.8"])
    with pytest.raises(Refused):
        parse(f"http://{host}/")


@pytest.mark.parametrize("address", ["2606:4700::1111%eth0", "", "8.8.8", "8.8.8.8/32", "::1"])
def test_what_is_no_plain_public_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 81, 6379, 8000, 8443, 65535, 65536, 99999])
def test_other_ports_are_not_asked(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(destinations, "resolver", lambda host, /: pytest.fail("looked up"))
    with pytest.raises(Refused):
        fetch(f"http://good.test:{port}/")


def test_the_exception_is_for_one_host_and_one_port_as_written(
    settings: Settings, inner: Sequence[Origin]
) -> None:
    port = inner[0].port
    settings.FETCH_ALLOW_PRIVATE = [f"127.0.0.1:{port}", f"[::1]:{port}"]
    assert fetch(f"http://127.0.0.1:{port}/").status == 404
    assert fetch(f"http://[0::1]:{port}/").status == 404
    for other in ("localhost", "rebound.test", "127.0.0.2", "[::ffff:127.0.0.1]"):
        with pytest.raises(Refused):
            fetch(f"http://{other}:{port}/")
    assert [listener.connection_count for listener in inner] == [1, 1]


PUBLIC = (HERE / "public_addresses.txt").read_text().split()


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6) | st.ip_addresses(network=str(GLOBAL_IPV6)))
@hypothesis_settings(max_examples=1000, deadline=None)
def test_what_python_takes_for_special_is_refused(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """One way only: we refuse more than `ipaddress` does."""
    is_special = (
        ip.is_private
        or ip.is_loopback
        or ip.is_link_local
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
    )
    if is_special:
        assert not is_public(str(ip))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_wrapped_in_ipv6_is_never_public(ip: ipaddress.IPv4Address) -> None:
    number = int(ip)
    for prefix, shift in (
        ("::", 0),
        ("::ffff:0:0", 0),
        ("::ffff:0:0:0", 0),
        ("64:ff9b::", 0),
        ("64:ff9b:1::", 0),
        ("2002::", 80),
        ("2001::", 0),
        ("2001::", 64),
    ):
        wrapped = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number << shift)
        assert not is_public(str(wrapped))


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://127.0.0.1"]))
@hypothesis_settings(max_examples=500, deadline=None)
def test_any_text_is_a_destination_or_refused(text: str, start: str) -> None:
    base = parse("http://blog.test/a/b")
    for read in (parse, base.joined):
        try:
            found = read(start + text)
        except Refused:
            continue
        assert found.url.isascii()
        assert found.url.isprintable()
        assert parse(found.url) == found


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Blog.Example:80", "http://blog.example/"),
        ("https://blog.example.:443/a#b", "https://blog.example/a"),
        ("https://blog.example:/?", "https://blog.example/"),
        ("http://bücher.example/ü?ü=ü", "http://xn--bcher-kva.example/%C3%BC?%C3%BC=%C3%BC"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://BLOG。example/", "http://blog.example/"),
        ("http://a_b.example/%7Ex?a|b=<c>", "http://a_b.example/%7Ex?a%7Cb=%3Cc%3E"),
        ("http://8.8.8.8:8080/", "http://8.8.8.8:8080/"),
        ("http://[2606:4700:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("http://example.com/@user/?next=http://127.0.0.1/", None),
    ],
)
def test_good_urls_have_one_form(url: str, canonical: str | None) -> None:
    assert parse(url).url == (canonical or url)


def test_a_refusal_is_final_and_tells_nothing() -> None:
    for url in ("http://10.0.0.1/", "http://[fd00::1]/", "http://secret-name:22/", "ftp://x/"):
        with pytest.raises(FetchError) as caught:
            fetch(url)
        assert not caught.value.is_temporary
        assert not {"10.0", "fd00", "secret", "22"} & set(str(caught.value).split())
