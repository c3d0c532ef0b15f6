"""What the web server runs: Django behind its kept pages and a guard against bad bodies."""

import os
import warnings

from django.conf import settings
from django.core.asgi import get_asgi_application

from polarisblog.network.bodies import Application, BodyLimits
from polarisblog.pagecache.serving import PageCache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polarisblog.settings")

# WhiteNoise hands out files as plain iterators. Django reads them in a thread, which is right for
# small static files, and would complain about each.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

application: Application = BodyLimits(
    get_asgi_application(),
    max_bytes=settings.MAX_BODY_BYTES,
    max_bytes_below={"/admin/": settings.MAX_UPLOAD_BYTES},
    deadline_seconds=settings.BODY_DEADLINE_SECONDS,
)
if settings.PAGE_CACHE:
    application = PageCache(application)
