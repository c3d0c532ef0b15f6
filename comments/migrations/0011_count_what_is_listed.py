"""Count what is listed in each conversation."""

from django.db import migrations, models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce


def count(apps, schema_editor):
    Comment = apps.get_model("comments", "Comment")
    Conversation = apps.get_model("comments", "Conversation")
    listed = (
        Comment.objects.filter(post=OuterRef("post_id"), is_listed=True)
        .order_by()
        .values("post")
        .annotate(count=Count("pk"))
    )
    Conversation.objects.update(listed_count=Coalesce(Subquery(listed.values("count")), 0))


class Migration(migrations.Migration):

    dependencies = [
        ('comments', '0010_find_reactions'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='listed_count',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
