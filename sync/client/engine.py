"""The sync engine: pushes what waits, pulls what is new, and says in words how things stand.

A push confirms nothing. An operation is confirmed when a pull whose ack covers it was applied together with its
effects; so after a push a pull always comes before the next push.
"""

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

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
SCANNED = "scanned"
"""The state of a scan of which all pages were applied; the pull behind it is still to come."""
DEFECT = (
    "A defect in Agent Desktop stops the exchange with the server. What you do is kept; please report it."
)
JOURNAL = timedelta(days=7)
"""How long confirmed operations stay in the outbox, so that a server restored from a backup gets them again."""

_log = logging.getLogger("agent_desktop.sync")


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
        self._status_lock = threading.RLock()
        self._telling = threading.RLock()
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
        self._tell(SyncState.CATCHING_UP if online else SyncState.OFFLINE)
        self._wake.set()

    def poke(self) -> None:
        """Something may be new here or there."""
        self._tell(self._status.state)
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
        while True:
            self._wake.clear()
            # Looked at after clearing, or the signal to stop could be cleared unseen.
            if self._stopping:
                return
            self._wake.wait(self._round_of_thread())

    def _round_of_thread(self) -> float:
        try:
            return self._round()
        except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end all exchange until the next start
            _log.exception("exchange failed")
            self._tell(SyncState.OFFLINE, DEFECT)
            return IDLE_SECONDS

    def _round(self) -> float:
        """One exchange and a piece of the index; the seconds until the next, unless something is new before."""
        wait = IDLE_SECONDS
        try:
            if self._online:
                try:
                    self.exchange()
                except Unreachable:
                    self._tell(SyncState.OFFLINE)
                    wait = RETRY_SECONDS
            if not self._wake.is_set() and self._replica.index_block():
                wait = 0.0
        except StoreError as error:
            self._tell(SyncState.OFFLINE, error.sentence)
        return wait

    def exchange(self) -> None:
        """Bring replica and server together: pull, push, pull, until nothing waits.

        Raises Unreachable when the server cannot be reached; what was applied until then stays.
        """
        while self._going() and self._catch_up():
            ack = self._replica.state().ack
            now = self._clock.now()
            batch = self._replica.outbox.numbered(ack, PUSH_OPERATIONS, to_microseconds(now))
            if not batch:
                self._replica.outbox.forget(ack, to_microseconds(now - JOURNAL))
                self._tell(SyncState.IN_SYNC)
                return
            self._tell(SyncState.CATCHING_UP)
            self._push(batch)

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

    def _catch_up(self) -> bool:
        """Get to the head. False when that was broken off: then the ack may be too low to number anything by it."""
        if not self._replica.state().epoch:
            self._start_scan(self._transport.hello().epoch)
        while self._going():
            scan = self._replica.state().scan
            if scan is None or scan == SCANNED:
                if self._pull():
                    return True
            else:
                self._tell(SyncState.CATCHING_UP)
                self._scan_page(*json.loads(scan))
        return False

    def _going(self) -> bool:
        return self._online and not self._stopping

    def _start_scan(self, epoch: str) -> None:
        self._apply(Delta(epoch=epoch, cursor=0, ack=0, scan=json.dumps([0, None]), anew=True))

    def _scan_page(self, upto: int, after: str | None) -> None:
        state = self._replica.state()
        page = self._transport.scan(self._client_id, state.epoch, upto, after)
        if page.epoch != state.epoch:
            self._start_scan(page.epoch)  # rows of a restored server must not mix with those from before
            return
        self._apply(
            Delta(
                epoch=page.epoch,
                cursor=page.upto,
                # Rows that were changed since come with the pull behind the scan, and only then nothing is missing.
                ack=state.ack,
                rows=_rows(page.tables),
                scan=SCANNED if page.next is None else json.dumps([page.upto, page.next]),
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
        if (last.upto, last.ack, None) != (state.cursor, state.ack, state.scan):
            self._apply(_delta(pages))
        return True

    def _apply(self, delta: Delta) -> None:
        with self._replica.turn:
            changes = self._replica.receive(delta)
            changed = bool(changes.changes) or changes.bulk
            if changed:
                self._announce(changes)
        self._tell(changed_at=self._clock.now() if changed else None)

    def _tell(
        self, state: SyncState | None = None, problem: str = "", changed_at: datetime | None = None
    ) -> None:
        """Say how things stand, in the present state or a new one."""
        try:
            waiting = self._replica.outbox.count(self._replica.state().ack)
        except StoreError:
            waiting = self._status.waiting
        with self._telling:
            old = self._status
            state = (state or old.state) if self._online else SyncState.OFFLINE
            self._status = SyncStatus(
                state=state,
                since=old.since if old.state is state else self._clock.now(),
                waiting=waiting,
                last_change_at=changed_at or old.last_change_at,
                problem=problem,
            )
            if self._status != old:
                for listener in self._listeners:
                    listener(self._status)


def _wire(item: Pending) -> WireOperation:
    assert item.number is not None
    return WireOperation(
        id=item.id,
        number=item.number,
        kind=item.kind,
        version=item.version,
        at=item.created_at,
        seen=item.seen,
        payload=item.payload,
        group=item.group,
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
