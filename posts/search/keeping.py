"""Keeping what search knows in step with what is published."""

import unicodedata

from django.db import transaction
from django.db.models import F, Q

from posts import html
from posts.models import Post, SearchEntry, SearchWord
from posts.search import spelling
from posts.search.finding import POSTS, sources
from posts.search.words import split


def put(post: Post) -> None:
    """Make or renew the entry of `post`; whether it may be found is decided when somebody asks."""
    clean = html.without_controls
    names = [term.name for term in (*post.categories.all(), *post.tags.all())]
    names += [author.name for author in post.authors]
    facts = {
        "title": clean(post.title),
        "text": clean(html.plain_text(f"{post.excerpt} {post.html}")),
        "terms": clean(" ".join(names)),
    }
    facts["terms"] += " " + " ".join(_without_accents(" ".join(facts.values())))
    with transaction.atomic():
        SearchEntry.objects.update_or_create(post=post, defaults=facts)
        SearchWord.objects.bulk_create(
            spelling.new_words(" ".join(facts.values())), ignore_conflicts=True
        )


def _without_accents(text: str) -> list[str]:
    """The accented words of `text` as hurried people type them; PostgreSQL would not find them."""
    plain = {word: _plain(word) for word in set(split(text))}
    return sorted(other for word, other in plain.items() if other != word)


def _plain(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def catch_up() -> list[int]:
    """Entries for published posts that have none or an old one; gives their ids."""
    behind = Post.objects.published().filter(
        Q(search_entry=None) | Q(search_entry__made_at__lt=F("updated_at"))
    )
    ids = []
    for post in behind.for_reading():
        put(post)
        ids.append(post.pk)
    return ids


def ensure() -> None:
    """Make the indexes where they are missing."""
    POSTS.ensure()
    spelling.ensure()


def withdraw() -> None:
    """Take the indexes away, before a migrate that goes back."""
    POSTS.withdraw()
    spelling.withdraw()


def rebuild() -> None:
    """Drop the full-text indexes and make them anew, as the site's language wants them now."""
    for index in (POSTS, *(source.index for source in sources())):
        index.drop()
        index.ensure()
