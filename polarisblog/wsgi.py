"""For servers that speak WSGI only.

Nothing here limits how large or how slow a body may be: the server in front must.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polarisblog.settings")

application = get_wsgi_application()
