"""What variables of the environment may say: `environs`, and validators whose refusals it signs.

What stands in a variable is not repeated where it may hold a secret.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from environs import Env, EnvError, ValidationError, validate

HIGHEST_PORT = 65535

A_PORT = validate.Range(min=1, max=HIGHEST_PORT)
AT_LEAST_ONE = validate.Range(min=1)
NOT_NEGATIVE = validate.Range(min=0)
A_LOG_LEVEL = validate.OneOf(("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"))


class Variables(Env):
    """The environment, in which an empty variable is a line that nobody filled in: the default."""

    def _get_value(self, env_key: str, default: Any) -> Any:
        return super()._get_value(env_key, default) or default

    def read_file(self, path: Path) -> None:
        """Take from `path`, if there is one, what the environment does not say. Raises EnvError."""
        try:
            self.read_env(str(path))
        except PermissionError as error:
            raise EnvError(f"{path} may be read by other users only; run this as one.") from error
        except UnicodeDecodeError as error:
            raise EnvError(f"{path} is not in UTF-8.") from error


def is_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValidationError(f"“{name}” is no time zone. Europe/Madrid is one.") from error


def is_web_address(text: str) -> None:
    """Where something listens for HTTP."""
    _require(text, lambda: _has_host(text), "https://host.example/path")


def is_site_address(text: str) -> None:
    """A scheme, a host, perhaps a port: the blog is at the root of its host."""
    _require(text, lambda: _has_host(text) and _is_root(text), "https://blog.example")


def mail_server(env: Env, default: str) -> dict[str, Any]:
    """Django's settings for EMAIL_URL, as dj-email-url reads it; raises EnvError."""
    found: dict[str, Any] = env.dj_email_url("EMAIL_URL", default)
    if "EMAIL_BACKEND" not in found:
        raise EnvError("EMAIL_URL should read like submission://USER:PASSWORD@host.example")
    return found


def folder(env: Env, name: str, default: Path) -> Path:
    """The folder in the variable `name`, made for its owner alone if need be; raises EnvError."""
    path = Path(env.str(name, str(default))).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EnvError(f"{name} cannot be used: {path}: {error.strerror}.") from error
    return path


def _require(text: str, is_right: Callable[[], bool], example: str) -> None:
    try:
        if is_right():
            return
    except ValueError:
        pass
    raise ValidationError(f"It should read like {example}")


def _has_host(text: str) -> bool:
    """Raises ValueError for what is no address at all, and for ports that are no number."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0


def _is_root(text: str) -> bool:
    parts = urlsplit(text)
    return not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
