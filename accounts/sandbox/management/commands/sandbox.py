"""Run the sign-in sandbox beside a blog under development."""

import argparse
import logging
import os
import signal
import sys
import warnings

from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped] # ships no types
from django.core.management.base import BaseCommand
from werkzeug.serving import make_server

# A sandbox that other machines could reach would be a provider for them too.
HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Runs an OpenID Connect provider for development; anybody may be anybody there."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True)

    def handle(self, *, port: int, **options: object) -> None:
        # The provider leans on an older part of authlib, which says so on every start.
        warnings.simplefilter("ignore", AuthlibDeprecationWarning)
        from accounts.sandbox.openid import make_provider  # noqa: PLC0415 - after the filter

        # Without it authlib insists on https, which nobody has on loopback.
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        logging.getLogger("oidc_provider_mock").setLevel(logging.ERROR)
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
        with make_server(HOST, port, make_provider(), threaded=True) as server:
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                return
