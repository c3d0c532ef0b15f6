"""Give the comments that are there already their place in their thread, and count them."""

from django.db import migrations

ID_WIDTH = 12
MAX_LEVELS = 10


def place_comments(apps, schema_editor):
    Comment = apps.get_model("comments", "Comment")
    Conversation = apps.get_model("comments", "Conversation")
    for post_id in Comment.objects.order_by().values_list("post_id", flat=True).distinct():
        rows = {row.pk: row for row in Comment.objects.filter(post_id=post_id).order_by("pk")}
        for row in rows.values():
            _place(row, rows)
        for row in sorted(rows.values(), key=lambda row: row.path, reverse=True):
            if row.status == "approved":
                _list(row, rows)
        Comment.objects.bulk_update(
            rows.values(), ["parent", "path", "thread", "is_listed", "shown_replies"], batch_size=100
        )
        Conversation.objects.create(
            post_id=post_id,
            response_count=sum(row.status == "approved" for row in rows.values()),
            thread_count=sum(row.is_listed and not row.parent_id for row in rows.values()),
        )


def _place(row, rows):
    above = []
    while row is not None and not row.path:
        if row.parent_id not in rows:
            row.parent_id = None  # answered something on another post, which was never shown so
        above.append(row)
        row = rows.get(row.parent_id)
    for placed in reversed(above):
        parent = rows.get(placed.parent_id)
        prefix = parent.path[: (MAX_LEVELS - 1) * ID_WIDTH] if parent else ""
        placed.path = f"{prefix}{placed.pk:0{ID_WIDTH}}"
        placed.thread_id = parent.thread_id if parent else placed.pk


def _list(row, rows):
    while row is not None and not row.is_listed:
        row.is_listed = True
        row = rows.get(row.parent_id)
        if row is not None:
            row.shown_replies += 1


class Migration(migrations.Migration):

    dependencies = [("comments", "0002_threads_notices_and_care")]

    operations = [migrations.RunPython(place_comments, migrations.RunPython.noop)]
