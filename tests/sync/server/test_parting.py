"""A workspace from before there were people who may not read all: everybody keeps what they may see, and no more."""

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.conversation import AssignConversation
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import Role
from agent_desktop.store.upgrade import prepare
from sync.server.database import ServerDatabase, SqliteServerDatabase
from sync.server.postgres import PostgresDatabase
from sync.server.postgres_schema import prepare_postgres
from sync.server.rescoping import Rescoper
from tests.factories import ANNA, make_conversation, make_user
from tests.sync.cluster import Cluster
from tests.sync.files import TEMPLATES

BEFORE = 12
"""The version of the schema before."""
_INDEXES = (
    "conversation_scope",
    "conversation_customer",
    "conversation_assignee",
    "identity_customer",
    "customer_merged",
)
FIELD = make_user(name="Finn Field", role=Role.FIELD)
HERE = make_conversation().id
_HOMES = {"i": ("conversation", "message", "attachment"), "p": ("organization", "customer", "identity")}


def take_back(database: ServerDatabase) -> None:
    """What takes a workspace back to how it was: everything was everybody's, and nobody noted who reads all."""
    with database.write() as connection:
        database.begin_version(connection, "any")
        connection.execute("DELETE FROM member WHERE scope IN ('i', 'p')")
        for scope, tables in _HOMES.items():
            for table in tables:
                connection.execute(f"UPDATE {table} SET scope = 'w'")
                connection.execute(
                    f"UPDATE scope_digest SET scope = 'w' WHERE entity = '{table}' AND scope = '{scope}'"
                )
        for index in _INDEXES:
            connection.execute(f"DROP INDEX {index}")
        if isinstance(database, SqliteServerDatabase):
            connection.execute(f"PRAGMA user_version = {BEFORE}")
        else:
            connection.execute("UPDATE schema_version SET number = ?", (BEFORE,))


def migrate(cluster: Cluster) -> None:
    """Take the one step behind that version, as a start does; what came with later ones is there already."""
    schema = TEMPLATES.server_schema
    version = schema.version()._replace(number=BEFORE + 1)
    if isinstance(cluster.database, SqliteServerDatabase):
        prepare(cluster.database, version)
        return
    assert isinstance(cluster.database, PostgresDatabase)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "version", lambda: version)
        prepare_postgres(cluster.database, schema)


def test_who_reads_all_keeps_everything_and_who_does_not_begins_anew(cluster: Cluster) -> None:
    cluster.commit(SaveUser(user_id=FIELD.id, name=FIELD.name, role=Role.AGENT))
    anna, finn = cluster.add_client(ANNA), cluster.add_client(FIELD)
    cluster.settle()
    cluster.commit(SaveUser(user_id=FIELD.id, name=FIELD.name, role=Role.FIELD))
    with cluster.database.write() as connection:  # as he was before roles counted
        connection.execute("DELETE FROM member WHERE user_id = ?", (FIELD.id,))
    take_back(cluster.database)
    assert finn.visible().query(Conversation)

    migrate(cluster)
    for _ in range(3):  # as each start does, of each process
        cluster.backend.store.start()
    epoch, cursor = cluster.backend.hello().epoch, anna.replica.state().cursor
    assert not cluster.backend.pull(ANNA.id, "another", epoch, cursor).resync, "she has everything already"
    for who in (anna, finn):
        assert who.exchange()
    assert anna.visible().query(Conversation)
    assert anna.visible().query(Customer)
    for entity in (Conversation, Message, Customer):
        assert finn.visible().query(entity) == []
    assert finn.exchange()

    cluster.commit(AssignConversation(conversation_id=HERE, assignee_id=FIELD.id))
    while Rescoper(cluster.backend.store).run():
        pass
    assert finn.exchange()
    assert [row.id for row in finn.visible().query(Conversation)] == [HERE]
    assert len(finn.visible().query(Customer)) == 1


def test_a_new_workspace_needs_nothing_of_that(cluster: Cluster) -> None:
    head = cluster.backend.hello().head
    cluster.backend.store.start()
    assert cluster.backend.hello().head == head
