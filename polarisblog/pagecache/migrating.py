"""When triggers may stand: what they name must be there.

They are made after every migrate that leaves nothing to do, and taken away before one that goes
back, whose columns and tables they would outlive. On SQLite before each that does anything: it may
make a table anew, which fails where a trigger of another table names it.
"""

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def is_whole() -> bool:
    """Whether the database has gone through all that this code knows."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def goes_back(plan: list[tuple[Any, bool]]) -> bool:
    """Whether pre_migrate's `plan` takes something back."""
    return any(is_backwards for _, is_backwards in plan)


def may_remake(plan: list[tuple[Any, bool]]) -> bool:
    """Whether `plan` might make a table anew."""
    return connection.vendor == "sqlite" and bool(plan)
