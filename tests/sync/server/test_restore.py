"""A server that comes back from a backup gets again, from its clients, what the backup does not have."""

import pytest

from agent_desktop.domain.operations.conversation import ChangeTags
from sync.client.local import LocalTransport
from sync.server.backup import back_up, restore
from sync.server.opening import open_database
from tests.factories import ADMIN, ANNA, make_conversation
from tests.postgres import PostgresServer
from tests.sync.cluster import Cluster
from tests.sync.files import TEMPLATES

pytestmark = pytest.mark.peer


def tag(name: str) -> ChangeTags:
    return ChangeTags(conversation_id=make_conversation().id, add=(name,))


def test_what_a_backup_does_not_have_comes_back_from_clients(
    cluster: Cluster, postgres_server: PostgresServer
) -> None:
    anna, ada = cluster.add_client(ANNA), cluster.add_client(ADMIN)
    cluster.settle()
    assert anna.act([tag("before")])
    cluster.settle()
    back_up(cluster.database, TEMPLATES.server_schema, cluster.folder / "copy.db")
    anna.act([tag("after")])
    ada.act([tag("by Ada")])
    cluster.settle()
    cluster.database.close()
    address = postgres_server.new_schema()
    database = open_database(address, TEMPLATES.server_schema)
    restore(database, TEMPLATES.server_schema, cluster.clock, cluster.ids, cluster.folder / "copy.db")
    database.close()
    cluster.address = address
    cluster._open_server()
    for client in (anna, ada):
        client.network.inner = LocalTransport(cluster.backend, client.user_id)
    cluster.settle()
    conversation = cluster.rows().get(type(make_conversation()), make_conversation().id)
    assert conversation is not None
    assert sorted(conversation.tags) == ["after", "before", "by Ada"]
    cluster.check_log()
