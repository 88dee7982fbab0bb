"""Clients that are broken on purpose: each mistake is one that was made somewhere, and that the laws must notice."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.rows import Entity
from agent_desktop.store.outbox import Outbox, Pending
from agent_desktop.store.replica import Delta, Replica, ReplicaState
from agent_desktop.store.row_file import rows_in
from agent_desktop.store.rows import Key
from sync.client.calls import Call, PullCall, PushCall, ScanCall
from sync.client.deltas import delta_of_pages, delta_of_stream
from sync.client.exchange import Exchange
from sync.protocol.messages import Poke, PullAnswer, PushAnswer, ScanAnswer, StreamedDelta
from tests.simulation.parts import Parts


class ForgetsBase(Replica):
    """Keeps no confirmed images, so nothing can be taken back."""

    def _keep_base(self, connection: object, before: Mapping[Key, Entity | None]) -> None:
        pass


class NeverRecovers(Replica):
    """Does not look at start whether the outbox holds more than is visible."""

    def recover(self) -> ChangeSet:
        return ChangeSet()


class ReplaysNothing(Replica):
    """Shows what the server has, without what is pending."""

    def receive(self, delta: Delta) -> ChangeSet:
        return super().receive(replace(delta, ack=10**9)) if not delta.anew else super().receive(delta)


class CommitsCursorFirst(Replica):
    """Writes where it stands before the rows that make it so."""

    def receive(self, delta: Delta) -> ChangeSet:
        if not delta.anew:
            with self.database.write() as connection:
                self._set_state(connection, cursor=delta.cursor, ack=delta.ack)
        return super().receive(delta)


class NumbersAfterSending(Outbox):
    """Writes the numbers of what is sent when it looks there the next time."""

    _late: tuple[tuple[int, int], ...] = ()

    def pending(self, ack: int, limit: int = -1) -> list[Pending]:
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE outbox SET number = ?, numbered_at = 0 WHERE position = ?", self._late
            )
        self._late = ()
        return super().pending(ack, limit)

    def numbered(self, ack: int, chosen: Sequence[Pending], now: int, epoch: str) -> list[Pending]:
        given = [replace(item, number=number) for number, item in enumerate(chosen, ack + 1)]
        with self._database.write() as connection:
            connection.execute("UPDATE outbox SET number = NULL WHERE number > ?", (ack,))
        self._late = tuple((item.number or 0, item.position) for item in given)
        return given


class ConfirmsOnPush(Exchange):
    """Takes the answer to a push for a confirmation."""

    def _pushed(self, call: PushCall, answer: PushAnswer, now: datetime) -> None:
        super()._pushed(call, answer, now)
        state = self._replica.state()
        ack = max(answer.expected - 1, state.ack)
        self._replica.receive(Delta(epoch=state.epoch, cursor=state.cursor, ack=ack, scan=state.scan))


class DropsWhatWasPushed(Exchange):
    """Removes operations as soon as the server says that it has them."""

    def _pushed(self, call: PushCall, answer: PushAnswer, now: datetime) -> None:
        super()._pushed(call, answer, now)
        self._replica.outbox.forget(answer.expected - 1, 2**62)


class KeepsNoJournal(Exchange):
    """Forgets confirmed operations at once."""

    def _pulled(self, call: PullCall, answer: PullAnswer, now: datetime) -> None:
        super()._pulled(call, answer, now)
        self._replica.outbox.forget(self._replica.state().ack, 2**62)


class AppliesPageByPage(Exchange):
    """Applies each page as it comes, though a page below the head is no consistent cut."""

    def _pulled(self, call: PullCall, answer: PullAnswer, now: datetime) -> None:
        if answer.resync or not answer.more:
            super()._pulled(call, answer, now)
        else:
            self._apply(delta_of_pages([answer]), now)


class NeverScansAnew(Exchange):
    """Goes on with its cursor, whatever became of the server."""

    def _start_scan(self, start: Delta) -> None:
        state = self._replica.state()
        if not state.epoch:
            super()._start_scan(start)
        else:
            self._apply(Delta(epoch=start.epoch, cursor=0, ack=0), None)


class PushesBeforePulling(Exchange):
    """Pulls only when there is nothing to push."""

    def next_call(self, now: datetime) -> Call | None:
        call = super().next_call(now)
        state = self._replica.state()
        if isinstance(call, PullCall) and not self._pages and state.epoch and state.scan is None:
            self._known = None
            return self._push_call(state, now) or call
        return call


class SaysNotAgain(Exchange):
    """Does not tell a restored server what it may have done before."""

    def _push_call(self, state: ReplicaState, now: datetime) -> PushCall | None:
        call = super()._push_call(state, now)
        if call is None:
            return None
        operations = [msgspec.structs.replace(wire, again=False) for wire in call.request.operations]
        return PushCall(msgspec.structs.replace(call.request, operations=operations))


class PartsGroupsOnTheWay(Exchange):
    """Sends what happens together in several pushes."""

    def _push_call(self, state: ReplicaState, now: datetime) -> PushCall | None:
        call = super()._push_call(state, now)
        if call is None:
            return None
        operations = call.request.operations
        kept = operations[:-1] if len(operations) > 1 and operations[-1].together else operations
        return PushCall(msgspec.structs.replace(call.request, operations=kept))


class ReplaysParts(Replica):
    """Shows parts of what happens together, where another part is not possible any more."""

    def _rebase(
        self,
        connection: object,
        delta: Delta,
        base: dict[Key, Entity | None],
        pending: Sequence[Pending],
    ) -> ChangeSet:
        alone = [replace(item, together=False) for item in pending]
        return super()._rebase(connection, delta, base, alone)  # type: ignore[arg-type]  # passed on


class FillsNoGainedScopes(Exchange):
    """Does not fetch the older rows of a scope that it may see now."""

    def _pulled(self, call: PullCall, answer: PullAnswer, now: datetime) -> None:
        super()._pulled(call, msgspec.structs.replace(answer, gained=[]), now)


class KeepsLostScopes(Exchange):
    """Keeps the rows of a scope that it may not see any more."""

    def _pulled(self, call: PullCall, answer: PullAnswer, now: datetime) -> None:
        super()._pulled(call, msgspec.structs.replace(answer, lost=[]), now)


class AppliesEveryEvent(Exchange):
    """Applies what a stream sends wherever it stands."""

    def streamed(self, event: StreamedDelta | Poke, now: datetime) -> None:
        state = self._replica.state()
        if isinstance(event, Poke) or event.epoch != state.epoch or state.scan is not None or self._pages:
            super().streamed(event, now)
        elif event.upto > state.cursor:
            self._apply(delta_of_stream(event, state.ack), now)


class TrustsEveryAck(Exchange):
    """Takes operations of a copy of the profile for its own."""

    def _is_copied(self, state: ReplicaState, page: PullAnswer | ScanAnswer) -> bool:
        return False


class NotesNothingUnknown(Replica):
    """Leaves out what it does not know, and forgets that there was something."""

    def _note_unknown(self, connection: object, delta: Delta) -> None:
        pass


class FetchesNothingLearned(Replica):
    """Goes on after an upgrade as if it had always known everything."""

    def fetch_learned(self, scan: str) -> None:
        pass


class EmptiesFirst(Exchange):
    """Throws everything away before it fetches it anew."""

    def _start_scan(self, start: Delta) -> None:
        super()._start_scan(replace(start, anew=True, renews=False))


class KeepsWhatIsNotSeen(Exchange):
    """Keeps all rows until they come anew, also what the server says that its user may not see now."""

    def _start_scan(self, start: Delta) -> None:
        super()._start_scan(replace(start, lost=()))


class FarBehind(Exchange):
    """Begins otherwise where it is too far behind to catch up, and only there."""

    _is_told = True

    def _pulled(self, call: PullCall, answer: PullAnswer, now: datetime) -> None:
        self._is_told = answer.resync
        super()._pulled(call, answer, now)
        self._is_told = True

    def _start_scan(self, start: Delta) -> None:
        super()._start_scan(start if self._is_told else self._otherwise(start))

    def _otherwise(self, start: Delta) -> Delta:
        raise NotImplementedError


class EmptiesWhenFarBehind(FarBehind):
    """Throws everything away instead of catching up."""

    def _otherwise(self, start: Delta) -> Delta:
        return replace(start, anew=True, renews=False)


class KeepsLostScopesWhenFarBehind(FarBehind):
    """Does not look at what the pages that it drops say of scopes."""

    def _otherwise(self, start: Delta) -> Delta:
        return replace(start, lost=())


class KeepsWhatIsLostMeanwhile(Exchange):
    """Does not look at what pages of a scan say of scopes."""

    def _scanned(self, call: ScanCall, page: ScanAnswer, now: datetime) -> None:
        super()._scanned(call, msgspec.structs.replace(page, sees=None), now)


class SweepsNothing(Replica):
    """Leaves what did not come anew where it is."""

    def _without_former(self, connection: sqlite3.Connection, delta: Delta) -> Delta:
        return replace(super()._without_former(connection, delta), removed=delta.removed)


class FormerVersionsWin(Replica):
    """Takes rows only in place of older ones, though a restored server counts anew."""

    def _without_former(self, connection: sqlite3.Connection, delta: Delta) -> Delta:
        delta = super()._without_former(connection, delta)
        newer = {}
        for table, (columns, rows) in {
            **delta.rows,
            **(rows_in(delta.row_file) if delta.row_file else {}),
        }.items():
            if table in ENTITY_BY_TABLE:
                place, ver = list(columns).index("id"), list(columns).index("ver")
                held = dict(connection.execute(f'SELECT id, ver FROM "{table}"').fetchall())
                newer[table] = columns, [row for row in rows if row[ver] >= held.get(row[place], 0)]
        return replace(delta, rows=newer, row_file=b"")


BROKEN_CLIENTS: Mapping[str, Parts] = {
    "ForgetsBase": Parts(replica=ForgetsBase),
    "NeverRecovers": Parts(replica=NeverRecovers),
    "ReplaysNothing": Parts(replica=ReplaysNothing),
    "CommitsCursorFirst": Parts(replica=CommitsCursorFirst),
    "NumbersAfterSending": Parts(
        outbox=NumbersAfterSending, shown_by=("client stops soon", "act each", "back up", "restore")
    ),
    "ConfirmsOnPush": Parts(exchange=ConfirmsOnPush),
    "DropsWhatWasPushed": Parts(exchange=DropsWhatWasPushed),
    "KeepsNoJournal": Parts(exchange=KeepsNoJournal, shown_by=("back up", "restore")),
    "AppliesPageByPage": Parts(exchange=AppliesPageByPage),
    "NeverScansAnew": Parts(exchange=NeverScansAnew),
    "PushesBeforePulling": Parts(exchange=PushesBeforePulling),
    "SaysNotAgain": Parts(exchange=SaysNotAgain, shown_by=("back up", "restore", "send draft")),
    "PartsGroupsOnTheWay": Parts(exchange=PartsGroupsOnTheWay, shown_by=("group",)),
    "ReplaysParts": Parts(replica=ReplaysParts, shown_by=("group",)),
    "FillsNoGainedScopes": Parts(exchange=FillsNoGainedScopes, shown_by=("change members",)),
    "KeepsLostScopes": Parts(exchange=KeepsLostScopes, shown_by=("change members",)),
    "AppliesEveryEvent": Parts(exchange=AppliesEveryEvent),
    "TrustsEveryAck": Parts(exchange=TrustsEveryAck, shown_by=("profile copied", "request lost")),
    "NotesNothingUnknown": Parts(replica=NotesNothingUnknown, shown_by=("upgrade",)),
    "EmptiesFirst": Parts(exchange=EmptiesFirst, shown_by=("back up", "restore", "tidy")),
    "KeepsWhatIsNotSeen": Parts(
        exchange=KeepsWhatIsNotSeen, shown_by=("change members", "back up", "restore", "tidy", "cut off")
    ),
    "EmptiesWhenFarBehind": Parts(exchange=EmptiesWhenFarBehind, shown_by=("fall behind",)),
    "KeepsLostScopesWhenFarBehind": Parts(exchange=KeepsLostScopesWhenFarBehind, shown_by=("fall behind",)),
    "KeepsWhatIsLostMeanwhile": Parts(
        exchange=KeepsWhatIsLostMeanwhile,
        shown_by=("change members", "back up", "restore", "tidy", "cut off"),
    ),
    "SweepsNothing": Parts(replica=SweepsNothing, shown_by=("back up", "restore", "tidy")),
    "FormerVersionsWin": Parts(replica=FormerVersionsWin, shown_by=("back up", "restore")),
    "FetchesNothingLearned": Parts(replica=FetchesNothingLearned, shown_by=("upgrade",)),
}
"""By name, what a world is built of with one mistake in it."""
