from django.db import migrations
from django.db.models import OuterRef, Subquery

REASONS = [
    (
        "Names somebody or says where they are",
        "Thank you for writing to us. What you sent could show who somebody is or where they are, "
        "and that might put them in danger, so we have not put it on the page. You are welcome to "
        "send it again without names, places or numbers.",
    ),
    (
        "Phone number, address or account",
        "Thank you for writing to us. There is a way to reach a person in what you sent. Because "
        "anybody can read this page, we have not put it there. You are welcome to send it again "
        "without it.",
    ),
    (
        "Hurts somebody",
        "Thank you for writing to us. Some of the people who read here carry a lot, and your words "
        "could hurt them, so we have not put them on the page. If you would like to say it in "
        "another way, we will gladly read it.",
    ),
    (
        "Details that are hard to bear",
        "Thank you for trusting us with this. It goes into details that can be hard to bear for "
        "others who read here, so we have not put it on the page. If you would like to talk with "
        "somebody, the number on our pages is answered day and night.",
    ),
    (
        "Offers or asks for services",
        "We do not publish offers, job notices or requests for services here, so that nobody is "
        "led into danger from this page.",
    ),
    (
        "Belongs somewhere else",
        "Thank you for writing to us. We keep the conversation to what the article is about, so we "
        "have not put this on the page.",
    ),
    (
        "Advertising",
        "We do not publish advertising, however well it is meant.",
    ),
]


def add_reasons(apps, schema_editor):
    CannedReason = apps.get_model("comments", "CannedReason")
    for position, (title, words) in enumerate(REASONS):
        CannedReason.objects.get_or_create(
            title=title, defaults={"words": words, "position": position}
        )


def fill_posts(apps, schema_editor):
    Comment = apps.get_model("comments", "Comment")
    post = Comment.objects.filter(pk=OuterRef("comment_id")).values("post_id")
    apps.get_model("comments", "Decision").objects.filter(post=None).update(post_id=Subquery(post))


class Migration(migrations.Migration):
    dependencies = [("comments", "0004_moderation")]

    operations = [
        migrations.RunPython(add_reasons, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(fill_posts, migrations.RunPython.noop, elidable=True),
    ]
