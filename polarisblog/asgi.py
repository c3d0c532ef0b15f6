"""What the web server runs: Django behind its kept pages and a guard against bad bodies."""

import os

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polarisblog.settings")
django.setup(set_prefix=False)

from polarisblog.headers import outside_django  # noqa: E402 # it reads the settings
from polarisblog.network.bodies import Application, BodyLimits  # noqa: E402 # after the setup
from polarisblog.pagecache.serving import PageCache  # noqa: E402 # it reads the settings
from polarisblog.serving import ThreadedDjango  # noqa: E402 # after the setup

application: Application = BodyLimits(
    ThreadedDjango(threads=settings.WEB_THREADS),
    max_bytes=settings.MAX_BODY_BYTES,
    max_bytes_below={"/admin/": settings.MAX_UPLOAD_BYTES},
    deadline_seconds=settings.BODY_DEADLINE_SECONDS,
    more_headers=outside_django(),
)
if settings.PAGE_CACHE:
    application = PageCache(application)
