"""How long devices may stay away: set as an administrator does."""

from agent_desktop.domain.operations.policy import SaveWorkspace
from agent_desktop.domain.workspace import Workspace
from agent_desktop.store.rows import SqlRows
from sync.server.backend import Backend


def set_lease(backend: Backend, days: int) -> None:
    """Let devices be used for so many days without being at the server."""
    store = backend.store
    with store.database.read() as connection:
        (workspace,) = SqlRows(connection, store.schema.tables).query(Workspace)
    store.commit([SaveWorkspace(workspace_id=workspace.id, lease_days=days)])
