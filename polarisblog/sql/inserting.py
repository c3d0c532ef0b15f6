"""New rows that are stored together, by SQL that is made once for their table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.models import Expression
from django.db.models.sql import InsertQuery

from polarisblog.sql.cursors import binding_cursor


def insert(rows: Sequence[models.Model], *, using: str) -> None:
    """Store new `rows` of one model, which have their keys, in one statement.

    Like `bulk_create`, it sends no signals and knows no inheritance. Rows of before this are not
    looked at: an IntegrityError says that one was there already.
    """
    if not rows:
        return
    plan = _Plan.for_rows_like(rows[0], using)
    connection = connections[using]
    values = [plan.values(row, connection) for row in rows]
    with binding_cursor(connection) as cursor:
        if len(values) == 1:
            cursor.execute(plan.sql, values[0])
        else:
            cursor.executemany(plan.sql, values)
    for row in rows:
        row._state.adding, row._state.db = False, using  # noqa: SLF001 # as Django does


class NextKeys(Expression):
    """So many keys for new rows of a model (`app.Model`), in order, as the database would count.

    A column of a query that asks for something else as well, in the transaction that stores them:
    SQLite lets nobody else write until it ends, and PostgreSQL gives no number twice.
    """

    def __init__(self, model: str, count: int) -> None:
        super().__init__(output_field=models.Field())
        self.model, self.count = model, count

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        model: type[models.Model] = apps.get_model(self.model)
        if connection.vendor == "sqlite":
            # Source: sqlite.org/autoinc.html.
            last = "SELECT max(seq) FROM sqlite_sequence WHERE name = %s"
            return f"coalesce(({last}), 0)", [_table(model)]
        numbers = f"SELECT nextval(%s::regclass) FROM generate_series(1, {int(self.count)})"  # noqa: S608 # a number
        return f"ARRAY({numbers})", [_sequence(model, connection.alias)]

    def convert_value(self, value: Any, expression: Any, connection: Any) -> list[int]:
        if connection.vendor == "sqlite":
            return list(range(value + 1, value + self.count + 1))
        return list(value)


def next_keys(model: str, count: int, *, using: str) -> list[int]:
    """The same, asked for alone."""
    keys = NextKeys(model, count)
    connection = connections[using]
    sql, params = keys.as_sql(None, connection)
    with binding_cursor(connection) as cursor:
        cursor.execute(f"SELECT {sql}", params)
        [(value,)] = cursor.fetchall()
    return keys.convert_value(value, keys, connection)


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 # Django's documented API


def _key(model: type[models.Model]) -> str:
    return str(model._meta.pk.column)  # noqa: SLF001 # Django's documented API


@cache
def _sequence(model: type[models.Model], using: str) -> str:
    """What PostgreSQL calls that which counts the keys of `model`."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [_table(model), _key(model)])
        [(name,)] = cursor.fetchall()
    return str(name)


@dataclass(frozen=True)
class _Plan:
    """What storing a row of one model takes on one database."""

    sql: str
    fields: Sequence[Any]

    @classmethod
    def for_rows_like(cls, row: models.Model, using: str) -> "_Plan":
        model = type(row)
        plan = _plans.get((model, using))
        if plan is None:
            query = InsertQuery(model)
            fields = model._meta.local_concrete_fields  # noqa: SLF001 # Django's documented API
            query.insert_values(fields, [row])
            [(sql, _)] = query.get_compiler(using).as_sql()
            plan = _plans[model, using] = cls(sql, fields)
        return plan

    def values(self, row: models.Model, connection: Any) -> list[Any]:
        return [
            field.get_db_prep_save(field.pre_save(row, add=True), connection)
            for field in self.fields
        ]


_plans: dict[tuple[type[models.Model], str], _Plan] = {}
