"""Tables of mail that arrives, which the server alone has."""

from sqlalchemy import Column, Index, MetaData, Table, text

from agent_desktop.store.core import TEXT, WHOLE


class InboundTables:
    """Times are in microseconds."""

    def __init__(self, metadata: MetaData) -> None:
        # A raw mail that was taken over, and what became of it.
        self.inbound = Table(
            "inbound",
            metadata,
            Column("inbound_id", TEXT, primary_key=True),
            Column("channel_id", TEXT, nullable=False),
            # The same for every copy of a mail.
            Column("key", TEXT, nullable=False),
            Column("raw_blob", TEXT, nullable=False),
            Column("size", WHOLE, nullable=False),
            Column("received_at", WHOLE, nullable=False),
            # Who wrote it, as a number that names nobody.
            Column("sender", TEXT, nullable=False),
            Column("state", TEXT, nullable=False),
            # Whose turn it is: see `inbound`.
            Column("turn", WHOLE, nullable=False),
            Column("lease_until", WHOLE, nullable=False),
            Column("attempts", WHOLE, nullable=False),
            Column("done_at", WHOLE),
            # Why it is held.
            Column("reason", TEXT),
            Column("conversation_id", TEXT),
            Column("answered_at", WHOLE),
            # 1: an answer by its subject that refers to nothing.
            Column("bare_answer", WHOLE),
        )
        own = self.inbound.c
        waits = text("state = 'waiting'")
        Index("inbound_waiting", own.turn, sqlite_where=waits)
        Index("inbound_sender", own.sender, own.turn, sqlite_where=waits)
        Index("inbound_held", own.received_at, sqlite_where=text("state = 'held'"))
        Index("inbound_conversation", own.conversation_id, own.sender, own.done_at)
        Index("inbound_done", own.sender, own.done_at)
        Index("inbound_answered", own.sender, own.answered_at, sqlite_where=own.answered_at.is_not(None))
        # The Message-IDs by which a mail is known: its own and those it refers to, as numbers.
        self.reference = Table(
            "mail_reference",
            metadata,
            Column("number", TEXT, primary_key=True),
            Column("message_id", TEXT, primary_key=True),
            Index("mail_reference_message", "message_id"),
        )
