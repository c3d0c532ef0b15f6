"""How each database puts itself away in one consistent piece, and how it comes back whole.

Both modules have `MEMBER`, the name in the archive, and three verbs: `snapshot(folder)` gives a
Snapshot below `folder`; `check(path, folder)` counts the rows of each table in an archive's
database, or raises BadArchive; `load(path, folder, tables)` puts it in the place of ours in one
transaction.
"""

from types import ModuleType

from django.db import connection

from polarisblog.backups.engines import postgresql, sqlite


def current() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite
