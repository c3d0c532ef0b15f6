"""Migrations on a full database, forwards and back: every row is looked at on both sides.

There is no release before this one, so the baseline is the blog's first whole state: people, posts,
comments, the queue and the limits, and none of what came later.
"""

import datetime
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection, connections, models
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from polarisblog.pagecache import watching
from tests.databases import own_database

pytestmark = pytest.mark.slow

OURS = (
    *("health", "backups", "pagecache", "linkbacks", "comments", "posts", "accounts"),
    *("background", "network"),
)
# Each of them in an order in which both ways need few steps.
FIRST = {
    **dict.fromkeys(("health", "backups", "pagecache", "linkbacks"), "zero"),
    **dict.fromkeys(("comments", "posts", "accounts"), "0001_initial"),
}
BEGIN = ("comments", "0001_initial"), ("background",), ("network",)
NOTHING = dict.fromkeys(("accounts", "health", "backups", "pagecache", *OURS[-2:]), "zero")
# What a migration makes anew from what is there, or that the database itself counts.
MADE_ANEW = {
    "comments.comment": {"path", "thread_id", "is_listed", "shown_replies"},
    "comments.decision": {"post_id"},
    "posts.post": {"word_count", "summary"},
}
WHEN = datetime.datetime(2011, 1, 11, 12, tzinfo=datetime.UTC)
Rows = dict[str, dict[Any, dict[str, Any]]]


@pytest.fixture(autouse=True)
def own_connection(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Everything here happens in an empty database that no other test sees."""
    with own_database() as named, django_db_blocker.unblock():
        usual = connections["default"]
        name = urlsplit(named.get("DATABASE_URL", "")).path[1:] or tmp_path / "own.sqlite3"
        options = {k: v for k, v in usual.settings_dict["OPTIONS"].items() if k != "pool"}
        facts = {**usual.settings_dict, "NAME": name, "OPTIONS": options}
        connections["default"] = type(usual)(facts, "default")
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"] = usual


def migrate(*where: str) -> None:
    call_command("migrate", *where, interactive=False, verbosity=0)


def go_back(state: dict[str, str]) -> None:
    for app, name in state.items():
        migrate(app, name)


def models_now() -> list[type[models.Model]]:
    """Our models as they are at the migrations that the database has gone through."""
    loader = MigrationExecutor(connection).loader
    last = {node for node in loader.applied_migrations if node in loader.graph.nodes}
    apps = loader.project_state(list(last)).apps
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OURS and model._meta.managed and not model._meta.proxy
    ]


def rows() -> Rows:
    return {
        model._meta.label_lower: {
            row.pk: {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields}
            for row in model._default_manager.all()
        }
        for model in models_now()
    }


def fill() -> None:
    """Two rows in every table that has none, with something in every column."""
    known = {model._meta.label_lower: model for model in models_now()}
    done: set[str] = set()

    def make(label: str) -> None:
        if label in done or label not in known:
            return
        done.add(label)
        if known[label]._default_manager.exists():
            return
        fields = known[label]._meta.concrete_fields
        for field in fields:
            if field.related_model is not None and field.related_model._meta.label_lower != label:
                make(field.related_model._meta.label_lower)
        for number in (1, 2):
            values = {f.attname: value(f, number) for f in fields if not is_number_of_its_own(f)}
            known[label]._default_manager.create(**values)

    for label in known:
        make(label)


def is_number_of_its_own(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.AutoField | models.BigAutoField)


def value(field: Any, number: int) -> Any:
    if field.related_model is not None:
        others = list(field.related_model._default_manager.order_by("pk"))
        if field.related_model is field.model:
            return others[-1].pk if others and field.name == "parent" else None
        # A reply stands under the same post as what it answers.
        return others[0 if field.name == "post" and not field.unique else number - 1].pk
    if field.choices:
        return field.choices[(number - 1) % len(field.choices)][0]
    makers: dict[type, Any] = {
        models.BooleanField: bool(number % 2),
        models.DateTimeField: WHEN,
        models.DateField: WHEN.date(),
        models.IntegerField: number,
        models.FloatField: float(number),
        models.UUIDField: uuid.UUID(int=number),
        models.BinaryField: bytes([number]),
        models.GenericIPAddressField: f"192.0.2.{number}",
        models.JSONField: {} if field.default is dict else [],
        models.URLField: f"https://{number}.example/{field.name}",
        models.EmailField: f"{field.name}{number}@example.org",
        models.FileField: f"{field.name}/{number}.jpg",
        models.CharField: f"{field.name[:5]}-{number}"[-(field.max_length or 0) :],
        models.TextField: f"<p>Some {field.name}, {number}</p>",
    }
    return next(made for kind, made in makers.items() if isinstance(field, kind))


def assert_same(before: Rows, after: Rows) -> None:
    for label, ones in before.items():
        made = MADE_ANEW.get(label, set())
        for pk, row in ones.items():
            now = after[label][pk]
            assert {name: now[name] for name in row.keys() & now.keys() - made} == {
                name: row[name] for name in row.keys() & now.keys() - made
            }, label


def left_by_us() -> list[str]:
    """Tables, triggers and functions that carry a name of ours."""
    if connection.vendor == "postgresql":
        question = (
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
            "UNION ALL SELECT proname FROM pg_proc "
            "WHERE pronamespace = current_schema()::regnamespace"
        )
    else:
        question = "SELECT name FROM sqlite_master"
    with connection.cursor() as cursor:
        cursor.execute(question)
        names = [row[0] for row in cursor.fetchall()]
    return [name for name in names if name.partition("_")[0] in OURS]


def write_everywhere() -> None:
    """Whatever watches the tables lets every row be written again."""
    for model in models_now():
        names = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
        for row in model._default_manager.all() if names else ():
            same = {name: getattr(row, name) for name in names}
            assert model._default_manager.filter(pk=row.pk).update(**same) == 1


def empty(model: type[models.Model]) -> bool:
    return not model._default_manager.exists()


def test_a_full_blog_goes_forwards_and_back_and_forwards_with_every_row() -> None:
    for where in BEGIN:
        migrate(*where)
    fill()
    before = rows()
    assert {label: len(ones) for label, ones in before.items()} == dict.fromkeys(before, 2)
    write_everywhere()

    migrate()
    after = rows()
    assert_same(before, after)
    placed = after["comments.comment"]
    assert {row["path"][-12:] for row in placed.values()} == {f"{pk:012}" for pk in placed}
    assert [row["response_count"] for row in after["comments.conversation"].values()] == [1]
    # Every table that came since has something to lose as well.
    fill()
    assert not [model for model in models_now() if empty(model)]
    write_everywhere()

    go_back(FIRST)
    assert rows() == before
    write_everywhere()

    migrate()
    assert_same(before, rows())
    go_back(NOTHING)
    assert left_by_us() == []


def test_a_running_blog_is_taken_along_with_its_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    migrate()
    fill()
    migrate("comments", "0008_tell_once_for_many")
    with monkeypatch.context() as patch:
        # As the code of that time had left them.
        patch.setattr(watching, "is_whole", lambda: True)
        watching.ensure()
    triggers = {name for name in left_by_us() if name.startswith("pagecache_change_")}
    assert triggers
    before = rows()

    migrate()

    assert_same(before, rows())
    assert {name for name in left_by_us() if name.startswith("pagecache_change_")} == triggers
    write_everywhere()
