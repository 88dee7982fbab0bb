"""The table of the audit log, which takes new rows alone, and the row that says where it ends."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class AuditTables:
    """The log and its head. Times are in microseconds."""

    def __init__(self, metadata: MetaData) -> None:
        self.audit = Table(
            "audit",
            metadata,
            Column("number", _NUMBER, primary_key=True, autoincrement=False),
            Column("at", _NUMBER, nullable=False, index=True),
            Column("actor_id", Text, nullable=False, index=True),
            Column("device_id", Text),
            Column("action", Text, nullable=False, index=True),
            Column("about", Text, index=True),
            Column("details", Text, nullable=False),
            Column("hash", Text, nullable=False),
        )
        self.head = Table(
            "audit_head",
            metadata,
            Column("only", _NUMBER, primary_key=True, autoincrement=False),
            Column("count", _NUMBER, nullable=False),
            Column("hash", Text, nullable=False),
        )


SQLITE_GUARD = tuple(
    f"CREATE TRIGGER audit_no_{what} BEFORE {what} ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit log takes new entries alone'); END"
    for what in ("update", "delete")
)
"""Keeps a mistake, not an intruder, from changing the log: what an intruder changes is found by its hashes."""
POSTGRES_GUARD = (
    """CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log takes new entries alone';
    END $$""",
    """CREATE OR REPLACE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()""",
    """CREATE OR REPLACE TRIGGER audit_stays BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
)
