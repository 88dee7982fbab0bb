"""The tables of the two client files: `work.db` (exists nowhere else) and `replica.db` (can be fetched again)."""

from sqlalchemy import Column, Computed, Index, Integer, MetaData, Table, Text, text

from agent_desktop.domain.conversation import Conversation, Priority, ReadMarker
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.knowledge import ArticleRevision
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.store.core import CoreTables
from agent_desktop.store.schema import LATEST, TO_BE_SENT, WORKED_ON


def work_metadata() -> MetaData:
    """Tables of `work.db`: outbox, drafts, settings, who this profile is, and which files are at the server."""
    metadata = MetaData()
    Table(
        "outbox",
        metadata,
        Column("position", Integer, primary_key=True),
        Column("operation_id", Text, nullable=False, unique=True),
        Column("kind", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("payload", Text, nullable=False),
        Column("created_at", Integer, nullable=False),
        Column("seen", Integer, nullable=False),
        Column("group_id", Text),
        Column("number", Integer, unique=True),
        Column("numbered_at", Integer),
        Column("epoch", Text),
        Column("deaths", Integer, nullable=False, server_default="0"),
        Column("together", Integer, nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )
    Table(
        "draft",
        metadata,
        Column("conversation_id", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("content", Text, nullable=False),
        Column("updated_at", Integer, nullable=False),
    )
    Table(
        "setting",
        metadata,
        Column("name", Text, primary_key=True),
        Column("value", Text, nullable=False),
    )
    Table(
        "upload",
        metadata,
        Column("sha256", Text, primary_key=True),
        Column("epoch", Text, nullable=False),
        Column("uploaded_at", Integer, nullable=False),
    )
    return metadata


def replica_metadata() -> MetaData:
    """Tables of `replica.db`: every entity, the confirmed images under pending operations, and the cursor."""
    metadata = MetaData()
    tables = CoreTables(metadata)
    Table(
        "base",
        metadata,
        Column("entity", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("row", Text),
    )
    Table(
        "replica_state",
        metadata,
        Column("name", Text, primary_key=True),
        Column("value", Text, nullable=False),
    )
    Table(
        "not_known",
        metadata,
        Column("entity", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    Table(
        "former",
        metadata,
        Column("entity", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    Table(
        "conversation_facet",
        metadata,
        Column("facet", Text, primary_key=True),
        Column("pk", Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    Table(
        "remote_picture",
        metadata,
        Column("message_id", Text, primary_key=True),
        Column("address", Text, primary_key=True),
        Column("sha256", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    _index(tables)
    return metadata


def _index(tables: CoreTables) -> None:
    conversation = tables[Conversation].table
    conversation.append_column(
        Column(
            "due_rank",
            Integer,
            Computed(f"coalesce(due_at, {LATEST} - last_message_at)", persisted=False),
        )
    )
    ranks = " ".join(f"WHEN '{item.value}' THEN {-rank}" for rank, item in enumerate(Priority))
    conversation.append_column(
        Column("priority_rank", Integer, Computed(f"CASE priority {ranks} END", persisted=False))
    )
    c = conversation.c
    # Few of all conversations are worked on: their indexes stay small, and hold all that counting needs. A column
    # that is computed cannot be read from an index, hence the due time beside its rank.
    counted = (c.due_rank, c.due_at, c.snoozed_until, c.status, c.merged_into)
    worked_on = text(WORKED_ON)
    Index("conversation_due", *counted, c.priority, c.assignee_id, c.team_id, sqlite_where=worked_on)
    Index("conversation_assignee", c.assignee_id, *counted, sqlite_where=worked_on)
    Index("conversation_channel", c.channel_id, *counted, sqlite_where=worked_on)
    # Only an index that ends with the order of a list spares sorting it.
    Index("conversation_active_due", c.due_rank, sqlite_where=worked_on)
    Index("conversation_active_recent", c.last_message_at, sqlite_where=worked_on)
    Index("conversation_active_priority", c.priority_rank, c.due_rank, sqlite_where=worked_on)
    Index("conversation_all_due", c.due_rank)
    Index("conversation_recent", c.last_message_at)
    Index("conversation_priority", c.priority_rank, c.due_rank)
    Index("conversation_customer", c.customer_id, c.last_message_at)
    Index("conversation_number", c.number)
    Index("conversation_snoozed", c.snoozed_until, sqlite_where=c.snoozed_until.is_not(None))
    Index("conversation_merged", c.merged_into, sqlite_where=c.merged_into.is_not(None))
    message = tables[Message].table.c
    Index("message_conversation", message.conversation_id, message.created_at, message.id)
    Index("message_waiting", message.delivery, sqlite_where=text(TO_BE_SENT))
    Index("attachment_message", tables[Attachment].table.c.message_id)
    Index("attachment_conversation", tables[Attachment].table.c.conversation_id)
    Index("identity_customer", tables[Identity].table.c.customer_id)
    merged = tables[Customer].table.c.merged_into
    Index("customer_merged", merged, sqlite_where=merged.is_not(None))
    Index("customer_name", tables[Customer].table.c.name)
    erased = tables[Customer].table.c.erased_at
    Index("customer_erased", erased, sqlite_where=erased.is_not(None))
    Index("revision_article", tables[ArticleRevision].table.c.article_id)
    marker = tables[ReadMarker].table.c
    Index("read_marker_conversation", marker.conversation_id, marker.user_id)


FACET_TRIGGERS = (
    """CREATE TRIGGER conversation_facet_insert AFTER INSERT ON conversation
    WHEN new.tags != '[]' OR new.mentioned_ids != '[]' BEGIN
        INSERT OR IGNORE INTO conversation_facet SELECT 'tag:' || value, new.pk FROM json_each(new.tags);
        INSERT OR IGNORE INTO conversation_facet SELECT 'mention:' || value, new.pk FROM json_each(new.mentioned_ids);
    END""",
    """CREATE TRIGGER conversation_facet_update AFTER UPDATE OF tags, mentioned_ids ON conversation
    WHEN new.tags != old.tags OR new.mentioned_ids != old.mentioned_ids BEGIN
        DELETE FROM conversation_facet WHERE pk = old.pk AND facet IN (
            SELECT 'tag:' || value FROM json_each(old.tags)
            UNION SELECT 'mention:' || value FROM json_each(old.mentioned_ids));
        INSERT OR IGNORE INTO conversation_facet SELECT 'tag:' || value, new.pk FROM json_each(new.tags);
        INSERT OR IGNORE INTO conversation_facet SELECT 'mention:' || value, new.pk FROM json_each(new.mentioned_ids);
    END""",
    """CREATE TRIGGER conversation_facet_delete AFTER DELETE ON conversation BEGIN
        DELETE FROM conversation_facet WHERE pk = old.pk AND facet IN (
            SELECT 'tag:' || value FROM json_each(old.tags)
            UNION SELECT 'mention:' || value FROM json_each(old.mentioned_ids));
    END""",
)
"""Keep the index of tags and mentions next to the rows, whoever writes them."""
