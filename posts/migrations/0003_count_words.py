"""Posts from before learn how long they are; saving them again would count the same."""

import re

from django.db import migrations
from django.utils.html import strip_tags


def count_words(apps, schema_editor):
    Post = apps.get_model("posts", "Post")
    for post in Post.objects.filter(word_count=0).only("pk", "html").iterator(chunk_size=200):
        words = len(strip_tags(re.sub(r"</(p|li|h[1-6]|blockquote|div|tr)>", " ", post.html)).split())
        Post.objects.filter(pk=post.pk).update(word_count=words)


class Migration(migrations.Migration):
    dependencies = [("posts", "0002_writing")]

    operations = [migrations.RunPython(count_words, migrations.RunPython.noop)]
