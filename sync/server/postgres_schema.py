"""Makes and upgrades the tables in PostgreSQL, and the trigger that keeps versions right."""

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import SQLAlchemyError

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.upgrade import SchemaVersion, run_steps, steps_from
from sync.server.audit_tables import POSTGRES_GUARD
from sync.server.database import ANY_VERSION
from sync.server.postgres import PostgresDatabase
from sync.server.schema import ServerSchema

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('agent_desktop ' || current_schema(), 0))")
_VERSION_TABLE = """CREATE TABLE IF NOT EXISTS schema_version (
    "only" bigint PRIMARY KEY CHECK ("only" = 1), number bigint NOT NULL, oldest_compatible bigint NOT NULL)"""
_STAMP = text(
    "INSERT INTO schema_version VALUES (1, :number, :oldest)"
    ' ON CONFLICT ("only") DO UPDATE SET number = excluded.number, oldest_compatible = excluded.oldest_compatible'
)
_GUARD = f"""CREATE OR REPLACE FUNCTION refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('agent_desktop.version', true) = '{ANY_VERSION}' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ': rows change only in a transaction that has taken its version';
END $$"""
# Conditions are cheap: the function runs only where something is wrong, or much is loaded.
_ON_WRITE = """CREATE OR REPLACE TRIGGER version_of_write BEFORE INSERT OR UPDATE ON "{table}" FOR EACH ROW
    WHEN (NEW.ver::text IS DISTINCT FROM current_setting('agent_desktop.version', true))
    EXECUTE FUNCTION refuse_version()"""
_ON_DELETE = """CREATE OR REPLACE TRIGGER version_of_delete BEFORE DELETE ON "{table}" FOR EACH ROW
    WHEN (coalesce(current_setting('agent_desktop.version', true), '') = '')
    EXECUTE FUNCTION refuse_version()"""


def prepare_postgres(database: PostgresDatabase, schema: ServerSchema) -> None:
    """Make the tables usable by this program; several processes may try at once.

    Raises StoreError when they were made by a newer program.
    """
    version = schema.version()
    try:
        with database.define() as connection:
            connection.execute(_LOCK)
            if not _is_current(connection, version):
                _guard(connection, schema)
    except SQLAlchemyError as error:
        raise StoreError(
            "The database of the server could not be brought up to this version and was left as it was."
            " Please report it; the version of Agent Desktop before this one still works with it.",
            str(getattr(error, "orig", error)),
        ) from error


def _is_current(connection: Connection, version: SchemaVersion) -> bool:
    """Create or migrate; True when there was nothing to do."""
    connection.exec_driver_sql(_VERSION_TABLE)
    found = connection.exec_driver_sql("SELECT number, oldest_compatible FROM schema_version").first()
    if found is None:
        metadata = version.metadata()
        _take_conditions(metadata)
        metadata.create_all(connection)
    else:
        steps = steps_from("The database of the server", version, *found)
        if not steps:
            return True
        run_steps(connection, steps)
    connection.execute(_STAMP, {"number": version.number, "oldest": version.oldest_compatible})
    return False


def _take_conditions(metadata: MetaData) -> None:
    """Let indexes that are partial in SQLite be so in PostgreSQL."""
    for table in metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


def _guard(connection: Connection, schema: ServerSchema) -> None:
    for statement in (_GUARD, *POSTGRES_GUARD):
        connection.exec_driver_sql(statement)
    for mapping in schema.tables.all():
        for trigger in (_ON_WRITE, _ON_DELETE):
            connection.exec_driver_sql(trigger.format(table=mapping.entity.table))
