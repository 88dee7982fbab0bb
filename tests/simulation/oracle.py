"""What must hold, computed apart from the program: from what the server had at each version, and from its log.

`after_commit` looks at a client after each of its commits; `at_the_end` at everything once the faults have stopped.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent_desktop.domain.access import sees
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.rows import Entity
from agent_desktop.store.outbox import Pending
from agent_desktop.store.replica import Replica, ReplicaState
from sync.client.calls import Answer
from sync.protocol.messages import PullAnswer, ScanAnswer
from tests.fakes import DictRows
from tests.simulation.images import Images
from tests.simulation.pulled import Key, going, with_page
from tests.sync.files import replayed, scopes_of
from tests.sync.older import known_rows


class Violation(AssertionError):
    """A law does not hold."""


def must(holds: bool, law: str, *about: object) -> None:
    """Say which law is broken, and by what."""
    if not holds:
        raise Violation(" ".join([law, *map(str, about)]))


def difference(found: DictRows, wanted: DictRows) -> str:
    """A few of the rows in which two states differ."""
    theirs = {(type(row), row.id): row for row in wanted}
    ours = {(type(row), row.id): row for row in found}
    keys = sorted(theirs | ours, key=lambda key: (key[0].__name__, key[1]))
    lines = [
        f"{kind.__name__} {row_id}: {_differing(ours.get((kind, row_id)), theirs.get((kind, row_id)))}"
        for kind, row_id in keys
        if ours.get((kind, row_id)) != theirs.get((kind, row_id))
    ]
    return "; ".join(lines[:3]) + (f" and {len(lines) - 3} more" if len(lines) > 3 else "")


def _differing(found: Entity | None, wanted: Entity | None) -> str:
    if found is None or wanted is None:
        return "is not there" if found is None else "should not be there"
    names = [name for name in found.__dataclass_fields__ if getattr(found, name) != getattr(wanted, name)]
    return ", ".join(f"{name} {getattr(found, name)!r} for {getattr(wanted, name)!r}" for name in names)


@dataclass
class Watched:
    """What the oracle remembers of one client."""

    name: str
    user_id: Id
    set_back: bool = False
    """Its files were copied or fell back, so that operations may come again under other numbers."""
    before: ReplicaState = field(default_factory=ReplicaState)
    confirmed: DictRows | None = None
    """What it had confirmed after its last commit, as far as it is known."""
    hears: Answer | None = None
    """The answer that it follows at the moment."""
    pages: list[PullAnswer] = field(default_factory=list)
    """The pages of a pull that it has heard and not taken yet."""
    is_older: bool = False
    """Its program does not know everything that the server sends."""

    @contextmanager
    def hearing(self, answer: Answer) -> Iterator[None]:
        """It follows this answer meanwhile."""
        self.hears = answer
        if isinstance(answer, PullAnswer):
            self.pages = with_page(self.pages, answer)
        try:
            yield
        finally:
            self.hears = None

    def fell_back(self) -> None:
        """Its replica was lost, or an older one came back: cursors start again."""
        self.before = ReplicaState()
        self.confirmed = None
        self.pages = []


class Oracle:
    """Follows the server version by version, and holds every client to it."""

    def __init__(self, replica_images: Images, older_images: Images, server_images: Images) -> None:
        self._images = {False: replica_images, True: older_images}
        self._server_images = server_images
        self._rows: dict[tuple[str, int], DictRows] = {}
        self._seen: dict[tuple[str, int, Id], DictRows] = {}
        self._seen_by_older: dict[tuple[str, int, Id], DictRows] = {}
        self._judged: dict[str, dict[Id, int]] = {}
        self._log_read: dict[str, int] = {}
        self.together: list[frozenset[Id]] = []
        """Operations of which all happen, or none."""
        self._commits: list[Mapping[Id, str]] = []
        """What was judged in each commit since the last look, with its verdict."""
        self.checks = 0

    # ----- the server

    def follow(self, server: sqlite3.Connection) -> None:
        """Remember what the server has now, if that is another version."""
        epoch, version = server.execute("SELECT epoch, version FROM head").fetchone()
        if (epoch, version) not in self._rows:
            self._rows[epoch, version] = self._server_images.read(server)
        judged = self._judged.setdefault(epoch, {})
        last = self._log_read.get(epoch, 0)
        found = server.execute(
            "SELECT rowid, operation_id, ver, verdict FROM operation WHERE rowid > ?", (last,)
        ).fetchall()
        for row_id, operation_id, ver, _ in found:
            judged[operation_id] = ver
            self._log_read[epoch] = row_id
        if found:
            self._commits.append({operation_id: verdict for _, operation_id, _, verdict in found})

    def check_commits(self) -> None:
        """I18: of what happens together all has happened in a commit, or nothing.

        Not asked for while the server commits, which would take the answer for a defect of its own.
        """
        commits, self._commits = self._commits, []
        for verdicts in commits:
            for group in self.together:
                if not group.isdisjoint(verdicts):
                    told = {verdicts.get(operation_id, "not judged") for operation_id in group}
                    must(len(told) == 1, "I18 the server has parted a group:", sorted(told))

    def server_rows(self, epoch: str, version: int) -> DictRows:
        """What the server had."""
        return self._rows[epoch, version]

    def visible_to(self, user_id: Id, epoch: str, version: int) -> DictRows:
        """Of what the server had, what this user might see then."""
        key = (epoch, version, user_id)
        if key not in self._seen:
            rows = self._rows[epoch, version]
            scopes = scopes_of(rows, user_id)
            self._seen[key] = DictRows(*(row for row in rows if sees(scopes, row.scope)))
        return self._seen[key]

    def visible_to_older(self, user_id: Id, epoch: str, version: int) -> DictRows:
        """The same, as far as an older program knows it."""
        key = (epoch, version, user_id)
        if key not in self._seen_by_older:
            self._seen_by_older[key] = known_rows(self.visible_to(*key[2:], *key[:2]))
        return self._seen_by_older[key]

    def is_judged(self, epoch: str, version: int, operation_id: Id) -> bool:
        """Whether the server had judged the operation then."""
        ver = self._judged.get(epoch, {}).get(operation_id)
        return ver is not None and ver <= version

    # ----- a client

    def read(self, client: Watched, connection: sqlite3.Connection) -> DictRows:
        """What the user of a client sees."""
        return self._images[client.is_older].read(connection)

    def after_commit(self, client: Watched, replica: Replica, connection: sqlite3.Connection) -> DictRows:
        """I1, I2, I8 to I11 and I19 of one client, right after it has committed; what its user sees."""
        self.checks += 1
        before, state = client.before, replica.state()
        self._check_forward(client, state)
        images = self._images[client.is_older]
        visible = images.read(connection)
        confirmed = images.confirmed(connection, visible)
        former = set(connection.execute("SELECT entity, id FROM former"))
        come = (row for row in confirmed if not former or (row.table, row.id) not in former)
        newest = max((row.ver for row in come), default=0)
        self._check_kept(client, before, state, confirmed)
        must(newest <= state.cursor, f"I8 {client.name}: row of {newest} at cursor {state.cursor}")
        if not state.epoch or state.scan is not None:
            return visible  # not exact yet, and says so
        must(not former, f"I19 {client.name}: something was to come anew and never did")
        key = (state.epoch, state.cursor)
        must(key in self._rows, f"I1 {client.name}: the server was never at {key}")
        # Until it hears from the server, a program that was upgraded has what the one before could keep.
        lacks = client.is_older or connection.execute("SELECT 1 FROM not_known").fetchone() is not None
        wanted = (self.visible_to_older if lacks else self.visible_to)(client.user_id, *key)
        must(
            confirmed == wanted,
            f"I1 {client.name}: confirmed rows at {state.cursor}:",
            "" if confirmed == wanted else difference(confirmed, wanted),
        )
        pending = replica.outbox.pending(state.ack)
        shown = [item for item in pending if item.position <= state.applied]
        if not client.set_back:
            self._check_pending(client, state, replica.outbox.pending(0), pending)
        expected = replayed(wanted, _operations(shown), client.user_id)
        shows = visible
        if lacks:
            # What it has come to know is exact only once it was fetched.
            shows, expected = known_rows(visible), known_rows(expected)
        must(
            shows == expected,
            f"I2 {client.name}: visible rows at {state.cursor}:",
            "" if shows == expected else difference(shows, expected),
        )
        return visible

    @staticmethod
    def _check_forward(client: Watched, state: ReplicaState) -> None:
        before, client.before = client.before, state
        anew = state.cursor == 0 and state.scan is not None
        if before.epoch == state.epoch and not anew:
            went_on = state.cursor >= before.cursor and (state.ack >= before.ack or client.set_back)
            must(went_on, f"I9 {client.name}: from {before} to {state}")

    @staticmethod
    def _check_kept(client: Watched, was: ReplicaState, state: ReplicaState, confirmed: DictRows) -> None:
        """I19: while rows come, those that are here stay, but for what the server says is gone or may not be seen now,
        which goes at once.
        """
        before, client.confirmed = client.confirmed, confirmed
        heard = client.hears
        # Who only takes another client id drops the pages.
        pages = client.pages if isinstance(heard, PullAnswer) and state.cursor != was.cursor else []
        if heard is not None:
            client.pages = []
        if state.scan is None or before is None:
            return
        if not isinstance(heard, PullAnswer) or not heard.resync:
            may, must_go = going(pages, before)
            may |= _unseen(heard, before)
            if state.scan != was.scan:
                must_go |= _unseen(heard, confirmed)
            gone = _keys(before) - _keys(confirmed)
            must(gone <= may, f"I19 {client.name}: gone before the end:", *sorted(gone - may))
            left = must_go & _keys(confirmed)
            must(not left, f"I19 {client.name}: still here, though said to be gone:", *sorted(left))
        else:
            held = heard.sees or ()
            stays = DictRows(*(row for row in before if sees(held, row.scope)))
            must(
                confirmed == stays,
                f"I19 {client.name} begins anew:",
                "" if confirmed == stays else difference(confirmed, stays),
            )

    def _check_pending(
        self, client: Watched, state: ReplicaState, kept: list[Pending], pending: list[Pending]
    ) -> None:
        ours = {item.id for item in pending}
        theirs = {item.id for item in kept if not self.is_judged(state.epoch, state.cursor, item.id)}
        must(ours == theirs, f"I10 {client.name}: pending are {sorted(ours)}, not {sorted(theirs)}")


def _unseen(heard: Answer | None, rows: DictRows) -> set[Key]:
    """The rows that a page of a scan says may not be seen now."""
    if not isinstance(heard, ScanAnswer) or heard.sees is None:
        return set()
    return {(row.table, row.id) for row in rows if not sees(heard.sees, row.scope)}


def _keys(rows: DictRows) -> set[Key]:
    return {(row.table, row.id) for row in rows}


def _operations(pending: Iterable[Pending]) -> list[Operation]:
    return [operation for operation in (item.operation() for item in pending) if operation is not None]
