"""Where a reader may go on: the posts just before and after, and those about the same things."""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from polarisblog.sql.prepared import Prepared, Slot
from posts.models import Post, RelatedPost, SearchEntry
from posts.search.finding import POSTS
from posts.search.words import Query, Term, split

Scores = dict[int, float]

MOST_RELATED = 3
CANDIDATES = 30
TAG_WEIGHT, CATEGORY_WEIGHT, TEXT_WEIGHT = 3.0, 1.0, 4.0
TELLING_WORDS = 8
TELLING_LENGTH = 5


def around(post: Post) -> dict[str, Any]:
    """`previous`, `next` and `related` published posts of `post`, in one query."""
    if post.is_page or post.pk is None:
        return {"previous": None, "next": None, "related": []}
    found = _around(post=post.pk, published_at=post.published_at, now=timezone.now())
    ways: dict[str, Any] = {"previous": None, "next": None, "related": []}
    for other in sorted(found, key=attrgetter("closeness")):
        if not getattr(other, "is_beside", False):
            ways["related"].append(other)
        elif other.published_at < post.published_at:
            ways["previous"] = other
        else:
            ways["next"] = other
    return ways


@Prepared
def _around() -> Any:
    now = Slot("now")
    beside = Post.objects.beside(Slot("published_at"), now).values("pk")
    known = RelatedPost.objects.filter(post=Slot("post"))
    rank = known.filter(other=OuterRef("pk")).values("rank")[:1]
    return (
        Post.objects.published(now)
        .articles()
        .order_by()
        .filter(Q(pk__in=beside) | Q(pk__in=known.values("other")))
        .annotate(is_beside=Q(pk__in=beside), closeness=Coalesce(Subquery(rank), 0))
        .only("kind", "title", "slug", "published_at", "content_note")
    )


def relate(post: Post) -> None:
    """Find what is closest to `post`, and look again at those found: they may be close to it, too.

    Shared tags and categories count, and how many of the telling words of the one the other uses.
    """
    for pk in [post.pk, *_keep(post.pk)]:
        _keep(pk)


@transaction.atomic
def _keep(pk: int) -> list[int]:
    """Store the closest posts of one post; gives their ids.

    Several workers may come here at once through posts that are close to each other: one waits.
    """
    # Leaves room for whoever comments meanwhile, who needs the row to stay and no more.
    if Post.objects.select_for_update(no_key=True).filter(pk=pk).only("pk").first() is None:
        return []
    by_terms, by_words = _by_terms(pk), _by_words(pk)
    scores = {
        other: by_terms.get(other, 0) + by_words.get(other, 0)
        for other in (by_terms.keys() | by_words.keys()) - {pk}
    }
    closest = sorted(scores, key=lambda other: (-scores[other], -other))[:MOST_RELATED]
    RelatedPost.objects.filter(post_id=pk).delete()
    RelatedPost.objects.bulk_create(
        RelatedPost(post_id=pk, other_id=other, rank=rank)
        for rank, other in enumerate(closest, start=1)
    )
    return closest


def _by_terms(pk: int) -> Scores:
    scores: Scores = defaultdict(float)
    for relation, weight in (("tags", TAG_WEIGHT), ("categories", CATEGORY_WEIGHT)):
        shared = (
            Post.objects.published()
            .articles()
            .filter(**{f"{relation}__posts": pk})
            .annotate(shared=Count(relation))
            .order_by("-shared", "-published_at")
        )
        for other, count in shared.values_list("pk", "shared")[:CANDIDATES]:
            scores[other] += count * weight
    return scores


def _by_words(pk: int) -> Scores:
    entry = SearchEntry.objects.filter(pk=pk).first()
    if entry is None:
        return {}
    visible = Post.objects.published().articles().values("pk")
    scores: Scores = defaultdict(float)
    for word in telling_words(f"{entry.title} {entry.text}"):
        query = Query((Term((word,)),))
        # A word that nearly everybody uses tells nothing; one that few share tells much.
        for other in (sharing := POSTS.best(query, visible, 0, CANDIDATES)):
            scores[other] += TEXT_WEIGHT / TELLING_WORDS / max(len(sharing) - 1, 1) ** 0.5
    return scores


def telling_words(text: str) -> list[str]:
    """The words that a text comes back to most, long ones first among equals."""
    counts = Counter(word for word in split(text) if len(word) >= TELLING_LENGTH and word.isalpha())
    return sorted(counts, key=lambda word: (-counts[word], -len(word), word))[:TELLING_WORDS]
