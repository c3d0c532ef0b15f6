"""Where an outbound request may go: the URL's form, its port, and every address behind its name.

A stranger names the pages we fetch, so this decides whether a request may leave at all. The name is
looked up once; the caller must connect to the addresses given back here and look up nothing itself,
or a name that changes its mind between check and connection leads inside (DNS rebinding).
"""

import ipaddress
import queue
import re
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

import idna
from django.conf import settings

from .errors import Refused, TooSlow, Unreachable

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_CHARACTERS = 4096
MAX_HOST_CHARACTERS = 253
MAX_ADDRESSES = 8
# A lookup cannot be interrupted, only abandoned: names whose servers never answer hold no more than
# this many threads of a process.
MAX_LOOKUPS_AT_ONCE = 16

# IANA IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), and what is no unicast.
REFUSED_IPV4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared, behind a carrier's NAT; also Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # not in the registry: the host agent inside Azure machines
        "169.254.0.0/16",  # link local; the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; also Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112, reachable but no web site
        "192.52.193.0/24",  # AMT, likewise
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# RFC 4291, 2.4: the only space IANA hands out as global unicast. What wraps an IPv4 address
# (mapped, compatible, translated, NAT64), unique local, link local and multicast are outside it.
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
# IANA IPv6 Special-Purpose Address Registry, the part inside 2000::/3.
REFUSED_IPV6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID, AMT, AS112
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which wraps any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation (RFC 9637)
    )
)

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_NETLOC = re.compile(r"(?P<host>\[[^\[\]@]+\]|[^:\[\]@]+)(?::(?P<port>[0-9]{0,5}))?")
# Letters, digits, hyphens (RFC 1123, 2.1), and the underscore that real host names contain.
_NAME = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# WHATWG URL, "ends in a number checker": such a host is an IPv4 address or nothing.
_NUMBER_AT_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
# RFC 3986: reserved, and "%" because the text may already be encoded.
_URL_SAFE = "/?:@!$&'()*+,;=%~[]"


class Deadline:
    """The instant at which a whole exchange must have ended."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def left_seconds(self) -> float:
        """Always more than zero; raises TooSlow once nothing is left."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TooSlow("the other side did not answer in time")
        return left


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL in its one canonical form, without its fragment."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def host_and_port(self) -> str:
        return f"{self._bracketed_host}:{self.port}"

    @property
    def authority(self) -> str:
        """As the Host header and the URL have it: the port only where it is not the default."""
        if self.port == DEFAULT_PORTS[self.scheme]:
            return self._bracketed_host
        return self.host_and_port

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def joined(self, reference: str) -> "Destination":
        """What a reference in an answer from here means (RFC 3986, 5.2); may raise Refused."""
        if _FORBIDDEN.search(reference):
            raise Refused("the URL holds characters that no URL may hold")
        try:
            # A reference with a scheme stands alone: `urljoin` would still read "http:x" as a path.
            is_absolute = bool(urlsplit(reference).scheme)
            return parse(reference if is_absolute else urljoin(self.url, reference))
        except ValueError:
            raise Refused("not a URL") from None

    @property
    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def parse(url: str) -> Destination:
    """Read an absolute http or https URL, or raise Refused.

    Parsers that disagree about one URL are how guards are passed (Orange Tsai, "A New Era of SSRF",
    2017): whatever two of them could read differently is refused, and the request is later built
    from the parts found here and never from the text.
    """
    if len(url) > MAX_URL_CHARACTERS or _FORBIDDEN.search(url):
        raise Refused("the URL is too long, or holds characters that no URL may hold")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refused("not a URL") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused("only http and https are fetched")
    if "@" in parts.netloc:
        raise Refused("a URL with a user name or password is not fetched")
    found = _NETLOC.fullmatch(parts.netloc)
    if found is None:
        raise Refused("the URL has no proper host")
    target = quote(parts.path or "/", safe=_URL_SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=_URL_SAFE)
    port = int(found["port"] or DEFAULT_PORTS[parts.scheme])
    return Destination(parts.scheme, _canonical_host(found["host"]), port, target)


