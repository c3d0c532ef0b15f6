"""What the web server runs: Django behind the guard against large and slow bodies."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from polarisblog.network.bodies import BodyLimits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polarisblog.settings")

application = BodyLimits(
    get_asgi_application(),
    max_bytes=settings.MAX_BODY_BYTES,
    max_bytes_below={"/admin/": settings.MAX_UPLOAD_BYTES},
    deadline_seconds=settings.BODY_DEADLINE_SECONDS,
)
