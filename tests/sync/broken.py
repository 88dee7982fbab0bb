"""Parts that are broken on purpose: each mistake is one that was made somewhere, and that the laws must notice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import Entity
from agent_desktop.store.replica import Delta, Replica
from agent_desktop.store.rows import Key
from sync.client.calls import PullCall, PushCall
from sync.client.deltas import delta_of_pages
from sync.client.exchange import Exchange
from sync.protocol.messages import PullAnswer, PushAnswer, ScanAnswer
from sync.server.backend import Backend
from tests.sync.cluster import Parts


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


class ConfirmsOnPush(Exchange):
    """Takes the answer to a push for a confirmation."""

    def _pushed(self, call: PushCall, answer: PushAnswer, now: datetime) -> None:
        super()._pushed(call, answer, now)
        state = self._replica.state()
        ack = max(answer.expected - 1, state.ack)
        self._replica.receive(Delta(epoch=state.epoch, cursor=state.cursor, ack=ack, scan=state.scan))


class AppliesPageByPage(Exchange):
    """Applies each page as it comes, though a page below the head is no consistent cut."""

    def _pulled(self, call: PullCall, answer: PullAnswer, now: datetime) -> None:
        if answer.resync or not answer.more:
            super()._pulled(call, answer, now)
        else:
            self._apply(delta_of_pages([answer]), now)


class NeverScansAnew(Exchange):
    """Goes on with its cursor, whatever became of the server."""

    def _start_scan(self, epoch: str) -> None:
        state = self._replica.state()
        if not state.epoch:
            super()._start_scan(epoch)
        else:
            self._apply(Delta(epoch=epoch, cursor=0, ack=0), None)


class LosesTombstones(Backend):
    """Never tells that a row is gone."""

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        answer = super().pull(user_id, client_id, epoch, since)
        return PullAnswer(
            client_id=answer.client_id,
            epoch=answer.epoch,
            since=answer.since,
            upto=answer.upto,
            ack=answer.ack,
            more=answer.more,
            tables=answer.tables,
            resync=answer.resync,
        )


class ScansBeyondThePin(Backend):
    """Gives rows that are newer than the version a scan is pinned to."""

    def scan(
        self, user_id: Id, client_id: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        answer = super().scan(user_id, client_id, 0, after, scopes)
        return ScanAnswer(
            client_id=answer.client_id,
            epoch=answer.epoch,
            upto=upto or answer.upto,
            ack=answer.ack,
            tables=answer.tables,
            next=answer.next,
        )


class ShowsEverything(Backend):
    """Sends everybody what is personal to one user."""

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        self.feed._visible = self._all_scopes  # type: ignore[method-assign]  # broken on purpose
        return msgspec.structs.replace(super().pull(user_id, client_id, epoch, since), gained=[])

    def _all_scopes(self, connection: Connection, user_id: Id) -> frozenset[str]:
        found = connection.exec_driver_sql("SELECT id FROM user").scalars().all()
        return frozenset(("w", *(f"u:{row_id}" for row_id in found)))


BROKEN: dict[str, tuple[Parts, int]] = {
    "ForgetsBase": (Parts(replica=ForgetsBase), 0),
    "NeverRecovers": (Parts(replica=NeverRecovers), 18),
    "ReplaysNothing": (Parts(replica=ReplaysNothing), 0),
    "ConfirmsOnPush": (Parts(exchange=ConfirmsOnPush), 16),
    "AppliesPageByPage": (Parts(exchange=AppliesPageByPage), 30),
    "NeverScansAnew": (Parts(exchange=NeverScansAnew), 5),
    "LosesTombstones": (Parts(backend=LosesTombstones), 6),
    "ScansBeyondThePin": (Parts(backend=ScansBeyondThePin), 17),
    "ShowsEverything": (Parts(backend=ShowsEverything), 9),
}
"""By name, the parts of a cluster with one mistake in it, and the seed to begin with: the mistake showed there."""
