"""What is made when a post is published, so that reading it is quick."""

from __future__ import annotations

from django.db import models


class SearchEntry(models.Model):
    """A post's words, as search finds them; the full-text index follows this table by itself."""

    post = models.OneToOneField(
        "posts.Post", models.CASCADE, primary_key=True, related_name="search_entry"
    )
    title = models.CharField(max_length=250)
    text = models.TextField()
    terms = models.TextField(help_text="Found by, and never shown: categories, tags, authors.")
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class SearchWord(models.Model):
    """A word that some post has used, to guess what a mistyped one meant."""

    word = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.word


class RelatedPost(models.Model):
    """`other` is worth reading after `post`; 1 is the closest."""

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="related")
    other = models.ForeignKey("posts.Post", models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["post", "other"], name="one_row_per_related_post")
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.other_id}"
