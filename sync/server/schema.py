"""What a server keeps, and the version of its tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent_desktop.store.mapping import EntityTables
from agent_desktop.store.upgrade import SchemaVersion

if TYPE_CHECKING:
    from sqlalchemy import MetaData

NUMBER, OLDEST_COMPATIBLE = 21, 21


class ServerSchema:
    """The tables of all entities as statements know them; `sync.server.definitions` has all tables as they are made."""

    def __init__(self) -> None:
        self.tables = EntityTables()

    def version(self) -> SchemaVersion:
        """The schema version of a server file."""
        return SchemaVersion(
            _metadata, NUMBER, OLDEST_COMPATIBLE, Path(__file__).with_name("migrations"), _extra_ddl
        )


# A database that is as it should be is opened without the definitions of its tables, which take long to load.


def _metadata() -> "MetaData":
    from sync.server.definitions import server_metadata

    return server_metadata()


def _extra_ddl() -> Sequence[str]:
    from sync.server.audit_tables import SQLITE_GUARD

    return SQLITE_GUARD
