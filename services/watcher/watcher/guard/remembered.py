"""Edge: what the volume was when what we watch was found on it, kept in the ledger."""

from postflow.mount_identity import Identity
from watcher.database import Database


class Remembered:
    """Raises LedgerUnavailable, also when it is made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        row = database.row("SELECT kind, source FROM volume")
        self.identity = Identity(*row) if row is not None else None

    def keep(self, identity: Identity) -> None:
        with self._database.changing() as connection:
            connection.execute("DELETE FROM volume")
            connection.execute("INSERT INTO volume (kind, source) VALUES (?, ?)", (identity.kind, identity.source))
        self.identity = identity
