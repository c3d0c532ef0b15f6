"""Short lists of related rows as JSON in the same query, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Coalesce


class JsonPairs(models.Aggregate):
    """Rows of two columns as a JSON array of arrays."""

    output_field = models.JSONField()

    @classmethod
    def of(cls, through: Any, first: str, second: str) -> models.Subquery:
        """The pairs of every row of `through` that belongs to the outer post; [] for none."""
        rows = through.objects.filter(post_id=models.OuterRef("pk")).order_by()
        pairs = rows.values("post_id").annotate(pairs=cls(first, second)).values("pairs")
        return Coalesce(  # type: ignore[return-value] # an expression like any other
            models.Subquery(pairs, output_field=models.JSONField()),
            models.Value([], output_field=models.JSONField()),
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "JSON_GROUP_ARRAY(JSON_ARRAY(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "JSONB_AGG(JSONB_BUILD_ARRAY(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **context)
