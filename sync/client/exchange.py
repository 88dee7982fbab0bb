"""The exchange with a server as a state machine: what to ask next, and what an answer means.

It waits for nobody and opens no connection: a thread (engine.py) or a simulation carries its calls, one at a time,
and says what became of them. A push confirms nothing: an operation is confirmed when a pull whose ack covers it was
applied together with its effects. So after a push a pull comes before the next push, and a push of which nobody knows
how it ended is followed by a pull, too.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.services.sync_status import SyncState, SyncStatus
from agent_desktop.store.outbox import Pending
from agent_desktop.store.replica import Delta, Replica, ReplicaState
from sync.client.calls import Answer, Call, DigestCall, HelloCall, PullCall, PushCall, ScanCall
from sync.client.deltas import (
    are_alike,
    delta_of_pages,
    delta_of_scan,
    delta_of_stream,
    may_change_sight,
    rows_on,
)
from sync.client.parking import not_understood, too_large
from sync.client.progress import Progress, progress_of
from sync.client.resync import as_told, from_nothing, instead_of, over_what_is_here, unseen
from sync.client.scan_place import SCANNED, ScanPlace
from sync.client.suspects import ALONE, first_push, is_skipped
from sync.client.wire import wire_of
from sync.protocol.messages import (
    PROTOCOL_VERSION,
    Digest,
    Hello,
    Poke,
    PullAnswer,
    PushAnswer,
    PushRequest,
    ScanAnswer,
    StreamedDelta,
)
from sync.protocol.transport import RefusalReason, Refused, Unreachable

IDLE = timedelta(seconds=25)
"""How long without a stream until the server is asked again by itself."""
STREAMED_IDLE = timedelta(minutes=5)
"""The same while a stream tells what is new."""
FIRST_RETRY, LAST_RETRY = timedelta(seconds=1), timedelta(seconds=60)
CHECK_EVERY = timedelta(hours=24)
TIDY_EVERY = timedelta(hours=1)
JOURNAL = timedelta(days=7)
"""How long confirmed operations stay in the outbox, so that a server restored from a backup gets them again."""
MANY_REMOVED = 1_000
"""Where more rows than this are said to be gone, it is checked at once whether that leaves what the server has."""
MOST_ROWS = 200_000
"""Who is further behind than so many rows scans anew instead of applying them in one transaction."""
TOO_OLD = "This program is older than the server allows. Update Agent Desktop; what you do meanwhile is kept."
TOO_NEW = "The server is older than this program allows. Ask for its update; what you do meanwhile is kept."
TOO_NEW_CHANGES = (
    "The server is older than this program and does not understand {count:,} of your changes. They are kept and are"
    " sent once it is updated; ask whoever runs it."
)

_log = logging.getLogger("agent_desktop.sync")


class FileGate(Protocol):
    """Knows which operations cannot be sent yet because a file of theirs is not at the server."""

    def parked(self, pending: Sequence[Pending]) -> frozenset[Id]:
        """The ids of those that have to wait. Others overtake them."""
        ...

    def missing(self, sha256s: Sequence[str]) -> None:
        """The server says that it has not got these files, whatever it said before."""
        ...


class Exchange:
    """One client's exchange. `fork` stores and gives a new client id, for another computer goes on with this one's
    copy. Call `next_call`, carry it, then say `answered` or `failed`; one thread at a time.
    """

    def __init__(
        self,
        replica: Replica,
        client_id: str,
        random: Random,
        announce: Callable[[ChangeSet], None],
        now: datetime,
        gate: FileGate | None = None,
        fork: Callable[[], str] | None = None,
    ) -> None:
        self._replica = replica
        self._client_id = client_id
        self._random = random
        self._announce = announce
        self._gate = gate
        self._fork = fork
        self.online = True
        """Whether the user lets the program talk to the server."""
        self.streaming = False
        """Whether a stream tells what is new, so that asking is hardly needed."""
        self._hello: Hello | None = None
        self._noticed = now
        self._pull_at = now
        self._known: int | None = None
        """How many operations of this client the server counts, as far as it said so in this run."""
        self._pages: list[PullAnswer] = []
        self._restored = False
        """Whether a page of a scan came from another epoch: a pull tells what may stay of what is here."""
        self._sees: list[str] | None = None
        """What this user sees, as the last page of this scan said: no row is here that they do not."""
        self._push_turn = False
        self._failures = 0
        self._retry_at = now
        self._refusal: Refused | None = None
        self._problem = ""
        self._too_new = 0
        """How many operations wait for a server that understands them."""
        self._check_at: datetime | None = None
        self._tidy_at = now
        self._server_ahead = timedelta()
        self._last_change_at: datetime | None = None
        self._progress = Progress()

    # ----- what to ask

    def next_call(self, now: datetime) -> Call | None:
        """What to ask the server now; None until `wake_at` or until something is new. Raises StoreError."""
        self._notice(now)
        if not self.online or self._refusal is not None or now < self._retry_at:
            return None
        if self._hello is None:
            return HelloCall()
        state = self._replica.state()
        if not state.epoch:
            self._start_scan(from_nothing(self._hello.epoch))
            state = self._replica.state()
        if self._pages:
            return PullCall(self._client_id, state.epoch, self._pages[-1].upto)
        if _is_scanning(state) and not self._restored:
            return self._push_while_scanning(state, now) or self._scan_call(state)
        if state.scan is not None or now >= self._pull_at:
            return PullCall(self._client_id, state.epoch, state.cursor)
        push = self._push_call(state, now)
        if push is None and now >= self._tidy_at:
            self._replica.outbox.forget(state.ack, to_microseconds(now - JOURNAL))
            self._tidy_at = now + TIDY_EVERY
            if self._too_new:
                return HelloCall()
        if push is None and self._check_at is not None and now >= self._check_at:
            return DigestCall()
        return push

    def wake_at(self, now: datetime) -> datetime | None:
        """When there is something to ask again, if nothing new happens; None: never by itself."""
        self._notice(now)
        if not self.online or self._refusal is not None:
            return None
        return self._retry_at if now < self._retry_at else self._pull_at

    def _notice(self, now: datetime) -> None:
        """Where the clock was set back, what was to come comes as soon as it would have, not after all that time."""
        back = max(self._noticed - now, timedelta())
        self._noticed = now
        if back:
            self._pull_at -= back
            self._retry_at -= back
            self._tidy_at -= back
            self._check_at = self._check_at and self._check_at - back

    def _scan_call(self, state: ReplicaState) -> ScanCall:
        assert state.scan is not None
        place = ScanPlace.parse(state.scan)
        return ScanCall(self._client_id, state.epoch, place.upto, place.after, place.scopes)

    def _push_while_scanning(self, state: ReplicaState, now: datetime) -> PushCall | None:
        """A reply does not wait for the end of a long first sync: pushes and pages take turns."""
        self._push_turn = not self._push_turn
        return self._push_call(state, now) if self._push_turn and self._known is not None else None

    def _push_call(self, state: ReplicaState, now: datetime) -> PushCall | None:
        known = state.ack if self._known is None else self._known
        outbox = self._replica.outbox
        chosen = first_push(lambda most: outbox.pending(known, most), self._parked)
        if not chosen:
            return None
        skip = is_skipped(chosen)
        numbered = outbox.numbered(known, chosen, to_microseconds(now), state.epoch)
        operations = [wire_of(item, state.epoch, skip=skip) for item in numbered]
        return PushCall(PushRequest(client_id=self._client_id, epoch=state.epoch, operations=operations))

    def _parked(self, pending: Sequence[Pending]) -> frozenset[Id]:
        """What has to wait: for a file of its own, for a server that understands it, or as too large."""
        too_new = frozenset[Id]() if self._hello is None else not_understood(pending, self._hello.operations)
        self._too_new = len(too_new)
        if self._gate is None:  # the server is in this program, and takes everything
            return too_new
        return too_new | too_large(pending) | self._gate.parked(pending)

    # ----- what became of it

    def answered(self, call: Call, answer: Answer, now: datetime) -> None:
        """The server has answered this call. Raises StoreError when that cannot be stored; then it is asked again."""
        self._notice(now)
        self._failures = 0
        self._problem = ""
        match call, answer:
            case HelloCall(), Hello():
                self._greeted(answer, now)
            case PushCall(), PushAnswer():
                self._pushed(call, answer, now)
            case PullCall(), PullAnswer():
                self._pulled(call, answer, now)
            case ScanCall(), ScanAnswer():
                self._scanned(call, answer, now)
            case DigestCall(), Digest():
                self._checked(answer, now)
            case _:
                raise TypeError(f"{type(answer).__name__} answers no {type(call).__name__}")

    def failed(self, call: Call, error: Unreachable | Refused, now: datetime) -> None:
        """The call brought no answer, or the server refuses to talk. Nothing is lost by it.

        Raises StoreError when it cannot be noted of what was pushed; it is tried again all the same.
        """
        self._notice(now)
        self._pages = []
        if self._too_new:
            self._hello = None  # whoever was gone may come back as a newer one
        if isinstance(error, Refused):
            self._refusal = error
            return
        self._back_off(now, error)
        if isinstance(call, PushCall):
            # Nobody knows what became of it: ask by a pull first.
            self._pull_at = now
            if not error.alive:
                self._suspect(call)

    def _back_off(self, now: datetime, error: Unreachable) -> None:
        longest = min(FIRST_RETRY * 2 ** min(self._failures, 10), LAST_RETRY)
        self._failures += 1
        self._problem = error.sentence
        # Anything between none and all of it: clients that lost the server together must not return together.
        wait = max(longest * self._random.random(), timedelta(seconds=error.retry_after))
        self._retry_at = now + wait
        self._pull_at = min(self._pull_at, self._retry_at)

    def _suspect(self, call: PushCall) -> None:
        """Find out which operation the server dies of, if it does."""
        operations = call.request.operations
        ids = [wire.id for wire in operations]
        if operations[0].skip:
            self._replica.outbox.clear(ids, ALONE)  # it was not run this time, so it may be something else
        else:
            self._replica.outbox.suspect(ids)

    # ----- answers

    def _greeted(self, hello: Hello, now: datetime) -> None:
        self._server_ahead = from_microseconds(hello.time) - now
        if hello.oldest_protocol > PROTOCOL_VERSION:
            self._refusal = Refused(RefusalReason.UPDATE, TOO_OLD)
        elif hello.protocol < PROTOCOL_VERSION:
            self._refusal = Refused(RefusalReason.UPDATE, TOO_NEW)
        else:
            with self._replica.turn:
                # What was removed since comes with the pull behind the scan: it must not be pinned beyond the cursor.
                place = ScanPlace(upto=self._replica.state().cursor, anew=True)
                self._replica.fetch_learned(place.text())
            self._hello = hello

    def _pushed(self, call: PushCall, answer: PushAnswer, now: datetime) -> None:
        self._pull_at = now
        if answer.resync:
            return  # the pull will say so, too, and begin a scan
        if answer.forked:
            self._take_new_id(now)
            return
        if answer.missing and self._gate is not None:
            self._gate.missing(answer.missing)
        if answer.expected > call.first or answer.missing:
            self._known = answer.expected - 1
        else:
            self._known = None
            self._back_off(now, Unreachable("the server did not take the operations"))

    def _take_new_id(self, now: datetime) -> None:
        """Another computer goes on with a copy of this profile: both keep all operations, under ids of their own."""
        if self._fork is None:
            raise TypeError("this exchange cannot take a new client id")
        self._client_id = self._fork()
        state = self._replica.state()
        self._apply(Delta(epoch=state.epoch, cursor=state.cursor, ack=0, scan=state.scan), now)
        self._known = None

    def _pulled(self, call: PullCall, answer: PullAnswer, now: datetime) -> None:
        self._restored = False
        self._sees = None
        state = self._replica.state()
        if answer.resync:
            self._pages = []
            set_back = answer.epoch == call.epoch and answer.upto < call.since
            if set_back:
                self._replica.outbox.note_set_back()
            # What a server has forgotten must be pending again.
            forgot = set_back or answer.epoch != call.epoch
            self._start_scan(as_told(answer, self._replica, 0 if forgot else state.ack))
            return
        if (answer.epoch, answer.since) != (call.epoch, call.since):
            self.failed(call, Unreachable("the answer is to another question"), now)
            return
        if _is_scanning(state):
            self.failed(call, Unreachable("two servers answer in turn"), now)
            return
        self._pages.append(answer)
        far_behind = sum(map(rows_on, self._pages)) > MOST_ROWS
        if answer.more and not far_behind:
            return
        if not are_alike(self._pages):
            self.failed(call, Unreachable("the server was upgraded between two pages"), now)
            return
        pages, self._pages = self._pages, []
        if far_behind:  # a scan can be broken off and goes on where it was
            self._start_scan(instead_of(pages, state.ack))
            return
        last = pages[-1]
        if self._is_copied(state, last):
            self._take_new_id(now)
            return
        gained = {scope for page in pages for scope in page.gained}
        if (last.upto, last.ack, None) != (state.cursor, state.ack, state.scan):
            place = ScanPlace(upto=last.upto, scopes=tuple(sorted(gained))).text() if gained else None
            self._apply(replace(delta_of_pages(pages), scan=place), now)
        self._known = last.ack
        if last.time:
            self._server_ahead = from_microseconds(last.time) - now
        self._pull_at = now + (STREAMED_IDLE if self.streaming else IDLE)
        if self._check_at is None or state.scan is not None:
            self._check_at = now + CHECK_EVERY
        if sum(len(ids) for page in pages for ids in page.removed.values()) > MANY_REMOVED:
            self._check_at = now

    def _is_copied(self, state: ReplicaState, page: PullAnswer | ScanAnswer) -> bool:
        """Whether the server counts operations of somebody else, who works with a copy of this profile, for ours."""
        outbox = self._replica.outbox
        return bool(page.acked) and outbox.is_counted_by_another(state.ack, page.ack, page.acked)

    def _scanned(self, call: ScanCall, page: ScanAnswer, now: datetime) -> None:
        state = self._replica.state()
        if page.epoch != state.epoch:
            self._restored = True  # its rows must not be taken for those of the server before
            return
        if state.scan is None or state.scan == SCANNED:
            return
        if self._is_copied(state, page):
            self._take_new_id(now)
            return
        self._known = max(page.ack, self._known or 0)
        delta = delta_of_scan(page, state.cursor, state.ack, ScanPlace.parse(state.scan))
        if page.sees is not None and page.sees != self._sees:
            delta = replace(delta, lost=unseen(self._replica, page.sees))
        self._apply(delta, None)
        self._sees = page.sees

    def _checked(self, digest: Digest, now: datetime) -> None:
        self._check_at = now + CHECK_EVERY
        state = self._replica.state()
        if (digest.epoch, digest.head) != (state.epoch, state.cursor):
            return  # something came in between; the next check is as good
        ours = self._replica.digest()
        # A newer server may have tables of which nothing is kept here.
        wrong = [table for table, sums in ours.items() if tuple(digest.tables.get(table, sums)) != sums]
        if wrong:
            _log.error("the replica differs from the server in %s; it is fetched again", ", ".join(wrong))
            self._start_scan(over_what_is_here(digest.epoch, state.ack))

    def _start_scan(self, start: Delta) -> None:
        self._known = self._sees = None
        self._apply(start, None)

    def _apply(self, delta: Delta, now: datetime | None) -> None:
        with self._replica.turn:
            changes = self._replica.receive(delta)
            if changes.changes or changes.bulk:
                self._last_change_at = now or self._last_change_at
                self._announce(changes)

    # ----- what others say

    def poke(self, now: datetime) -> None:
        """Something may be new at the server."""
        self._pull_at = min(self._pull_at, now)

    def streamed(self, event: StreamedDelta | Poke, now: datetime) -> None:
        """The stream says what is new: applied when it goes on where the replica stands, else asked for.

        So is what comes before it is known whether this program and the server understand each other, and whether
        the program has learned since it ended what it has to fetch.

        Raises StoreError when it cannot be stored; then it is asked for.
        """
        self._pull_at = min(self._pull_at, now)
        state = self._replica.state()
        if isinstance(event, Poke):
            if (event.epoch, event.head) == (state.epoch, state.cursor):
                self._pull_at = now + STREAMED_IDLE
            return
        if self._hello is None or self._pages or state.scan is not None:
            return
        if (event.epoch, event.since) != (state.epoch, state.cursor):
            return
        if self._client_id in event.acks:
            return  # whether it was this client, and not a copy of it, the answer to a pull tells
        if may_change_sight(event):
            return  # a server of before; no pull from behind it would tell which scopes came and went
        self._apply(delta_of_stream(event, state.ack), now)
        self._pull_at = now + STREAMED_IDLE

    def retry(self, now: datetime) -> None:
        """Do not wait any longer: the network came back, the computer woke up, or somebody signed in again."""
        if self._refusal is not None or self._too_new:
            self._refusal = self._hello = None
        self._failures = 0
        self._retry_at = now
        self._pull_at = now

    @property
    def refusal(self) -> Refused | None:
        """Why the server does not talk to this client."""
        return self._refusal

    @property
    def server_ahead(self) -> timedelta:
        """How far the server's clock is ahead of this computer's."""
        return self._server_ahead

    def count(self) -> None:
        """Look anew at what waits, and how far a first sync is. Not for the GUI thread, for it reads files."""
        with suppress(StoreError):  # what was counted before is the best that is known
            self._progress = progress_of(self._replica)

    def status(self, now: datetime, before: SyncStatus) -> SyncStatus:
        """How things stand, in words for the status line."""
        progress = self._progress
        problem = self._problem or (TOO_NEW_CHANGES.format(count=self._too_new) if self._too_new else "")
        if not self.online:
            state = SyncState.OFFLINE
        elif self._refusal is not None:
            state, problem = SyncState.REFUSED, self._refusal.sentence
        elif self._failures:
            state = SyncState.OFFLINE
        elif progress.waiting or self._pages or not progress.is_exact or self._hello is None:
            state = SyncState.CATCHING_UP
        else:
            state = SyncState.IN_SYNC
        return SyncStatus(
            state=state,
            since=before.since if before.state is state else now,
            waiting=progress.waiting,
            last_change_at=self._last_change_at or before.last_change_at,
            problem=problem,
            sign_in=self._refusal is not None and self._refusal.reason is RefusalReason.SIGN_IN,
            done=progress.done,
            total=progress.total,
            anew=progress.is_anew,
            server_ahead=self._server_ahead,
        )


def _is_scanning(state: ReplicaState) -> bool:
    """Whether pages of a scan are still to come."""
    return state.scan is not None and state.scan != SCANNED
