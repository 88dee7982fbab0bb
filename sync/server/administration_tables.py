"""Tables of administration that the server alone has: invitations, and what is left to do after an erasure."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class AdministrationTables:
    """Times are in microseconds."""

    def __init__(self, metadata: MetaData) -> None:
        self.invitation = Table(
            "invitation",
            metadata,
            Column("invitation_id", Text, primary_key=True),
            Column("user_id", Text, nullable=False, index=True),
            Column("token_sha256", Text, nullable=False, unique=True),
            Column("made_by", Text, nullable=False),
            Column("made_at", _NUMBER, nullable=False),
            Column("expires_at", _NUMBER, nullable=False),
            Column("accepted_at", _NUMBER),
            Column("withdrawn_at", _NUMBER),
        )
        # What an erasure has still to look for in the log of operations, up to a version.
        self.erasure = Table(
            "erasure",
            metadata,
            Column("customer_id", Text, primary_key=True),
            Column("at", _NUMBER, nullable=False),
            Column("ids", Text, nullable=False),
            Column("files", Text, nullable=False),
            Column("done_ver", _NUMBER, nullable=False),
            Column("upto_ver", _NUMBER, nullable=False),
        )
        # Which process does a job that several might do, until when.
        self.job = Table(
            "job",
            metadata,
            Column("name", Text, primary_key=True),
            Column("lease_until", _NUMBER, nullable=False),
            Column("next_at", _NUMBER, nullable=False),
        )
