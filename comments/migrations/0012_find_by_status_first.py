"""Begin with the status where it is asked for together with the post."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('comments', '0011_count_what_is_listed'),
        ('posts', '0012_names_of_things'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='comment',
            name='comments_co_post_id_c397d3_idx',
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['status', 'post', 'created_at'], name='comment_by_status'),
        ),
        # Made anew: of two indexes that seem equally good, SQLite takes the newer one.
        migrations.RemoveIndex(
            model_name='comment',
            name='comment_reactions',
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(
                fields=['post', 'status'],
                condition=models.Q(('is_grouped', True)),
                name='comment_reactions',
            ),
        ),
    ]
