"""Servers that are broken on purpose, in the same way."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex

import msgspec

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.message import Delivery
from agent_desktop.store.database import Statements
from sync.client.deltas import delta_of_stream
from sync.client.exchange import Exchange
from sync.protocol.messages import (
    Poke,
    PullAnswer,
    PushAnswer,
    ScanAnswer,
    StreamedDelta,
    WireOperation,
)
from sync.server.backend import Backend
from sync.server.commit import ServerStore
from sync.server.database import ServerDatabase
from sync.server.deltas import Changes, Deltas
from sync.server.feed import Feed
from sync.server.judge import Judge, Push, _Client, _Session
from sync.server.members import Members
from sync.server.outbound import OutboundWorker
from sync.server.ports import PATIENCE, ChannelPort, FilePort, HandOver, Outgoing, SendResult
from sync.server.schema import ServerSchema
from sync.server.transaction import Transaction
from tests.simulation.parts import Parts


class LosesTombstones(Backend):
    """Never tells that a row is gone."""

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        return msgspec.structs.replace(super().pull(user_id, client_id, epoch, since), removed={})


class CutsVersions(Backend):
    """Ends a page in the middle of a version."""

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        answer = super().pull(user_id, client_id, epoch, since)
        tables = {
            name: msgspec.structs.replace(table, rows=table.rows[:3]) for name, table in answer.tables.items()
        }
        return msgspec.structs.replace(answer, tables=tables)


class TakesOldCursors(Backend):
    """Goes on from a cursor that is older than the oldest tombstone."""

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        with self.store.database.write() as connection:
            connection.execute("UPDATE head SET oldest_cursor = 0")
        return super().pull(user_id, client_id, epoch, since)


class ScansBeyondThePin(Backend):
    """Gives rows that are newer than the version a scan is pinned to."""

    def scan(
        self, user_id: Id, client_id: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        answer = super().scan(user_id, client_id, 0, after, scopes)
        return msgspec.structs.replace(answer, upto=upto or answer.upto)


class ShowsEverything(Backend):
    """Sends everybody what is personal to one user."""

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        changed = Feed._changed
        everything = lambda connection, scopes, since, upto: changed(  # noqa: E731 - shorter so
            self.feed, connection, self._all_scopes(connection), since, upto
        )
        self.feed._changed = everything  # type: ignore[method-assign]  # broken on purpose
        return super().pull(user_id, client_id, epoch, since)

    @staticmethod
    def _all_scopes(connection: Statements) -> list[str]:
        found = connection.execute("SELECT id FROM user ORDER BY id")
        return ["w", "i", "p", *(f"u:{row_id}" for (row_id,) in found)]


def _changed(change: Callable[[Backend, FilePort | None], None]) -> type[Backend]:
    class Changed(Backend):
        def __init__(
            self,
            database: ServerDatabase,
            schema: ServerSchema,
            clock: Clock,
            ids: IdSource,
            files: FilePort | None = None,
        ) -> None:
            super().__init__(database, schema, clock, ids, files)
            change(self, files)

    return Changed


def _sends_what_was_seen_then(backend: Backend, files: FilePort | None) -> None:
    """Sends on a page what its user might see where it ends, and may not see any more."""
    members = backend.feed._members
    backend.feed._seen_throughout = (  # type: ignore[method-assign]  # broken on purpose
        lambda connection, user_id, holds, version: members.scopes_at(connection, user_id, version)
    )


class _PlainMembers(Members):
    def visible(self, connection: Statements, held: Collection[str]) -> frozenset[str]:
        return frozenset(held)


def _overlooks_joined_scopes(backend: Backend, files: FilePort | None) -> None:
    """Gives nobody what is shown to them without being in a place of theirs."""
    backend.feed._members = _PlainMembers()


class MovesPastScopes(Deltas):
    """Sends a delta also where scopes came or went, to clients that apply it."""

    def changes(self, since: int) -> Changes | None:
        changes = super().changes(since)
        return changes and _Untold(**vars(changes))


@dataclass(frozen=True, kw_only=True)
class _Untold(Changes):
    @property
    def membership(self) -> bool:
        return self.too_many


class _AppliesThem(Exchange):
    def streamed(self, event: StreamedDelta | Poke, now: datetime) -> None:
        state = self._replica.state()
        if (
            isinstance(event, StreamedDelta)
            and (event.epoch, event.since, None) == (state.epoch, state.cursor, state.scan)
            and self._hello is not None
            and not self._pages
            and self._client_id not in event.acks
        ):
            self._apply(delta_of_stream(event, state.ack), now)
        else:
            super().streamed(event, now)


def _judged_by(judge: type[Judge]) -> type[Backend]:
    def change(backend: Backend, files: FilePort | None) -> None:
        backend.store._judge = judge(backend.store.database, files)

    return _changed(change)


class RunsRetriesAgain(Judge):
    """Does what comes a second time a second time."""

    def _push(self, transaction: Transaction, session: _Session, push: Push) -> PushAnswer:
        for wire in push.request.operations:
            if wire.id in session.judged:
                try:
                    with transaction.rows.attempt():
                        self._perform(transaction, push.user_id, wire)
                except (Rejected, ArithmeticError):
                    continue
        return super()._push(transaction, session, push)


class AsksForNoEpoch(Judge):
    """Takes operations that were meant for the server before it was restored."""

    def _push(self, transaction: Transaction, session: _Session, push: Push) -> PushAnswer:
        request = msgspec.structs.replace(push.request, epoch=transaction.epoch)
        return super()._push(transaction, session, replace(push, request=request))


class AllowsGaps(Judge):
    """Takes whatever number comes."""

    def _push(self, transaction: Transaction, session: _Session, push: Push) -> PushAnswer:
        client = session.clients.setdefault(push.request.client_id, _Client(push.user_id, None, 0))
        client.last = max(client.last, push.request.operations[0].number - 1)
        return super()._push(transaction, session, push)


class RunsWhatKillsIt(Judge):
    """Does not leave out what the client asks it to leave out."""

    def _judge(
        self, transaction: Transaction, client_id: str, user_id: Id, unit: Sequence[WireOperation]
    ) -> None:
        run = [msgspec.structs.replace(wire, skip=False) for wire in unit]
        super()._judge(transaction, client_id, user_id, run)


class PartsGroups(Judge):
    """Judges one by one what happens together."""

    def _judge(
        self, transaction: Transaction, client_id: str, user_id: Id, unit: Sequence[WireOperation]
    ) -> None:
        for wire in unit:
            super()._judge(transaction, client_id, user_id, [wire])


class TakesVersionsBefore(ServerStore):
    """Two processes take the version for their next transaction when the one before ends, as from a sequence."""

    def __init__(
        self,
        database: ServerDatabase,
        schema: ServerSchema,
        clock: Clock,
        ids: IdSource,
        files: FilePort | None = None,
    ) -> None:
        super().__init__(database, schema, clock, ids, files)
        self._taken: list[int] = []

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with super().transaction() as transaction:
            right = transaction.version
            self._taken.append(right)
            taken = self._taken.pop(0) if len(self._taken) > 1 else right
            transaction.version = taken
            transaction.rows._version = taken
            yield transaction


class Unordered(Backend):
    """Versions are not taken inside the transaction."""

    def __init__(
        self,
        database: ServerDatabase,
        schema: ServerSchema,
        clock: Clock,
        ids: IdSource,
        files: FilePort | None = None,
    ) -> None:
        super().__init__(database, schema, clock, ids, files)
        self.store = TakesVersionsBefore(database, schema, clock, ids, files)


class SendsWithoutAsking(OutboundWorker):
    """Sends again what it has not seen the end of."""

    def _resolve(self, message_id: str) -> None:
        outgoing = self._load(message_id)
        result = SendResult(Delivery.QUEUED)
        self._finish(message_id, outgoing, result, result.delivery.value)


@dataclass(frozen=True)
class NewKeys:
    """Gives the provider another key for each attempt."""

    account: ChannelPort
    pause = timedelta()
    patience = PATIENCE

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        key = f"{outgoing.message.id}:{token_hex(8)}"
        return self.account.send(replace(outgoing, message=replace(outgoing.message, id=key)), hand_over)

    def find(self, message_id: str) -> SendResult | None:
        return self.account.find(f"{message_id}:{token_hex(8)}")


@dataclass(frozen=True)
class HandsOverUntold:
    """Does not say that the provider may have a reply from now on."""

    account: ChannelPort
    pause = timedelta()
    patience = PATIENCE

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        return self.account.send(outgoing, lambda *told: None)

    def find(self, message_id: str) -> SendResult | None:
        return self.account.find(message_id)


BROKEN_SERVERS: Mapping[str, Parts] = {
    "LosesTombstones": Parts(backend=LosesTombstones),
    "CutsVersions": Parts(backend=CutsVersions),
    "TakesOldCursors": Parts(backend=TakesOldCursors, shown_by=("tidy", "cut off", "act each")),
    "ScansBeyondThePin": Parts(backend=ScansBeyondThePin),
    "ShowsEverything": Parts(backend=ShowsEverything),
    "SendsWhatWasSeenThen": Parts(
        backend=_changed(_sends_what_was_seen_then), shown_by=("change members", "cut off")
    ),
    "OverlooksJoinedScopes": Parts(backend=_changed(_overlooks_joined_scopes), shown_by=("change members",)),
    "MovesPastScopes": Parts(deltas=MovesPastScopes, exchange=_AppliesThem, shown_by=("change members",)),
    "RunsRetriesAgain": Parts(backend=_judged_by(RunsRetriesAgain), shown_by=("doubled", "slow", "act each")),
    "AsksForNoEpoch": Parts(
        backend=_judged_by(AsksForNoEpoch),
        shown_by=("back up", "restore", "slow"),
    ),
    "AllowsGaps": Parts(backend=_judged_by(AllowsGaps), shown_by=("back up", "restore", "slow")),
    "RunsWhatKillsIt": Parts(backend=_judged_by(RunsWhatKillsIt), shown_by=("lethal",)),
    "PartsGroups": Parts(backend=_judged_by(PartsGroups), shown_by=("group",)),
    "TakesVersionsBefore": Parts(backend=Unordered),
    "RestoresSilently": Parts(keeps_epoch=True, shown_by=("back up", "restore")),
    "SendsWithoutAsking": Parts(outbound=SendsWithoutAsking, shown_by=("provider", "send draft", "draft")),
    "HandsOverUntold": Parts(port=HandsOverUntold, shown_by=("provider", "send draft", "draft")),
    "NewKeys": Parts(port=NewKeys, shown_by=("provider", "send draft", "server stops soon")),
}
"""By name, what a world is built of with one mistake in it."""
