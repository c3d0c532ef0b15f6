"""What each part of a running blog does once `supervising` has forked it.

Importing this imports the whole blog and sets Django up.
"""

import gc
import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command, execute_from_command_line
from django.core.management.base import BaseCommand, SystemCheckError
from django.template.loader import get_template
from django.utils import translation
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

django.setup()

# Loaded here so that no part need do it. Not `asgi`: it looks at the static files, which may not be
# there before the preparation.
from polarisblog import preparing, serving, urls  # noqa: E402, F401 # once Django is set up
from polarisblog.pagecache import serving as kept_pages  # noqa: E402, F401 # as above

SITE_URL: str = settings.SITE_URL
SITE_HOST = urlsplit(SITE_URL).netloc
SANDBOX_URL: str = settings.SANDBOX_URL

for path in settings.MIDDLEWARE:
    import_string(path)

# What each part would read at its first page, and keep a copy of.
for language, _name in settings.LANGUAGES:
    with translation.override(language):
        translation.gettext("")
for template in ("posts/post.html", "posts/home.html", "comments/_item.html", "404.html"):
    get_template(template)

# What is there now stays, so no part need look through it, which would copy the memory it is in.
gc.collect()
gc.freeze()


def prepare() -> str:
    """Make everything ready to serve; how to sign in as a moderator."""
    try:
        BaseCommand().check()
    except SystemCheckError as problem:
        sys.exit(str(problem))
    return preparing.prepare(lambda text: print(text, file=sys.stderr))


def manage(command: str, *arguments: str) -> None:
    """Do what `manage.py` does."""
    execute_from_command_line(["manage.py", command, *arguments])


def work() -> None:
    """The background worker, which gives way: whoever waits for a page goes before mail."""
    os.nice(10)
    # Not as `manage.py` would, which makes all checks once more: what they touch, a fork copies.
    call_command("worker")


def serve_web(host: str, port: int) -> None:
    Granian(
        "polarisblog.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=settings.WEB_PROCESSES,
        http=HTTPModes.http1,
        websockets=False,
        # A worker that crashes is replaced in production; in development its death should be seen.
        respawn_failed_workers=not settings.DEBUG,
        workers_kill_timeout=8,
        log_level=LogLevels.warning,
        process_name="polaris: web server",
    ).serve()
