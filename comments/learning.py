"""The local spam learner: a naive Bayes over words, taught by what moderators mark.

Nothing leaves this machine, and no word is kept: a row is a keyed hash and two numbers. What it
says about a comment it says in that comment's own words, so moderators can judge the reason.

Source: Paul Graham, "Better Bayesian Filtering" (2003): the fifteen most telling words, each word's
evidence counted once; Gary Robinson, "A Statistical Approach to the Spam Problem" (2003): a word
that was rarely seen is drawn towards one half.
"""

import hmac
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F
from django.utils.crypto import salted_hmac

from comments.models import Comment, Word
from comments.wording import words
from polarisblog.pagecache.until_changed import UntilChanged
from polarisblog.sql.prepared import Prepared, Slot
from posts.html import links_in, plain_text

TOTALS = ""
LEAST_OF_EACH = 10
# Words are looked up so many at a time, or twice as many, and so on.
ROUND = 16
MOST_TELLING = 15
LEAST_TELLING = 0.1
SURE = 0.99
SUSPECT = 0.9


@dataclass(frozen=True)
class Opinion:
    """`chance` of being spam from 0 to 1, and the words that speak loudest for it."""

    chance: float
    telling: list[str]

    @property
    def reason(self) -> str:
        quoted = ", ".join(f"“{word}”" for word in self.telling)
        return f"{math.floor(self.chance * 100)} %: {quoted}"


def opinion(comment: Comment) -> Opinion | None:
    """What was learned about comments like this; None before moderators marked some of each."""
    totals = next(iter(_totals()), None)
    if totals is None or min(totals.spam_count, totals.good_count) < LEAST_OF_EACH:
        return None
    keys = {_key(feature): feature for feature in _features(comment)}
    rows = _known([*keys])
    chances = {keys[key]: _chance(row, totals) for key, row in rows.items()}
    telling = sorted(chances, key=lambda word: abs(chances[word] - 0.5), reverse=True)
    telling = [w for w in telling if abs(chances[w] - 0.5) >= LEAST_TELLING][:MOST_TELLING]
    odds = sum(math.log(chances[word] / (1 - chances[word])) for word in telling)
    loudest = sorted((w for w in telling if chances[w] > 0.5), key=lambda w: -chances[w])  # noqa: PLR2004 # more likely than not
    return Opinion(1 / (1 + math.exp(-max(min(odds, 30), -30))), loudest[:4])


@UntilChanged
def _totals() -> Any:
    return Word.objects.filter(key=TOTALS)


def _known(keys: list[str]) -> dict[str, Word]:
    """What was seen before of `keys`. The last fills up a round number, which is one query."""
    if not keys:
        return {}
    count = -len(keys) // ROUND * -ROUND
    filled = keys + keys[-1:] * (count - len(keys))
    rows = _words(count, **{f"key{number}": key for number, key in enumerate(filled)})
    return {row.key: row for row in rows}


@Prepared
def _words(count: int) -> Any:
    return Word.objects.filter(key__in=[Slot(f"key{number}") for number in range(count)])


def learn(comment: Comment, *, is_spam: bool) -> None:
    """Take a moderator's mark to heart. `forget` undoes it exactly."""
    _change(comment, is_spam=is_spam, by=1)


def forget(comment: Comment, *, is_spam: bool) -> None:
    _change(comment, is_spam=is_spam, by=-1)


def _change(comment: Comment, *, is_spam: bool, by: int) -> None:
    """Call in a transaction. Those who teach at the same time queue at the totals' row."""
    keys = sorted(map(_key, _features(comment)))
    Word.objects.bulk_create([Word(key=TOTALS)], ignore_conflicts=True)
    Word.objects.select_for_update().get(key=TOTALS)
    Word.objects.bulk_create([Word(key=key) for key in keys], ignore_conflicts=True)
    column = "spam_count" if is_spam else "good_count"
    rows = Word.objects.filter(key__in=[TOTALS, *keys])
    if by < 0:
        rows = rows.filter(**{f"{column}__gt": 0})
    rows.update(**{column: F(column) + by})


def _features(comment: Comment) -> set[str]:
    """Its words (at most 400), its name's, and the hosts it links to."""
    found = sorted(words(plain_text(comment.html)))[:400]
    hosts = {urlsplit(url).hostname or "" for url in [comment.url, *links_in(comment.html)]}
    return {*found, *(f"name:{word}" for word in words(comment.name)), *filter(None, hosts)}


def _key(feature: str) -> str:
    keyed = _blank_key(settings.SECRET_KEY).copy()
    keyed.update(feature.encode())
    return keyed.hexdigest()[:32]


@lru_cache(1)
def _blank_key(secret: str) -> hmac.HMAC:
    """The key is the same for every word, and takes longer to make than the hash."""
    return salted_hmac("comments.learning", "", secret, algorithm="sha256")


def _chance(row: Word, totals: Word) -> float:
    spam = row.spam_count / totals.spam_count
    good = row.good_count / totals.good_count
    seen = row.spam_count + row.good_count
    likely = spam / (spam + good) if seen else 0.5
    return min(max((0.5 + seen * likely) / (1 + seen), 0.01), 0.99)
