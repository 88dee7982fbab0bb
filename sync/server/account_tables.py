"""Who may sign in, and from which devices: tables of the server alone, never replicated."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class AccountTables:
    """Passwords and devices. Times are in microseconds."""

    def __init__(self, metadata: MetaData) -> None:
        self.account = Table(
            "account",
            metadata,
            Column("user_id", Text, primary_key=True),
            Column("password", Text, nullable=False),
            Column("changed_at", _NUMBER, nullable=False),
        )
        self.device = Table(
            "device",
            metadata,
            Column("device_id", Text, primary_key=True),
            Column("user_id", Text, nullable=False, index=True),
            Column("name", Text, nullable=False),
            Column("token_sha256", Text, nullable=False, unique=True),
            Column("created_at", _NUMBER, nullable=False),
            Column("seen_at", _NUMBER, nullable=False),
            Column("revoked_at", _NUMBER),
        )
