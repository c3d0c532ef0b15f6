"""Who is asking: the network address of a request, and the two forms in which we use it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

# What stands for "somebody behind our own socket": a server on a Unix socket knows no address.
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - an address to compare with, not one to listen on


def client_address(request: HttpRequest) -> str:
    """The address of whoever sent `request`, in its shortest spelling; never empty.

    `X-Forwarded-For` is a claim that anybody can make. With `TRUSTED_PROXY_COUNT` proxies of ours
    in front, each appended one entry: the one that many from the right was written by our outermost
    proxy, everything left of it by strangers. With 0 the header is not read. Where that entry is
    missing or no address, the peer itself is taken. No other header is ever read.
    """
    peer = _address(request.META.get("REMOTE_ADDR", "")) or NO_ADDRESS
    proxy_count = getattr(settings, "TRUSTED_PROXY_COUNT", 0)
    if proxy_count < 1:
        return peer
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(entries) < proxy_count:
        return peer
    return _address(entries[-proxy_count]) or peer


def address_key(address: str) -> str:
    """What counts as one asker: an IPv4 address, or the /64 that one IPv6 household has to itself.

    Source: RFC 6177 (a site gets a /64 at least, so the last 64 bits cost nothing to change).
    """
    text = _address(address) or NO_ADDRESS
    if ":" not in text:
        return text
    return str(ipaddress.IPv6Network((text, 64), strict=False))


def address_hash(address: str, *, purpose: str) -> str:
    """64 hexadecimal digits that are the same for the same asker and the same `purpose`.

    An address is personal, and a plain hash of one protects nobody: all of IPv4 is tried in
    seconds. This one is keyed with SECRET_KEY (HMAC-SHA256), so a stolen database alone names no
    one; but whoever has the key too can try them all, and therefore it is kept for no longer than
    the retention setting says (30 days unless changed). `purpose` keeps tables from being joined.
    """
    return salted_hmac(
        f"polarisblog.network.address:{purpose}", address_key(address), algorithm="sha256"
    ).hexdigest()


def _address(text: str) -> str:
    """The address in `text` without port, brackets, quotes or zone; empty where there is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    # A dual-stack socket shows IPv4 peers as ::ffff:192.0.2.1 (RFC 4291, 2.5.5.2).
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)
