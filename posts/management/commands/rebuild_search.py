"""`manage.py rebuild_search`: make everything anew that search and related posts are made of."""

from typing import Any

from django.core.management.base import BaseCommand

from posts import dressing
from posts.models import Post
from posts.search import keeping


class Command(BaseCommand):
    help = "Make search entries, indexes, related posts and cards of all published posts anew."

    def handle(self, *args: Any, **options: Any) -> None:
        published = Post.objects.published().for_reading()
        for post in published:
            keeping.put(post)
        keeping.rebuild()
        for post in published:
            dressing.dress(post.pk)
        self.stdout.write(f"{len(published)} posts are ready to be found.")
