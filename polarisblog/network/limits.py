"""Every rate of the product, with its human reading, and the one function that holds them.

The count is a row in the database and not in the cache, on every deployment. Django's cache cannot
do it exactly: `DatabaseCache.incr` reads and then writes, so attempts at the same moment count as
one; `RedisCache.incr` asks EXISTS before INCR, so a key that expires in between never expires
again; and either forgets when the cache is cleared or full, which is when somebody attacks. One
`INSERT ... ON CONFLICT DO UPDATE ... WHERE` is a single atomic statement on SQLite and PostgreSQL,
needs no lock of ours, and is as exact with many processes as with one, whether the cache is Redis,
away, or neither.

A window opens with the first attempt and lasts its whole period, so `Retry-After` is the truth. A
refused attempt uses nothing up and writes nothing, so a flood costs one indexed read each.
"""

import itertools
import json
import math
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from .models import Counter

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Window:
    count: int
    period_seconds: int


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts per asker in each window; `reading` is the same in words.

    `is_guard`: what happens while the counts cannot be read. A limit that stands between somebody
    and a secret, or between us and a third party, refuses then; the others let through.
    """

    name: str
    reading: str
    windows: tuple[Window, ...]
    is_guard: bool = False


class TooFast(Exception):
    """Refused for now; after `retry_after_seconds` (at least 1) the same attempt passes."""

    def __init__(self, limit: Limit, retry_after_seconds: int) -> None:
        super().__init__(f"{limit.name}: {limit.reading}")
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds


_A_COMMENT_NOW_AND_THEN = (Window(1, 15), Window(20, HOUR_SECONDS))

COMMENT_BY_ADDRESS = Limit(
    "comment-by-address",
    "1 comment every 15 seconds and 20 an hour from one connection",
    _A_COMMENT_NOW_AND_THEN,
)
COMMENT_BY_READER = Limit(
    "comment-by-reader",
    "1 comment every 15 seconds and 20 an hour from one reader",
    _A_COMMENT_NOW_AND_THEN,
)
PREVIEW = Limit("preview", "60 previews a minute", (Window(60, MINUTE_SECONDS),))
LIKE = Limit("like", "60 likes a minute", (Window(60, MINUTE_SECONDS),))
PRIVATE_NOTE = Limit(
    "private-note", "5 notes to the moderators an hour", (Window(5, HOUR_SECONDS),)
)
REPORT = Limit("report", "10 reports an hour", (Window(10, HOUR_SECONDS),))
SUBSCRIBE_BY_ADDRESS = Limit(
    # Each asks for a confirmation mail to an address that may be somebody else's.
    "subscribe-by-address",
    "10 requests for mail an hour",
    (Window(10, HOUR_SECONDS),),
    is_guard=True,
)
CONFIRMATION_BY_EMAIL = Limit(
    # To one address, whoever asks: nobody's mailbox is filled through us.
    "confirmation-by-email",
    "3 requests to confirm a day to one address",
    (Window(3, 24 * HOUR_SECONDS),),
    is_guard=True,
)
SEARCH = Limit("search", "30 searches a minute", (Window(30, MINUTE_SECONDS),))
EXPORT = Limit("export", "5 downloads an hour", (Window(5, HOUR_SECONDS),), is_guard=True)

POST_PASSWORD = Limit(
    "post-password",
    "10 guesses in 10 minutes at one article's password from one connection",
    (Window(10, 10 * MINUTE_SECONDS),),
    is_guard=True,
)

SIGN_IN_BY_ADDRESS = Limit(
    "sign-in-by-address",
    "30 sign-ins in 10 minutes from one connection",
    (Window(30, 10 * MINUTE_SECONDS),),
    is_guard=True,
)
LOG_IN_BY_ADDRESS = Limit(
    # Every form of the way in: name and password, code, passkey, the one behind a mailed link.
    "log-in-by-address",
    "30 tries to log in a minute from one connection",
    (Window(30, MINUTE_SECONDS),),
    is_guard=True,
)
WRONG_PASSWORD = Limit(
    "wrong-password",
    "5 wrong passwords in 5 minutes for one account from one connection",
    (Window(5, 5 * MINUTE_SECONDS),),
    is_guard=True,
)
WRONG_PASSWORD_BY_ACCOUNT = Limit(
    # From however many connections. Whoever is kept out by others' guesses comes in by a mailed
    # link, a passkey or another site: none of them is a guess at the password.
    "wrong-password-by-account",
    "100 wrong passwords an hour for one account",
    (Window(100, HOUR_SECONDS),),
    is_guard=True,
)
WRONG_CODE = Limit(
    "wrong-code",
    "5 wrong codes in 5 minutes for one account",
    (Window(5, 5 * MINUTE_SECONDS),),
    is_guard=True,
)
PROVE_BY_READER = Limit(
    "prove-by-reader",
    "10 answers a minute to the question who it is",
    (Window(10, MINUTE_SECONDS),),
    is_guard=True,
)
NEW_PASSWORD_BY_ADDRESS = Limit(
    "new-password-by-address",
    "10 requests for a new password an hour from one connection",
    (Window(10, HOUR_SECONDS),),
    is_guard=True,
)
NEW_PASSWORD_BY_EMAIL = Limit(
    "new-password-by-email",
    "5 requests for a new password an hour to one address",
    (Window(5, HOUR_SECONDS),),
    is_guard=True,
)
ACCOUNT_CHANGE = Limit(
    "account-change",
    "10 changes of a password or an address a minute by one reader",
    (Window(10, MINUTE_SECONDS),),
    is_guard=True,
)
SIGN_UP_BY_ADDRESS = Limit(
    "sign-up-by-address",
    "10 new accounts an hour from one connection",
    (Window(10, HOUR_SECONDS),),
    is_guard=True,
)

# Every linkback makes us fetch a page of the sender's choice. By the address that asks, and by the
# host that is asked: the second keeps many senders from aiming us at one victim.
PINGBACK_BY_ADDRESS = Limit(
    "pingback-by-address",
    "30 pingbacks a minute from one sender",
    (Window(30, MINUTE_SECONDS),),
    is_guard=True,
)
WEBMENTION_BY_ADDRESS = Limit(
    "webmention-by-address",
    "30 webmentions a minute from one sender",
    (Window(30, MINUTE_SECONDS),),
    is_guard=True,
)
LINKBACK_BY_SOURCE_HOST = Limit(
    # For all three protocols together, or a victim would be asked three times as often.
    "linkback-by-source-host",
    "6 pingbacks, trackbacks or webmentions a minute about one site",
    (Window(6, MINUTE_SECONDS),),
    is_guard=True,
)
TRACKBACK_BY_ADDRESS = Limit(
    "trackback-by-address",
    "10 trackbacks a minute from one sender",
    (Window(10, MINUTE_SECONDS),),
    is_guard=True,
)


def check(limit: Limit, *keys: object) -> None:
    """Count one attempt by the asker whom `keys` name together, or raise TooFast.

    All windows of a limit are used up together or not at all. Keys are stored as keyed hashes. Call
    it before opening a transaction: a count is undone with the transaction it was made in.
    """
    if not getattr(settings, "RATE_LIMITS", True):
        return
    now_ms = int(time.time() * 1000)
    windows = {_row_key(limit, window, keys): window for window in limit.windows}
    try:
        wait_ms = _wait_ms(windows, now_ms)
        if not wait_ms and not _use_up(windows, now_ms):
            wait_ms = max(_wait_ms(windows, now_ms), 1)
        if not wait_ms and next(_passed) % _PRUNE_EVERY == 0:
            prune()
    except (OperationalError, InterfaceError):
        if not limit.is_guard:
            return
        wait_ms = _WAIT_WHILE_BLIND_MS
    if wait_ms:
        raise TooFast(limit, math.ceil(wait_ms / 1000))


def give_back(limit: Limit, *keys: object) -> None:
    """Take back one attempt that `check` counted: it was no wrong one."""
    if not getattr(settings, "RATE_LIMITS", True):
        return
    rows = [_row_key(limit, window, keys) for window in limit.windows]
    Counter.objects.filter(pk__in=rows, count__gt=0).update(count=F("count") - 1)


def prune(*, max_rows: int = 1000) -> int:
    """Delete rows whose window has ended, at most `max_rows`; gives how many there were.

    Runs by itself after every so many attempts that passed, so nobody needs to schedule it.
    """
    now_ms = int(time.time() * 1000)
    with transaction.atomic():
        # Rows that an attempt is writing at this moment are left out: waiting for them in our order
        # while it waits for ours in its order would be a deadlock.
        ended = (
            Counter.objects.filter(ends_at_ms__lt=now_ms)
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:max_rows]
        )
        count, _ = Counter.objects.filter(pk__in=list(ended), ends_at_ms__lt=now_ms).delete()
    return count


_WAIT_WHILE_BLIND_MS = 30_000
_PRUNE_EVERY = 500
_passed = itertools.count(1)

_TAKE_ONE = """
    INSERT INTO network_counter (key, count, ends_at_ms) VALUES (%(key)s, 1, %(fresh_end_ms)s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN network_counter.ends_at_ms <= %(now_ms)s
            THEN 1 ELSE network_counter.count + 1 END,
        ends_at_ms = CASE WHEN network_counter.ends_at_ms <= %(now_ms)s
            THEN %(fresh_end_ms)s ELSE network_counter.ends_at_ms END
    WHERE network_counter.ends_at_ms <= %(now_ms)s OR network_counter.count < %(most)s
"""


def _row_key(limit: Limit, window: Window, keys: tuple[object, ...]) -> str:
    value = json.dumps([limit.name, window.period_seconds, *map(str, keys)])
    return salted_hmac("polarisblog.network.limits", value, algorithm="sha256").hexdigest()


def _wait_ms(windows: dict[str, Window], now_ms: int) -> int:
    """How long until every window that is full now has ended."""
    waits = [0]
    for row in Counter.objects.filter(pk__in=windows, ends_at_ms__gt=now_ms):
        window = windows[row.pk]
        if row.count >= window.count:
            # No longer than the period, though another machine's clock may be ahead of ours.
            waits.append(min(row.ends_at_ms - now_ms, window.period_seconds * 1000))
    return max(waits)


def _use_up(windows: dict[str, Window], now_ms: int) -> bool:
    """One attempt from each window, or from none; False where one turned out to be full."""
    with transaction.atomic():
        # Sorted, so that two attempts by one asker meet at the same row first and cannot deadlock.
        for key in sorted(windows):
            if not _take_one(key, windows[key], now_ms):
                transaction.set_rollback(True)
                return False
    return True


def _take_one(key: str, window: Window, now_ms: int) -> bool:
    values: dict[str, str | int] = {
        "key": key,
        "now_ms": now_ms,
        "fresh_end_ms": now_ms + window.period_seconds * 1000,
        "most": window.count,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_ONE, values)
        return bool(cursor.rowcount == 1)
