"""The product's settings, with what only a test run needs."""

import os
import tempfile
from pathlib import Path

from accounts.providers.catalogue import KNOWN
from polarisblog.settings import *  # noqa: F403 # a settings file is one namespace
from polarisblog.settings import CACHES, DATABASES, INSTALLED_APPS, STORAGES, env

DEBUG = False
SECRET_KEY = "tests"  # not a secret
SITE_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

DATA_DIR = Path(tempfile.mkdtemp(prefix="polaris-tests-"))
PAGES_DIR = DATA_DIR / "pages"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir()
MEDIA_ROOT = DATA_DIR / "media"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

if not env.str("DATABASE_URL", ""):
    # A file, as in production: threads and processes meet there as they do on a real blog.
    DATABASES["default"]["NAME"] = DATA_DIR / "blog.sqlite3"
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}

if env.str("CACHE_URL", ""):
    # Whoever clears the cache here clears nobody else's: each process of a run has a database of
    # Redis for itself, and blogs under test have the first.
    number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    CACHES["default"]["LOCATION"] = f"{env.str('CACHE_URL').rpartition('/')[0]}/{number}"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# The real providers are there for the tests that give them keys; none is configured by itself.
INSTALLED_APPS += [known.app for known in KNOWN if known.app not in INSTALLED_APPS]
STAFF_NEEDS_MFA = False
# allauth reads Facebook's version when it is imported, so it is there without a key, too.
SOCIALACCOUNT_PROVIDERS = {known.allauth_id: dict(known.options) for known in KNOWN}

# Tests start the tasks they are about.
PERIODIC_TASKS: dict[str, int] = {}
