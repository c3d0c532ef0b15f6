"""A process that makes many attempts at one limit at once; run by test_limits, never imported.

    python -m tests.network.attempts DATABASE_AS_JSON KEY COUNT

Prints how many passed once it was told, through its input, to begin.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings


def main(database: str, key: str, count: str) -> None:
    settings.configure(
        SECRET_KEY="the same in every process",
        DATABASES={"default": json.loads(database)},
        INSTALLED_APPS=["polarisblog.network"],
        USE_TZ=True,
    )
    django.setup()

    from django.core.management import call_command  # noqa: PLC0415 # models need settings first
    from django.db import connection  # noqa: PLC0415 # same

    from polarisblog.network.limits import Limit, TooFast, Window, check  # noqa: PLC0415 # same

    if key == "migrate":
        call_command("migrate", "network", verbosity=0)
        return
    limit = Limit("test", "5 in 10 minutes and 7 an hour", (Window(5, 600), Window(7, 3600)))

    def attempt(_: int) -> bool:
        try:
            check(limit, key)
        except TooFast:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        print("ready", flush=True)
        sys.stdin.readline()
        print(sum(pool.map(attempt, range(int(count)))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
