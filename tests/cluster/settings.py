"""The product's settings, without hashed static files: they are another test's business."""

from polarisblog.settings import *  # noqa: F403 # a settings file is one namespace
from polarisblog.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
