import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COLUMNS = ["post_id", "parent_id", "reader_id", "thread_id"]


def drop_indexes(apps, schema_editor):
    """By themselves: Django would make SQLite's whole table anew, under the triggers that name it."""
    comment = apps.get_model("comments", "Comment")
    named = {index.name for index in comment._meta.indexes}
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, comment._meta.db_table)
    for name, facts in found.items():
        is_plain = facts["index"] and not facts["unique"] and name not in named
        if is_plain and facts["columns"] in [[column] for column in COLUMNS]:
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


def make_indexes(apps, schema_editor):
    comment = apps.get_model("comments", "Comment")
    for field in comment._meta.concrete_fields:
        if field.column in COLUMNS:
            schema_editor.execute(schema_editor._create_index_sql(comment, fields=[field]))


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0008_tell_once_for_many"),
        ("posts", "0012_names_of_things"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)),
                fields=["parent"],
                name="comment_replies",
            ),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("reader__isnull", False)),
                fields=["reader"],
                name="comment_reader",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_indexes, make_indexes)],
            state_operations=[
                migrations.AlterField(
                    model_name="comment",
                    name="parent",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="replies",
                        to="comments.comment",
                        verbose_name="reply to",
                    ),
                ),
                migrations.AlterField(
                    model_name="comment",
                    name="post",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="posts.post",
                        verbose_name="post",
                    ),
                ),
                migrations.AlterField(
                    model_name="comment",
                    name="reader",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="comments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reader",
                    ),
                ),
                migrations.AlterField(
                    model_name="comment",
                    name="thread",
                    field=models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="comments.comment",
                    ),
                ),
            ],
        ),
    ]
