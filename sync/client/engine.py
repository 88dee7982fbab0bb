"""The sync engine: pushes what waits, pulls what is new, and says in words how things stand.

A push confirms nothing. An operation is confirmed when a pull whose ack covers it was applied together with its
effects; so after a push a pull always comes before the next push.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import StoreError
from agent_desktop.services.sync_status import SyncState, SyncStatus
from agent_desktop.store.outbox import Pending
from agent_desktop.store.replica import Delta, Replica
from sync.protocol.messages import PullAnswer, PushRequest, TableRows, WireOperation
from sync.protocol.transport import Transport, Unreachable

PUSH_OPERATIONS = 100
IDLE_SECONDS = 25.0
RETRY_SECONDS = 2.0
JOURNAL = timedelta(days=7)
"""How long confirmed operations stay in the outbox, so that a server restored from a backup gets them again."""


class SyncEngine:
    """One client's exchange with its server. `step` is one round; the thread only repeats it."""

    def __init__(
        self,
        replica: Replica,
        transport: Transport,
        client_id: str,
        clock: Clock,
        announce: Callable[[ChangeSet], None],
    ) -> None:
        self._replica = replica
        self._transport = transport
        self._client_id = client_id
        self._clock = clock
        self._announce = announce
        self._listeners: list[Callable[[SyncStatus], None]] = []
        self._status = SyncStatus(SyncState.CATCHING_UP, clock.now())
        self._online = True
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    # ----- what others may do

    @property
    def status(self) -> SyncStatus:
        """How things stand."""
        return self._status

    @property
    def online(self) -> bool:
        """Whether the user lets the program talk to the server."""
        return self._online

    def subscribe(self, listener: Callable[[SyncStatus], None]) -> None:
        """Call `listener` when the status changes, on the thread that changed it."""
        self._listeners.append(listener)

    def set_online(self, online: bool) -> None:
        """Work offline, or go online again."""
        self._online = online
        self._wake.set()
        if not online:
            self._set(SyncState.OFFLINE)

    def poke(self) -> None:
        """Something may be new here or there."""
        self._set(self._status.state)
        self._wake.set()

    def start(self) -> None:
        """Begin to exchange in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is running."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    # ----- the exchange

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            wait = IDLE_SECONDS
            if self._online:
                try:
                    self.exchange()
                except Unreachable:
                    self._set(SyncState.OFFLINE)
                    wait = RETRY_SECONDS
                except StoreError as error:
                    self._set(SyncState.OFFLINE, error.sentence)
                    wait = IDLE_SECONDS
            if not self._wake.is_set() and self._replica.index_block():
                wait = 0.0
            self._wake.wait(wait)

    def exchange(self) -> None:
        """Bring replica and server together: pull, push, pull, until nothing waits.

        Raises Unreachable when the server cannot be reached; what was applied until then stays.
        """
        while not self._stopping and self._online:
            self._catch_up()
            ack = self._replica.state().ack
            batch = self._replica.outbox.numbered(ack, PUSH_OPERATIONS)
            if not batch:
                break
            self._set(SyncState.CATCHING_UP)
            self._push(batch)
        self._replica.outbox.forget(self._replica.state().ack, to_microseconds(self._clock.now() - JOURNAL))
        if self._online:
            self._set(SyncState.IN_SYNC)

    def _push(self, batch: list[Pending]) -> None:
        answer = self._transport.push(
            PushRequest(
                client_id=self._client_id,
                epoch=self._replica.state().epoch,
                operations=[_wire(item) for item in batch],
            )
        )
        if answer.expected <= (batch[0].number or 0) and not answer.resync:
            raise Unreachable("the server did not take the operations")

    def _catch_up(self) -> None:
        if not self._replica.state().epoch:
            hello = self._transport.hello()
            self._start_scan(hello.epoch)
        while True:
            while self._replica.state().scan is not None and not self._stopping:
                self._set(SyncState.CATCHING_UP)
                self._scan_page()
            if self._stopping or self._pull():
                return

    def _start_scan(self, epoch: str) -> None:
        self._apply(Delta(epoch=epoch, cursor=0, ack=0, scan=json.dumps([0, None]), anew=True))

    def _scan_page(self) -> None:
        state = self._replica.state()
        upto, after = json.loads(state.scan or "[0, null]")
        page = self._transport.scan(self._client_id, state.epoch, upto, after)
        following = None if page.next is None else json.dumps([page.upto, page.next])
        self._apply(
            Delta(
                epoch=page.epoch,
                cursor=page.upto,
                # Effects of our operations up to the pinned version are complete only with the last page.
                ack=page.ack if following is None else state.ack,
                rows=_rows(page.tables),
                scan=following,
            )
        )

    def _pull(self) -> bool:
        """Apply everything up to the head; False when the cursor cannot be continued and a scan begins."""
        state = self._replica.state()
        pages: list[PullAnswer] = []
        since = state.cursor
        while True:
            answer = self._transport.pull(self._client_id, state.epoch, since)
            if answer.resync:
                self._start_scan(answer.epoch)
                return False
            pages.append(answer)
            since = answer.upto
            if not answer.more:
                break
        last = pages[-1]
        if last.upto != state.cursor or last.ack != state.ack:
            self._apply(_delta(pages))
        return True

    def _apply(self, delta: Delta) -> None:
        changes = self._replica.receive(delta)
        if changes.changes or changes.bulk:
            self._status = replace(self._status, last_change_at=self._clock.now())
            self._announce(changes)
        self._set(self._status.state)

    def _set(self, state: SyncState, problem: str = "") -> None:
        waiting = self._replica.outbox.count(self._replica.state().ack)
        old = self._status
        since = old.since if old.state is state else self._clock.now()
        self._status = replace(old, state=state, since=since, waiting=waiting, problem=problem)
        if self._status != old:
            for listener in self._listeners:
                listener(self._status)


def _wire(item: Pending) -> WireOperation:
    assert item.number is not None
    return WireOperation(
        id=item.operation.id,
        number=item.number,
        kind=item.kind,
        version=item.version,
        at=to_microseconds(item.operation.created_at),
        seen=item.operation.seen,
        payload=item.payload,
        group=item.operation.group,
    )


def _rows(tables: dict[str, TableRows]) -> dict[str, tuple[list[str], list[list[object]]]]:
    return {name: (table.columns, table.rows) for name, table in tables.items()}


def _delta(pages: list[PullAnswer]) -> Delta:
    """All pages as one delta, for they are applied up to head in one transaction.

    A later page overrides an earlier one, so rows are put in the order of the pages and a row that was removed
    later is not put at all.
    """
    rows: dict[str, tuple[list[str], dict[str, list[object]]]] = {}
    removed: dict[str, set[str]] = {}
    for page in pages:
        for name, ids in page.removed.items():
            for row_id in ids:
                rows.get(name, ([], {}))[1].pop(row_id, None)
            removed.setdefault(name, set()).update(ids)
        for name, table in page.tables.items():
            _, kept = rows.setdefault(name, (table.columns, {}))
            place = table.columns.index("id")
            kept.update({row[place]: row for row in table.rows})
            removed.get(name, set()).difference_update(row[place] for row in table.rows)
    last = pages[-1]
    return Delta(
        epoch=last.epoch,
        cursor=last.upto,
        ack=last.ack,
        rows={name: (columns, list(kept.values())) for name, (columns, kept) in rows.items()},
        removed={name: sorted(ids) for name, ids in removed.items() if ids},
    )
