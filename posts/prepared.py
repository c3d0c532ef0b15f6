"""QuerySets that become SQL once and from then on are only filled in.

Django makes the SQL anew each time a QuerySet is read. For the few queries behind a post's page and
a new comment, which are the same every time, that took longer than the database did
(docs/performance.md). Whatever runs more rarely is better off as an ordinary QuerySet.
"""

import datetime
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")

# Of one query, by what shapes its SQL (the number of a page, say).
MOST_KEPT = 100


class Slot(Expression):
    """Stands in a QuerySet for a value that each run brings, where an `F` could stand too."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class Prepared(Generic[Row]):
    """`@Prepared` on a function that gives a QuerySet: called, it gives the rows as a list.

    The function's own arguments, given by position, shape the SQL; its Slots are filled in by
    keyword. What the QuerySet would read while it is built (the time, a setting) has to be a Slot,
    or it stays as it was in the first run. Raises KeyError for a Slot without a value.
    """

    def __init__(self, make: Callable[..., "QuerySet[Any, Row]"]) -> None:
        self.__doc__ = make.__doc__
        self._make = make
        self._rows: dict[tuple[Hashable, ...], QuerySet[Any, Row]] = {}
        self._plans: dict[tuple[Hashable, ...], Plan] = {}

    def __call__(self, *shape: Hashable, **values: Any) -> list[Row]:
        rows = self._rows.get(shape)
        if rows is None:
            rows = self._keep(shape)
        alias = rows.db
        plan = self._plans.get((alias, *shape))
        if plan is None:
            plan = self._plans[alias, *shape] = Plan.of(rows, alias)
        return plan.run(values)

    def _keep(self, shape: tuple[Hashable, ...]) -> "QuerySet[Any, Row]":
        if len(self._rows) >= MOST_KEPT:
            # Rebound and not emptied: another thread may be reading them.
            self._rows, self._plans = {}, {}
        rows = self._rows[shape] = self._make(*shape)
        return rows


@dataclass(frozen=True)
class Plan:
    """The SQL of `rows` on the database `alias`, and how its answer becomes objects."""

    rows: "QuerySet[Any, Any]"
    alias: str
    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]
    converters: dict[int, Any]

    @classmethod
    def of(cls, rows: "QuerySet[Any, Any]", alias: str) -> "Plan":
        compiler: Any = rows.query.chain().get_compiler(using=alias)
        sql, params = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return cls(rows, alias, compiler, sql, tuple(params), compiler.get_converters(columns))

    def run(self, values: dict[str, Any]) -> list[Any]:
        if self.rows.query.select_for_update and connections[self.alias].get_autocommit():
            # Django says so when it makes the SQL, which was done before.
            raise TransactionManagementError("select_for_update outside of a transaction")
        query: Any = _FilledQuery(self, values)
        filled: Any = type(self.rows)(model=self.rows.model, query=query, using=self.alias)
        for how in ("_iterable_class", "_fields", "_prefetch_related_lookups"):
            setattr(filled, how, getattr(self.rows, how))
        return list(filled)


class _FilledQuery:
    """What a QuerySet asks its query, answered from the plan."""

    def __init__(self, plan: Plan, values: dict[str, Any]) -> None:
        self._plan, self._values = plan, values

    def get_compiler(self, using: str | None = None) -> "_FilledCompiler":
        return _FilledCompiler(self._plan, self._values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plan.rows.query, name)


class _FilledCompiler(SQLCompiler):
    """Runs SQL that was made before, on this thread's connection."""

    def __init__(self, plan: Plan, values: dict[str, Any]) -> None:
        self.__dict__.update(plan.compiler.__dict__)
        self.connection = connections[plan.alias]
        self._plan = plan
        self._params = tuple(
            self._adapted(values[param.name]) if isinstance(param, Slot) else param
            for param in plan.params
        )

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return self._plan.sql, self._params

    def get_converters(self, expressions: Any) -> dict[int, Any]:
        return self._plan.converters

    def _adapted(self, value: Any) -> Any:
        """As the fields' `get_db_prep_value` would: databases know times in their own way."""
        if isinstance(value, datetime.datetime):
            return self.connection.ops.adapt_datetimefield_value(value)
        return value
