"""What a mistyped word may have meant, from the words that posts have used."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from django.db import ProgrammingError, connection, connections, router, transaction

from polarisblog.pagecache.migrating import is_whole
from posts.models import SearchWord
from posts.search.words import Query, split

TABLE = "posts_searchword"
MIN_LENGTH, MAX_LENGTH = 4, 40
LONG_LENGTH = 6
MAX_GUESSES = 3
CANDIDATES = 40


def ensure() -> None:
    """Make the trigram index over SearchWord where it is missing."""
    if not is_whole():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Trusted since PostgreSQL 13, so that a database's owner may create it. Where an older
            # or a stricter server refuses, search does without guessing.
            with suppress(ProgrammingError), transaction.atomic():
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(
                    "CREATE INDEX IF NOT EXISTS posts_searchword_trigrams"
                    " ON posts_searchword USING gin (word gin_trgm_ops)"
                )
            return
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'posts_searchword_put'")
        if cursor.fetchone():
            return
        for statement in _SQLITE.split(";;"):
            cursor.execute(statement)


def withdraw() -> None:
    """Take away what SQLite keeps beside the words; PostgreSQL's index goes with its table."""
    if connection.vendor == "postgresql":
        return
    with connection.cursor() as cursor:
        for part in ("put", "drop"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{part}")
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}_fts")


# Spaces around the word make its first and last letters count, as they do in pg_trgm.
_SQLITE = """
CREATE VIRTUAL TABLE IF NOT EXISTS posts_searchword_fts USING fts5(word, tokenize='trigram');;
CREATE TRIGGER IF NOT EXISTS posts_searchword_put AFTER INSERT ON posts_searchword BEGIN
    INSERT INTO posts_searchword_fts (rowid, word) VALUES (new.id, ' ' || new.word || ' ');
END;;
CREATE TRIGGER IF NOT EXISTS posts_searchword_drop AFTER DELETE ON posts_searchword BEGIN
    DELETE FROM posts_searchword_fts WHERE rowid = old.id;
END;;
DELETE FROM posts_searchword_fts;;
INSERT INTO posts_searchword_fts (rowid, word) SELECT id, ' ' || word || ' ' FROM posts_searchword
"""


def guesses(query: Query) -> Iterator[Query]:
    """The query as it may have been meant, the likeliest first; at most MAX_GUESSES."""
    known = set(SearchWord.objects.filter(word__in=query.words).values_list("word", flat=True))
    unknown = [word for word in query.words if word not in known and len(word) >= MIN_LENGTH]
    nearest = {word: found for word in unknown if (found := near(word))}
    if not nearest:
        return
    likeliest = {word: found[0] for word, found in nearest.items()}
    yield query.respelt(likeliest)
    others = ((word, other) for word, found in nearest.items() for other in found[1:])
    for word, other in islice(others, MAX_GUESSES - 1):
        yield query.respelt(likeliest | {word: other})


def near(word: str) -> list[str]:
    """Used words a slip or two away from `word`, the closest first."""
    slips = 1 if len(word) < LONG_LENGTH else 2
    distances = {other: distance(word, other) for other in _alike(word)}
    return sorted(
        (other for other, slip in distances.items() if slip <= slips),
        key=lambda other: (distances[other], other),
    )


def _alike(word: str) -> list[str]:
    """Used words that share letter triples with `word`."""
    with connections[router.db_for_read(SearchWord)].cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone() is None:
                return []
            cursor.execute(
                "SELECT word FROM posts_searchword WHERE word %% %s"
                " ORDER BY similarity(word, %s) DESC LIMIT %s",
                [word, word, CANDIDATES],
            )
        else:
            padded = f" {word} "
            triples = {padded[n : n + 3] for n in range(len(padded) - 2)}
            cursor.execute(
                "SELECT trim(word) FROM posts_searchword_fts"
                " WHERE posts_searchword_fts MATCH %s ORDER BY rank LIMIT %s",
                [" OR ".join(f'"{triple}"' for triple in sorted(triples)), CANDIDATES],
            )
        return [row[0] for row in cursor.fetchall()]


def distance(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, above, row = row, before, [i]
        for j, target in enumerate(other, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and target == one[i - 2]:
                best = min(best, above[j - 2] + 1)
            row.append(best)
    return row[-1]


def new_words(text: str) -> list[SearchWord]:
    """The words of `text` worth knowing, not saved."""
    return [
        SearchWord(word=word)
        for word in sorted(set(split(text)))
        if MIN_LENGTH <= len(word) <= MAX_LENGTH and word.isalpha()
    ]
