"""The tables of a server: every entity, the log of operations, tombstones, clients and what goes out."""

from pathlib import Path

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

from agent_desktop.domain.message import Attachment, Message
from agent_desktop.store.core import CoreTables
from agent_desktop.store.upgrade import SchemaVersion
from sync.server.account_tables import AccountTables

NUMBER, OLDEST_COMPATIBLE = 2, 1


class ServerSchema:
    """Tables of `server.db`."""

    def __init__(self) -> None:
        self.metadata = MetaData()
        self.tables = CoreTables(self.metadata)
        for mapping in self.tables.all():
            Index(f"{mapping.entity.table}_version", mapping.table.c.ver)
        message = self.tables[Message].table.c
        Index("message_conversation", message.conversation_id, message.created_at)
        Index("attachment_message", self.tables[Attachment].table.c.message_id)
        self.head = Table(
            "head",
            self.metadata,
            Column("only", Integer, primary_key=True),
            Column("version", Integer, nullable=False),
            Column("epoch", Text, nullable=False),
            Column("oldest_cursor", Integer, nullable=False),
        )
        self.tombstone = Table(
            "tombstone",
            self.metadata,
            Column("entity", Text, primary_key=True),
            Column("id", Text, primary_key=True),
            Column("scope", Text, primary_key=True),
            Column("ver", Integer, nullable=False, index=True),
        )
        self.client = Table(
            "client",
            self.metadata,
            Column("client_id", Text, primary_key=True),
            Column("user_id", Text, nullable=False),
            Column("last_number", Integer, nullable=False),
            Column("ver", Integer, nullable=False),
        )
        self.operation = Table(
            "operation",
            self.metadata,
            Column("operation_id", Text, primary_key=True),
            Column("client_id", Text, nullable=False),
            Column("number", Integer),
            Column("user_id", Text, nullable=False),
            Column("kind", Text, nullable=False),
            Column("kind_version", Integer, nullable=False),
            Column("payload", Text, nullable=False),
            Column("created_at", Integer, nullable=False),
            Column("group_id", Text),
            Column("ver", Integer, nullable=False),
            Column("position", Integer, nullable=False),
            Column("verdict", Text, nullable=False),
            Column("reason", Text),
            UniqueConstraint("client_id", "number"),
            Index("operation_version", "client_id", "ver"),
        )
        self.outbound = Table(
            "outbound",
            self.metadata,
            Column("message_id", Text, primary_key=True),
            Column("conversation_id", Text, nullable=False),
            Column("state", Text, nullable=False),
            Column("not_before", Integer, nullable=False),
            Column("attempts", Integer, nullable=False, default=0),
            Column("lease_until", Integer, nullable=False, default=0),
            Index("outbound_due", "state", "not_before"),
        )
        self.digest = Table(
            "scope_digest",
            self.metadata,
            Column("scope", Text, primary_key=True),
            Column("entity", Text, primary_key=True),
            Column("rows", Integer, nullable=False),
            Column("versions", Integer, nullable=False),
        )

        self.accounts = AccountTables(self.metadata)

    def version(self) -> SchemaVersion:
        """The schema version of a server file."""
        return SchemaVersion(
            lambda: self.metadata, NUMBER, OLDEST_COMPATIBLE, Path(__file__).with_name("migrations")
        )
