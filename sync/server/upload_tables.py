"""Who sent which file: a table of the server alone, never replicated. Times are in microseconds."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class UploadTables:
    """Who has shown that they have a file."""

    def __init__(self, metadata: MetaData) -> None:
        self.upload = Table(
            "upload",
            metadata,
            Column("sha256", Text, primary_key=True),
            Column("user_id", Text, primary_key=True),
            Column("at", _NUMBER, nullable=False, index=True),
        )
