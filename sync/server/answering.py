"""What all have in common who answer administrators: who asks, what they may, and that it is told in the audit log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from agent_desktop.domain.access import SYSTEM_ACTOR, SYSTEM_ID, Actor, actor_of
from agent_desktop.domain.audit import AuditAction, Detail
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.workspace import User
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.server.commit import ServerStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and from which device (None: the server's own computer)."""

    user_id: Id
    device_id: Id | None = None


CONSOLE = Asker(SYSTEM_ID)
"""Whoever runs commands on the server's own computer: they have its database anyway."""


class Answering:
    """Answers administrators of one workspace. What is asked is a method of who derives from this."""

    def __init__(self, store: ServerStore, clock: Clock) -> None:
        self._store = store
        self._database = store.database
        self._schema = store.schema
        self._audit = store.audit
        self._clock = clock

    def _change(self, asker: Asker, permission: Permission, change: Callable[[Statements], T]) -> T:
        with self._database.write() as connection:
            self._require(SqlRows(connection, self._schema.tables), asker, permission)
            return change(connection)

    def _require(self, rows: SqlRows, asker: Asker, permission: Permission) -> Actor:
        """Who asks, with what they may do."""
        actor: Actor | None = SYSTEM_ACTOR
        if asker != CONSOLE:
            user = rows.get(User, asker.user_id)
            actor = actor_of(rows, user) if user is not None and user.active else None
        if actor is None or not actor.may(permission):
            raise Rejected(Reason.FORBIDDEN, permission.value)
        return actor

    def _tell(
        self,
        sql: Statements,
        asker: Asker,
        action: AuditAction,
        about: Id | None,
        details: dict[str, Detail],
    ) -> None:
        self._audit.record(sql, self._clock.now(), asker.user_id, asker.device_id, action, about, details)