def is_public(address: str) -> bool:
    """Whether `address` is one that anybody on the internet can reach, and nobody's inside.

    `ipaddress.is_global` is not asked: its answer changes with the patch level of Python, and it
    takes multicast, NAT64 and 6to4 for global.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in REFUSED_IPV4)
    if ip.scope_id or ip not in GLOBAL_IPV6:
        return False
    return not any(ip in network for network in REFUSED_IPV6)


def addresses(destination: Destination, deadline: Deadline) -> tuple[str, ...]:
    """The checked addresses to connect to, in the order to try them.

    One answer that is not public refuses the name as a whole: a mixture is what a rebinding name
    looks like. `FETCH_ALLOW_PRIVATE` is compared with what stands in the URL, so that allowing
    127.0.0.1:9000 does not let in a stranger's name that leads there. Raises Refused, Unreachable
    or TooSlow.
    """
    is_exempt = destination.host_and_port in map(
        str.lower, getattr(settings, "FETCH_ALLOW_PRIVATE", ())
    )
    allowed_ports = getattr(settings, "FETCH_ALLOWED_PORTS", (80, 443, 8080))
    if destination.port not in allowed_ports and not is_exempt:
        raise Refused("the port is not among those we ask")
    if _is_literal(destination.host):
        answers: Sequence[str] = [destination.host]
    else:
        answers = _look_up(destination.host, deadline)
    if not answers:
        raise Unreachable("the name has no address")
    if not is_exempt and not all(map(is_public, answers)):
        raise Refused("the host has an address that is not public")
    return tuple(answers[:MAX_ADDRESSES])


class Resolver(Protocol):
    """Turns a host name into the addresses it has now; an OSError means that it has none."""

    def __call__(self, host: str, /) -> Sequence[str]: ...


def ask_system(host: str, /) -> Sequence[str]:
    """Ask the operating system; blocks for as long as that takes."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


# Replaced by tests that play a lying name server; read anew at each lookup.
resolver: Resolver = ask_system

_free_lookups = threading.BoundedSemaphore(MAX_LOOKUPS_AT_ONCE)


def _look_up(host: str, deadline: Deadline) -> Sequence[str]:
    """Ask the resolver in a thread of its own, which is left behind when the deadline passes.

    A thread each time and no pool: a pool does not survive a fork, and is waited for at exit.
    """
    if not _free_lookups.acquire(timeout=deadline.left_seconds()):
        raise TooSlow("too many names are being looked up")
    answers: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host))
        except (OSError, UnicodeError):
            answers.put(())
        finally:
            _free_lookups.release()

    threading.Thread(target=ask, name="fetch-lookup", daemon=True).start()
    try:
        return answers.get(timeout=deadline.left_seconds())
    except queue.Empty:
        raise TooSlow("the name was not found in time") from None


def _canonical_host(host: str) -> str:
    """A lower-case name in ASCII, or an address in its usual spelling without brackets."""
    if host.startswith("["):
        return _ipv6(host[1:-1])
    if not host.isascii():
        host = _ascii_name(host)
    host = host.lower().removesuffix(".")
    if not _NAME.fullmatch(host):
        raise Refused("the URL has no proper host")
    if _NUMBER_AT_END.fullmatch(host):
        # Octal, hexadecimal, whole-number and short forms are read differently by different
        # libraries (CVE-2021-29921): only four plain decimal parts are an address.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise Refused("the host is a number, but not a plain IPv4 address") from None
    return host


def _ipv6(text: str) -> str:
    if "%" in text:
        raise Refused("an address with a zone is not fetched")
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise Refused("the host is not an IPv6 address") from None


def _ascii_name(host: str) -> str:
    """As browsers do it (UTS 46, non-transitional, then IDNA 2008).

    Digits and dots of other scripts become plain ones, so what looks like an address is one.
    """
    if len(host) > MAX_HOST_CHARACTERS:
        raise Refused("the URL has no proper host")
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        raise Refused("the host is not a proper international name") from None


def _is_literal(host: str) -> bool:
    return ":" in host or _NUMBER_AT_END.fullmatch(host) is not None
