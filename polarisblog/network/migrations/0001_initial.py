from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("ends_at_ms", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["ends_at_ms"], name="network_counter_ends")],
            },
        ),
    ]
