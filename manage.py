#!/usr/bin/env python3
"""Django's command line, plain."""

import os
import sys

from django.core.management import execute_from_command_line
from environs import EnvError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polarisblog.settings")
    try:
        execute_from_command_line(sys.argv)
    except EnvError as problem:
        sys.exit(str(problem))
