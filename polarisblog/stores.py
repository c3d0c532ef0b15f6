"""Where things are kept, from addresses in the environment to what Django wants to know.

Read while the settings are being read, so nothing here may need them.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_database_url
from environs import Env, EnvError

from polarisblog.environment import NOT_NEGATIVE

# IMMEDIATE takes the write lock when a transaction begins, so that two writers queue instead of
# failing half-way; WAL lets readers go on meanwhile. FULL: a commit is on the disk.
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;"
    ),
}
# Then the engine looks whether the server is there, and waits on if it is: polarisblog/primary.
PRIMARY_WAIT_SECONDS = 1
# A network that swallows packets is noticed within seconds, too.
PRIMARY = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
# A connection that cannot be made is given up, and made when somebody needs it.
POOL_TRIES_SECONDS = 2.0
# Nobody waits for a replica: the primary has the answer too.
REPLICA_WAIT_SECONDS = 0.5
REPLICA = {
    "connect_timeout": 2,
    "tcp_user_timeout": 1000,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
}
# The cache's table, which also stands in while Redis is away.
TABLE_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "polaris_cache",
    "OPTIONS": {"MAX_ENTRIES": 50_000},
}
REDIS = "django.core.cache.backends.redis.RedisCache"
REDIS_WAIT_SECONDS = 0.5
FOLDER = {"BACKEND": "posts.folder.Folder"}


class BadAddress(EnvError):
    """What is wrong with an address in the environment, for the person who wrote it."""


def databases(env: Env, data_dir: Path) -> dict[str, dict[str, Any]]:
    """The database, and its replicas as `replica1` and so on."""
    primary = env.dj_db_url("DATABASE_URL", f"sqlite:///{data_dir / 'blog.sqlite3'}")
    addresses: list[str] = env.list("DATABASE_REPLICA_URLS", [])
    if not primary["ENGINE"].endswith(("sqlite3", "postgresql")):
        raise BadAddress("DATABASE_URL should begin with postgres:// or sqlite:///.")
    if primary["ENGINE"].endswith("sqlite3"):
        primary["OPTIONS"] = SQLITE
        # The web server's threads stay, and each keeps its connection: opening one reads the whole
        # schema, and closing the last makes SQLite write its log back.
        primary["CONN_MAX_AGE"] = None
        if addresses:
            raise BadAddress("DATABASE_REPLICA_URLS needs PostgreSQL: set DATABASE_URL.")
        return {"default": primary}
    pool_size = env.int("DATABASE_POOL_SIZE", 10, validate=NOT_NEGATIVE)
    primary["ENGINE"] = "polarisblog.primary"
    primary["OPTIONS"] = {**PRIMARY, **primary.get("OPTIONS", {})}
    _pool(primary, pool_size, PRIMARY_WAIT_SECONDS, reconnect_timeout=POOL_TRIES_SECONDS)
    replicas = {
        f"replica{number}": _replica(address, pool_size)
        for number, address in enumerate(addresses, start=1)
    }
    return {"default": primary, **replicas}


def _pool(database: dict[str, Any], size: int, wait_seconds: float, **more: Any) -> None:
    """A process has more threads than it needs connections: these are kept in a pool.

    With size 0 there is none, for a pgbouncer in front, which hands a connection to somebody else
    after each transaction: a cursor of the server's would not be found again.
    """
    options = database.setdefault("OPTIONS", {})
    database["CONN_MAX_AGE"] = 0
    if size:
        # A server that was restarted left dead connections behind; one is asked before it is used.
        database["CONN_HEALTH_CHECKS"] = True
        pool = {"min_size": 1, "max_size": size, "timeout": wait_seconds, **more}
        options["pool"] = pool
        # Prepared where somebody asks for it: polarisblog/sql.
        options["prepare_threshold"] = 1
    else:
        database["DISABLE_SERVER_SIDE_CURSORS"] = True


def _replica(address: str, pool_size: int) -> dict[str, Any]:
    try:
        replica: dict[str, Any] = dict(dj_database_url.parse(address))
    except ValueError as error:
        raise BadAddress("DATABASE_REPLICA_URLS should hold postgres:// addresses.") from error
    replica["ENGINE"] = "polarisblog.replicas"
    replica["OPTIONS"] = {**REPLICA, **replica.get("OPTIONS", {})}
    _pool(replica, pool_size, REPLICA_WAIT_SECONDS, min_size=0)
    # What fails there is asked of the primary, so it need not be looked at before each use.
    replica["CONN_HEALTH_CHECKS"] = False
    # A cursor that is kept open could not change to the primary half-way.
    replica["DISABLE_SERVER_SIDE_CURSORS"] = True
    replica["TEST"] = {"MIRROR": "default"}
    return replica


def caches(env: Env) -> dict[str, dict[str, Any]]:
    """`default`, and the `table` that stands in for it."""
    if not env.str("CACHE_URL", ""):
        return {"default": TABLE_CACHE, "table": TABLE_CACHE}
    cache: dict[str, Any] = env.dj_cache_url("CACHE_URL")
    if cache["BACKEND"] == REDIS:
        cache["BACKEND"] = "polarisblog.caching.RedisCache"
        waits = {
            "socket_timeout": REDIS_WAIT_SECONDS,
            "socket_connect_timeout": REDIS_WAIT_SECONDS,
        }
        cache["OPTIONS"] = {**waits, **cache.get("OPTIONS", {})}
    return {"default": cache, "table": TABLE_CACHE}


def media(env: Env) -> dict[str, Any]:
    """Where pictures are kept: the folder in DATA_DIR, or a bucket.

    Raises BadAddress for anything but `s3://[KEY:SECRET@]BUCKET[/PREFIX][?endpoint=…&region=…]`.
    Without a key, boto3 looks where it always does (AWS_ACCESS_KEY_ID, a role of the machine).
    """
    address = env.str("MEDIA_STORAGE_URL", "")
    if not address:
        return FOLDER
    parts = urlsplit(address)
    known = dict(parse_qsl(parts.query))
    unknown = known.keys() - {"endpoint", "region"}
    if "@" in parts.path:
        # Taken literally, the key would be the bucket's name.
        raise BadAddress("In MEDIA_STORAGE_URL, write a / in the secret as %2F.")
    if parts.scheme != "s3" or not parts.hostname or unknown:
        raise BadAddress(
            "MEDIA_STORAGE_URL should read s3://KEY:SECRET@BUCKET/PREFIX?endpoint=…&region=…"
        )
    options = {
        "bucket_name": parts.hostname,
        "location": parts.path.strip("/"),
        "endpoint_url": known.get("endpoint"),
        "region_name": known.get("region"),
        "access_key": unquote(parts.username) if parts.username else None,
        "secret_key": unquote(parts.password) if parts.password else None,
    }
    return {"BACKEND": "posts.bucket.Bucket", "OPTIONS": options}
