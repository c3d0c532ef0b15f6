"""The first words of every post, made when it is stored from now on."""

from django.db import migrations

from posts import html


def fill(apps, schema_editor):
    Post = apps.get_model("posts", "Post")
    for post in Post.objects.only("html").iterator():
        Post.objects.filter(pk=post.pk).update(opening_words=html.excerpt(post.html))


class Migration(migrations.Migration):
    dependencies = [("posts", "0010_what_reading_needs")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
