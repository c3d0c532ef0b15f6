"""Triggers that write down what readers could see change, whoever writes and however.

A bulk update, an import, a console: no way of writing a row can forget them. They run within the
transaction, so a change is there exactly when the transaction's rows are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection

from polarisblog.pagecache.keeping import EVERYTHING
from polarisblog.pagecache.migrating import goes_back, is_whole, may_remake

TABLE = "pagecache_change"


@dataclass(frozen=True)
class Watch:
    """Which changes to a table readers could see, and what is then no longer true.

    `tags` is a SELECT of one column for a row called `{row}`. Of updates only those count that
    change one of `columns` (without any: every one), of all changes only those to rows where `when`
    holds before or after. SQL comes from code, never from a request.
    """

    model: str
    tags: str = f"SELECT '{EVERYTHING}'"
    columns: tuple[str, ...] = ()
    when: str = ""
    events: tuple[str, ...] = ("INSERT", "UPDATE", "DELETE")

    @property
    def table(self) -> str:
        """`model` is `app.Model`, or `app.Model.field` for a many-to-many field's own table."""
        app, name, *field = self.model.split(".")
        found: Any = apps.get_model(app, name)
        if field:
            found = getattr(found, field[0]).through
        table: str = found._meta.db_table  # noqa: SLF001 # Django's documented Model _meta API
        return table


_watches: list[Watch] = []
_only_on_pages: set[str] = set()


def watch(*watches: Watch, only_on_pages: Iterable[str] = ()) -> None:
    """For an app's `ready`: what it shows to readers.

    `only_on_pages`: kinds of tags (what stands before a colon) for what changes all the time, so
    that nothing is remembered of it; what is remembered outlives them.
    """
    _watches.extend(watches)
    _only_on_pages.update(only_on_pages)


def may_be_remembered(changed: Iterable[str]) -> bool:
    """Whether one of these tags may concern what is remembered (`UntilChanged`)."""
    return any(tag.partition(":")[0] not in _only_on_pages for tag in changed)


def tables() -> frozenset[str]:
    """Where a write may concern kept pages."""
    return frozenset({TABLE, *(watch.table for watch in _watches)})


def touch(*tags: str) -> None:
    """Say that pages which show these are no longer true, where time alone made them so."""
    now = "pg_current_xact_id()::text::bigint" if connection.vendor == "postgresql" else "0"
    with connection.cursor() as cursor:
        for tag in tags:
            cursor.execute(
                f'INSERT INTO "{TABLE}" (tag, xid) VALUES (%s, {now})',  # noqa: S608 # ours
                [tag],
            )


def ensure(**_: Any) -> None:
    """Make the triggers anew after every migrate: SQLite loses them when a table is remade."""
    if not is_whole():
        return
    make = _on_postgres if connection.vendor == "postgresql" else _on_sqlite
    with connection.cursor() as cursor:
        for number, watch in enumerate(_watches):
            for statement in make(watch, f"{TABLE}_{number}_{watch.table}"):
                cursor.execute(statement)


def withdraw(plan: list[tuple[Any, bool]], **_: Any) -> None:
    """Take all triggers away before a migrate that goes back."""
    if not (goes_back(plan) or may_remake(plan)):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT format('DROP FUNCTION %%s CASCADE', oid::regprocedure) FROM pg_proc "
                "WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, %s)",
                [f"{TABLE}_"],
            )
        else:
            cursor.execute(
                "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' "
                "AND substr(name, 1, length(%s)) = %s",
                [f"{TABLE}_"] * 2,
            )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _rows(event: str) -> tuple[str, ...]:
    return {"INSERT": ("NEW",), "DELETE": ("OLD",), "UPDATE": ("OLD", "NEW")}[event]


def _condition(watch: Watch, event: str, differs: str) -> str:
    parts = []
    if watch.when:
        parts.append(" OR ".join(f"({watch.when.format(row=row)})" for row in _rows(event)))
    if event == "UPDATE" and watch.columns:
        changes = (f"OLD.{column} {differs} NEW.{column}" for column in watch.columns)
        parts.append(" OR ".join(changes))
    return " AND ".join(f"({part})" for part in parts)


def _tags(watch: Watch, event: str) -> str:
    return " UNION ".join(watch.tags.format(row=row) for row in _rows(event))


def _on_sqlite(watch: Watch, name: str) -> Iterator[str]:
    for event in watch.events:
        condition = _condition(watch, event, "IS NOT")
        when = f" WHEN {condition}" if condition else ""
        yield f"DROP TRIGGER IF EXISTS {name}_{event.lower()}"
        yield (
            f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {watch.table}{when} BEGIN "
            f"INSERT INTO {TABLE} (tag) {_tags(watch, event)}; END"
        )


def _on_postgres(watch: Watch, name: str) -> Iterator[str]:
    for event in watch.events:
        full = f"{name}_{event.lower()}"
        condition = _condition(watch, event, "IS DISTINCT FROM")
        when = f" WHEN ({condition})" if condition else ""
        yield (
            f"CREATE OR REPLACE FUNCTION {full}() RETURNS trigger LANGUAGE plpgsql "  # noqa: S608 # ours
            f"AS $$ BEGIN INSERT INTO {TABLE} (tag, xid) SELECT changed.tag, "
            f"pg_current_xact_id()::text::bigint FROM ({_tags(watch, event)}) AS changed (tag); "
            f"RETURN NULL; END $$"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {full} AFTER {event} ON {watch.table} "
            f"FOR EACH ROW{when} EXECUTE FUNCTION {full}()"
        )
