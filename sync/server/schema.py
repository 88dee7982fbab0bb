"""The tables of a server: every entity, the log of operations, tombstones, clients and what goes out."""

from pathlib import Path

from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint, text

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.store.core import TEXT, WHOLE, CoreTables
from agent_desktop.store.schema import WORKED_ON
from agent_desktop.store.upgrade import SchemaVersion
from sync.server.account_tables import AccountTables
from sync.server.audit_tables import SQLITE_GUARD, AuditTables

NUMBER, OLDEST_COMPATIBLE = 9, 8


class ServerSchema:
    """Tables of `server.db`; `prepare_postgres` gives its partial indexes the same conditions in PostgreSQL.

    To name that dialect here would load it into the desktop program.
    """

    def __init__(self) -> None:
        self.metadata = MetaData()
        self.tables = CoreTables(self.metadata)
        for mapping in self.tables.all():
            Index(f"{mapping.entity.table}_version", mapping.table.c.ver)
        message = self.tables[Message].table.c
        Index("message_conversation", message.conversation_id, message.created_at)
        attachment = self.tables[Attachment].table.c
        Index("attachment_message", attachment.message_id)
        Index("attachment_conversation", attachment.conversation_id)
        # Finds what is not where it belongs after a team or channel became private.
        conversation = self.tables[Conversation].table.c
        Index("conversation_of_team", conversation.team_id, conversation.scope)
        Index("conversation_of_channel", conversation.channel_id, conversation.scope)
        Index("conversation_active", conversation.id, sqlite_where=text(WORKED_ON))
        Index("attachment_sha256", attachment.sha256)
        for named in (message.html_blob, message.raw_blob):
            Index(f"message_{named.name}", named, sqlite_where=named.is_not(None))
        self.head = Table(
            "head",
            self.metadata,
            Column("only", WHOLE, primary_key=True),
            Column("version", WHOLE, nullable=False),
            Column("epoch", TEXT, nullable=False),
            Column("oldest_cursor", WHOLE, nullable=False),
        )
        self.tombstone = Table(
            "tombstone",
            self.metadata,
            Column("entity", TEXT, primary_key=True),
            Column("id", TEXT, primary_key=True),
            Column("scope", TEXT, primary_key=True),
            Column("ver", WHOLE, nullable=False, index=True),
        )
        self.client = Table(
            "client",
            self.metadata,
            Column("client_id", TEXT, primary_key=True),
            Column("user_id", TEXT, nullable=False),
            Column("last_number", WHOLE, nullable=False),
            Column("ver", WHOLE, nullable=False),
        )
        self.milestone = Table(
            "milestone",
            self.metadata,
            Column("version", WHOLE, primary_key=True, autoincrement=False),
            Column("at", WHOLE, nullable=False),
        )
        self.member = Table(
            "member",
            self.metadata,
            Column("user_id", TEXT, primary_key=True),
            Column("scope", TEXT, primary_key=True),
            Column("since_ver", WHOLE, primary_key=True, autoincrement=False),
            Column("until_ver", WHOLE),
        )
        self.operation = Table(
            "operation",
            self.metadata,
            Column("operation_id", TEXT, primary_key=True),
            Column("client_id", TEXT, nullable=False),
            Column("number", WHOLE),
            Column("user_id", TEXT, nullable=False),
            Column("kind", TEXT, nullable=False),
            Column("kind_version", WHOLE, nullable=False),
            Column("payload", TEXT, nullable=False),
            Column("created_at", WHOLE, nullable=False),
            Column("received_at", WHOLE, nullable=False, server_default="0"),
            Column("group_id", TEXT),
            Column("ver", WHOLE, nullable=False),
            Column("position", WHOLE, nullable=False),
            Column("verdict", TEXT, nullable=False),
            Column("reason", TEXT),
            UniqueConstraint("client_id", "number"),
            Index("operation_version", "client_id", "ver"),
        )
        self.outbound = Table(
            "outbound",
            self.metadata,
            Column("message_id", TEXT, primary_key=True),
            Column("conversation_id", TEXT, nullable=False),
            Column("state", TEXT, nullable=False),
            Column("not_before", WHOLE, nullable=False),
            Column("attempts", WHOLE, nullable=False, default=0),
            Column("lease_until", WHOLE, nullable=False, default=0),
            Index("outbound_due", "state", "not_before"),
        )
        self.digest = Table(
            "scope_digest",
            self.metadata,
            Column("scope", TEXT, primary_key=True),
            Column("entity", TEXT, primary_key=True),
            Column("rows", WHOLE, nullable=False),
            Column("versions", WHOLE, nullable=False),
        )

        self.accounts = AccountTables(self.metadata)
        self.audit = AuditTables(self.metadata)

    def version(self) -> SchemaVersion:
        """The schema version of a server file."""
        return SchemaVersion(
            lambda: self.metadata,
            NUMBER,
            OLDEST_COMPATIBLE,
            Path(__file__).with_name("migrations"),
            lambda: SQLITE_GUARD,
        )
