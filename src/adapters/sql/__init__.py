"""The store on SQLite and PostgreSQL: `migrate(url)` once, then `open_store(url, …)`."""

from adapters.sql.backup import BackupFault, backup, restore
from adapters.sql.migrate import migrate
from adapters.sql.seals import WrongKey
from adapters.sql.sqlite import AlreadyServed
from adapters.sql.store import NotMigrated, SqlStore, open_store

__all__ = [
    "AlreadyServed",
    "BackupFault",
    "NotMigrated",
    "SqlStore",
    "WrongKey",
    "backup",
    "migrate",
    "open_store",
    "restore",
]
