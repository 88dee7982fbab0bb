"""A server's judge, asked what it says to an operation of somebody, without leaving anything behind."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agent_desktop.domain.changes import Origin
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import Reason
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.scopes import ScopedRows, narrow_places
from agent_desktop.domain.workspace import User
from sync.protocol.messages import PushRequest, WireOperation
from sync.server.judge import Judge, Push
from sync.server.transaction import Transaction
from tests.factories import an_id
from tests.golden import golden_operations
from tests.security.matrix.people import CHAT, HR, NEW, PEOPLE, READER
from tests.sync.cluster import Cluster

HERE = an_id("conversation")
PLACES: dict[str, dict[str, str]] = {
    "inbox": {},
    "assigned": {"assignee_id": PEOPLE["field"].id},
    "private": {"team_id": HR.id},
    "chat": {"channel_id": CHAT.id},
}
"""Where the conversation of the operations is."""
PAYLOADS = {golden.kind: golden for golden in golden_operations.read()}
"""The newest payload of each kind, as it is on the wire."""
_ABOUT = {
    "result.discard": {"operation_id": an_id("operation")},
    "canned_response.delete": {"canned_response_id": an_id("canned response")},
    "canned_response.count": {"canned_response_id": an_id("canned response")},
    "macro.delete": {"macro_id": an_id("macro")},
    "view.delete": {"view_id": an_id("view")},
}
"""What those payloads are to be about that name nothing of this workspace."""


class _TakeBack(Exception):
    pass


class Court:
    """A workspace with everybody in it, whose conversation is at one of the places."""

    def __init__(self, folder: Path, place: str) -> None:
        self.cluster = Cluster(folder)
        self._judge = Judge(self.cluster.backend.store.database, None)
        with self.cluster.backend.store.transaction() as transaction:
            rows: list[Entity] = [HR, READER, *NEW, *golden_operations.rows()]
            self._put(transaction, rows)
        with self.cluster.backend.store.transaction() as transaction:
            row = next(row for row in golden_operations.rows() if row.id == HERE)
            assert isinstance(row, Conversation)
            self._put(transaction, [replace(row, **PLACES[place])])  # type: ignore[arg-type]  # ids by name

    @staticmethod
    def _put(transaction: Transaction, rows: list[Entity]) -> None:
        scoped = ScopedRows(transaction.rows, None, narrow_places(transaction.rows))
        for row in rows:
            scoped.put(row)

    def verdict(self, user: User, kind: str) -> str:
        """What the judge says: `+` done, `.` nothing to do, `g` it is not there, `-` forbidden, `?` anything else."""
        golden = PAYLOADS[kind]
        with self._taken_back() as transaction:
            wire = WireOperation(
                id=an_id("the operation"),
                number=1,
                kind=kind,
                version=golden.version,
                at=1_772_445_600_000_000,
                seen=0,
                payload=json.dumps(golden.payload | _ABOUT.get(kind, {})),
            )
            request = PushRequest(client_id="matrix", epoch=transaction.epoch, operations=[wire])
            (answer,) = self._judge.push_all(transaction, [Push(user.id, request)])
            assert not isinstance(answer, Exception)
            (entry,) = transaction.log
            transaction.rows.write()
            changes = transaction.rows.changes(Origin.REMOTE).changes
            done = [change for change in changes if change.entity is not OperationResult]
            if entry.reason is None:
                return "+" if changes else "."
            assert not done, "what is refused has written something"
            told = [change.new for change in changes]
            assert len(told) == 1, "who is refused is told so"
            marks = {Reason.FORBIDDEN.value: "-", Reason.GONE.value: "g"}
            return marks.get(entry.reason, "?")
        raise AssertionError

    @contextmanager
    def _taken_back(self) -> Iterator[Transaction]:
        try:
            with self.cluster.backend.store.transaction() as transaction:
                yield transaction
                raise _TakeBack
        except _TakeBack:
            pass
