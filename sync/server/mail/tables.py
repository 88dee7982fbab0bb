"""Tables of mail accounts: what is set up for a channel, and how far its folders were read. Times in microseconds."""

from sqlalchemy import Column, MetaData, Table

from agent_desktop.store.core import TEXT, WHOLE


class MailTables:
    """Of the server alone: no client has them."""

    def __init__(self, metadata: MetaData) -> None:
        self.account = Table(
            "mail_account",
            metadata,
            Column("channel_id", TEXT, primary_key=True),
            # Without what it needs to sign in: that is sealed.
            Column("settings", TEXT, nullable=False),
            Column("secret", TEXT),
            # Counts how often it was saved: whoever reads by older settings begins anew.
            Column("edition", WHOLE, nullable=False),
            # Which process reads it, until when.
            Column("holder", TEXT, nullable=False),
            Column("lease_until", WHOLE, nullable=False),
            Column("last_contact", WHOLE),
            Column("problem", TEXT, nullable=False),
        )
        self.place = Table(
            "mail_place",
            metadata,
            Column("channel_id", TEXT, primary_key=True),
            Column("folder", TEXT, primary_key=True),
            Column("uid_validity", WHOLE, nullable=False),
            Column("last_uid", WHOLE, nullable=False),
            Column("since", WHOLE, nullable=False),
            Column("old_upto", WHOLE, nullable=False),
            Column("recounted", WHOLE, nullable=False),
        )
