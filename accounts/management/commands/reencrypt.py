"""`manage.py reencrypt`: the step of a SECRET_KEY's rotation that lets the old one go."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import second_factor


class Command(BaseCommand):
    help = (
        "Encrypts second factors with SECRET_KEY that were encrypted with one of "
        "SECRET_KEY_FALLBACKS. May be repeated, and while the blog serves."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = second_factor.reencrypt()
        self.stdout.write(f"{done} second factors are encrypted with SECRET_KEY.")
        if lost:
            self.stderr.write(
                self.style.WARNING(
                    f"{lost} were made with a key that is not in SECRET_KEY_FALLBACKS: they open "
                    "nothing. Their owners need to be given new ones."
                )
            )
