"""What every answer must tell a browser, whoever gives it."""

import re
from collections.abc import Callable, Mapping

# Source: OWASP Secure Headers Project; MDN HTTP Observatory, whose names these are.
EVERYWHERE: dict[str, Callable[[str], object]] = {
    "x-content-type-options": lambda value: value == "nosniff",
    "x-frame-options": lambda value: value == "DENY",
    "referrer-policy": lambda value: value == "same-origin",
    "cross-origin-opener-policy": lambda value: value == "same-origin",
    "cross-origin-resource-policy": lambda value: value == "same-origin",
    "permissions-policy": lambda value: {"camera=()", "geolocation=()"} <= set(value.split(", ")),
    "content-security-policy": lambda value: value,
    "cache-control": lambda value: value,
}
HSTS = re.compile(r"max-age=(31536000|[4-9]\d{7}|\d{9,}); includeSubDomains")
# What tells an attacker which hole to try.
NEVER = ("x-powered-by", "access-control-allow-origin", "x-kept-page")
ALWAYS = {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}
TRUSTED_TYPES = {"require-trusted-types-for": ["'script'"], "trusted-types": ["'none'"]}
# Only on the desk, whose pages nobody keeps.
HASH_OR_NONCE = re.compile(r"'(sha256-[\w+/]{43}=|nonce-[\w+/]{22}==)'")


def broken(
    headers: Mapping[str, str], *, is_https: bool = False, is_desk: bool = False
) -> list[str]:
    """The rules that an answer's headers (in lower case) do not keep."""
    found = [name for name, holds in EVERYWHERE.items() if not holds(headers.get(name, ""))]
    found += [name for name in NEVER if name in headers]
    found += policy_faults(headers.get("content-security-policy", ""), is_desk=is_desk)
    if is_https and not HSTS.fullmatch(headers.get("strict-transport-security", "")):
        found.append("strict-transport-security")
    return found + cookie_faults(headers.get("set-cookie", ""), is_https=is_https)


def cookie_faults(cookie: str, *, is_https: bool) -> list[str]:
    """What is wrong with one Set-Cookie line. Source: RFC 6265bis, 4.1.3.2 (`__Host-`)."""
    if not cookie:
        return []
    found = []
    is_taken_back = "Max-Age=0" in cookie
    if not ({"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; ")) or is_taken_back):
        found.append("set-cookie")
    if is_https and not re.fullmatch(r"__Host-[\w-]+=.*; Secure", cookie):
        found.append("set-cookie is not __Host-")
    return found


def policy_faults(policy: str, *, is_desk: bool = False) -> list[str]:
    """What a content security policy allows and none of ours may. Source: CSP Level 3."""
    parts = {name: values for name, *values in (part.split() for part in policy.split("; "))}
    found = [word for word in ("unsafe", "strict-dynamic", "data:", "http:", "*") if word in policy]
    wanted = dict(ALWAYS)
    if "sandbox" not in parts:
        wanted |= {"base-uri": ["'none'"]}
        found += [] if "form-action" in parts else ["form-action"]
    if "script-src" in parts and not is_desk:
        wanted |= TRUSTED_TYPES
    found += [name for name, values in wanted.items() if parts.get(name) != values]
    return found + [
        f"{kind} {value}"
        for kind in ("script-src", "style-src", "img-src", "connect-src")
        for value in parts.get(kind, [])
        if value != "'self'" and not (is_desk and HASH_OR_NONCE.fullmatch(value))
    ]
