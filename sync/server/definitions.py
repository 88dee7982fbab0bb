"""The tables of `server.db` and of a workspace in PostgreSQL, for making and migrating them.

`prepare_postgres` gives partial indexes the same conditions in PostgreSQL.
"""

from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint, text

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.store.core import TEXT, WHOLE, CoreTables
from agent_desktop.store.schema import WORKED_ON
from sync.server.administration_tables import AdministrationTables
from sync.server.audit_tables import AuditTables
from sync.server.mail.inbound_tables import InboundTables
from sync.server.mail.tables import MailTables
from sync.server.sign_in.tables import AccountTables
from sync.server.upload_tables import UploadTables


def server_metadata() -> MetaData:
    """Every entity, the log of operations, tombstones, clients, what goes out, accounts and the audit log."""
    metadata = MetaData()
    _define_entities(metadata)
    _define_own(metadata)
    AccountTables(metadata)
    AdministrationTables(metadata)
    AuditTables(metadata)
    InboundTables(metadata)
    MailTables(metadata)
    UploadTables(metadata)
    return metadata


def _define_entities(metadata: MetaData) -> None:
    tables = CoreTables(metadata)
    for mapping in tables.all():
        Index(f"{mapping.entity.table}_version", mapping.table.c.ver)
    message = tables[Message].table.c
    Index("message_conversation", message.conversation_id, message.created_at)
    attachment = tables[Attachment].table.c
    Index("attachment_message", attachment.message_id)
    Index("attachment_conversation", attachment.conversation_id)
    # Finds what is not where it belongs after a team or channel became private.
    conversation = tables[Conversation].table.c
    Index("conversation_of_team", conversation.team_id, conversation.scope)
    Index("conversation_of_channel", conversation.channel_id, conversation.scope)
    # Finds what somebody sees who may not read all.
    Index("conversation_scope", conversation.scope)
    Index("conversation_customer", conversation.customer_id)
    Index("conversation_assignee", conversation.assignee_id)
    merged_into = conversation.merged_into
    Index("conversation_merged", merged_into, sqlite_where=merged_into.is_not(None))
    # Finds where a customer goes on who writes to a closed one again.
    follows = conversation.follow_up_of
    Index("conversation_follow_up", follows, sqlite_where=follows.is_not(None))
    Index("identity_customer", tables[Identity].table.c.customer_id)
    merged = tables[Customer].table.c.merged_into
    Index("customer_merged", merged, sqlite_where=merged.is_not(None))
    Index("conversation_active", conversation.id, sqlite_where=text(WORKED_ON))
    Index("attachment_sha256", attachment.sha256)
    for named in (message.html_blob, message.raw_blob):
        Index(f"message_{named.name}", named, sqlite_where=named.is_not(None))


def _define_own(metadata: MetaData) -> None:
    Table(
        "head",
        metadata,
        Column("only", WHOLE, primary_key=True),
        Column("version", WHOLE, nullable=False),
        Column("epoch", TEXT, nullable=False),
        Column("oldest_cursor", WHOLE, nullable=False),
    )
    Table(
        "tombstone",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("id", TEXT, primary_key=True),
        Column("scope", TEXT, primary_key=True),
        Column("ver", WHOLE, nullable=False, index=True),
    )
    Table(
        "client",
        metadata,
        Column("client_id", TEXT, primary_key=True),
        Column("user_id", TEXT, nullable=False),
        Column("last_number", WHOLE, nullable=False),
        Column("ver", WHOLE, nullable=False),
    )
    Table(
        "milestone",
        metadata,
        Column("version", WHOLE, primary_key=True, autoincrement=False),
        Column("at", WHOLE, nullable=False),
    )
    Table(
        "member",
        metadata,
        Column("user_id", TEXT, primary_key=True),
        Column("scope", TEXT, primary_key=True),
        Column("since_ver", WHOLE, primary_key=True, autoincrement=False),
        Column("until_ver", WHOLE),
    )
    Table(
        "operation",
        metadata,
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
    Table(
        "outbound",
        metadata,
        Column("message_id", TEXT, primary_key=True),
        Column("conversation_id", TEXT, nullable=False),
        Column("state", TEXT, nullable=False),
        Column("not_before", WHOLE, nullable=False),
        Column("attempts", WHOLE, nullable=False, default=0),
        Column("lease_until", WHOLE, nullable=False, default=0),
        # What became of it for each recipient, where that differs: see `outbound_recipients`.
        Column("recipients", TEXT),
        Index("outbound_due", "state", "not_before"),
    )
    Table(
        "scope_digest",
        metadata,
        Column("scope", TEXT, primary_key=True),
        Column("entity", TEXT, primary_key=True),
        Column("rows", WHOLE, nullable=False),
        Column("versions", WHOLE, nullable=False),
    )
