"""Run queued and periodic tasks."""

import argparse

from django.core.management.base import BaseCommand

from polarisblog.background.keeping import LEASE_SECONDS
from polarisblog.background.working import Worker


class Command(BaseCommand):
    help = "Runs queued and periodic tasks until it is stopped; any number may run at once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--interval", type=float, default=1.0, help="seconds between looks at an empty queue"
        )
        parser.add_argument(
            "--lease",
            type=float,
            default=LEASE_SECONDS,
            help="seconds of silence after which a worker counts as dead; the same for all workers",
        )
        parser.add_argument("--batch", action="store_true", help="end when nothing is ready")

    def handle(self, *, interval: float, lease: float, batch: bool, **options: object) -> None:
        worker = Worker(interval=interval, batch=batch, lease_seconds=lease)
        worker.configure_signals()
        worker.run()
