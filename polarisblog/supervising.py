"""Run the whole blog as one: start the parts, watch over them, end all of them together.

`start.py` becomes this once the packages are there. It is one process with two lives. In the first
it imports the blog and forks the parts (`starting`); when they are up, it begins anew with nothing
in memory, and from then on only watches (`watching`).
"""

import sys
from collections.abc import Sequence

from polarisblog.watching import CannotStart, Stopped, Watch


def main(said: Sequence[str]) -> int:
    """`said` is what the first life says to the second."""
    watch = Watch.resume(said) if said else Watch.begin()
    try:
        if not said:
            # Only in the first life, and after the guardian was forked: this is large.
            from polarisblog import starting  # noqa: PLC0415 # see above

            starting.start(watch)
            watch.renew("polarisblog.supervising")
        watch.wait_until(lambda: False)
    except Stopped:
        print("\nStopped.", flush=True)
    except CannotStart as problem:
        print(problem, file=sys.stderr, flush=True)
        return 1
    finally:
        watch.stop()
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no star still gets the addresses.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # always a TextIOWrapper here
    sys.exit(main(sys.argv[1:]))
