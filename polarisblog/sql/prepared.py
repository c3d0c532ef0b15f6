"""QuerySets that become SQL once and from then on are only filled in.

Django makes the SQL anew each time a QuerySet is read. For the few queries behind a post's page and
a new comment, which are the same every time, that took longer than the database did
(docs/performance.md). Whatever runs more rarely is better off as an ordinary QuerySet.
"""

import datetime
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Expression, QuerySet, prefetch_related_objects
from django.db.models.query import ValuesListIterable
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

from polarisblog.sql.cursors import binding_cursor

Row = TypeVar("Row")
Fetched = list[tuple[Any, ...]]

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
        return plan.objects(self._fetch(plan, values))

    def _fetch(self, plan: "Plan", values: dict[str, Any]) -> Fetched:
        return plan.fetch(values)

    def _keep(self, shape: tuple[Hashable, ...]) -> "QuerySet[Any, Row]":
        if len(self._rows) >= MOST_KEPT:
            # Rebound and not emptied: another thread may be reading them.
            self._rows, self._plans = {}, {}
        rows = self._rows[shape] = self._make(*shape)
        return rows


@dataclass(frozen=True, eq=False)
class Plan:
    """The SQL of `rows` on the database `alias`, and how its answer becomes objects."""

    rows: Any
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

    def fetch(self, values: dict[str, Any]) -> Fetched:
        connection = connections[self.alias]
        if self.rows.query.select_for_update and connection.get_autocommit():
            # Django says so when it makes the SQL, which was done before.
            raise TransactionManagementError("select_for_update outside of a transaction")
        with binding_cursor(connection) as cursor:
            cursor.execute(self.sql, self._filled(connection, values))
            rows: Fetched = cursor.fetchall()
            return rows

    @cached_property
    def gives_what_was_fetched(self) -> bool:
        """Whether the rows of a `values_list` are the database's own."""
        is_list = self.rows._iterable_class is ValuesListIterable  # noqa: SLF001 # as a QuerySet
        return is_list and not (self.converters or self.rows.query.annotation_select)

    def objects(self, fetched: Fetched) -> list[Any]:
        if self.gives_what_was_fetched:
            return [*fetched]
        found = list(self.rows._iterable_class(_Answer(self, fetched)))  # noqa: SLF001 # as a QuerySet
        lookups = self.rows._prefetch_related_lookups  # noqa: SLF001 # as a QuerySet
        if lookups:
            prefetch_related_objects(found, *lookups)
        return found

    def _filled(self, connection: Any, values: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(
            _adapted(connection, values[param.name]) if isinstance(param, Slot) else param
            for param in self.params
        )


class _Answer:
    """What was fetched, as what makes objects of it asks: a QuerySet, its query and compiler."""

    def __init__(self, plan: Plan, fetched: Fetched) -> None:
        self._plan, self._fetched = plan, fetched
        self.db, self.model, self.query = plan.alias, plan.rows.model, self
        self.select, self.klass_info = plan.compiler.select, plan.compiler.klass_info
        self.annotation_col_map = plan.compiler.annotation_col_map

    def get_compiler(self, using: str) -> "_Answer":
        return self

    def execute_sql(self, **how: Any) -> Fetched:
        return self._fetched

    def results_iter(self, results: Any = None, **how: Any) -> Iterator[Any]:
        converters = self._plan.converters
        if not converters:
            return iter(self._fetched)
        return iter(_converted(self._fetched, converters, connections[self.db]))

    def __getattr__(self, name: str) -> Any:
        plan = self.__dict__["_plan"]
        return getattr(plan.rows if name.startswith("_") else plan.rows.query, name)


def _converted(
    fetched: Fetched, converters: dict[int, Any], connection: Any
) -> Iterator[tuple[Any, ...]]:
    """As SQLCompiler.apply_converters, with this thread's connection."""
    for values in map(list, fetched):
        for position, (functions, expression) in converters.items():
            for function in functions:
                values[position] = function(values[position], expression, connection)
        yield tuple(values)


def _adapted(connection: Any, value: Any) -> Any:
    """As the fields' `get_db_prep_value` would: databases know times in their own way."""
    if isinstance(value, datetime.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
