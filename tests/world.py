"""A small workspace that tests act on: its state, its clock, and operations as somebody in it makes them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from agent_desktop.domain.access import Actor, actor_of
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import KINDS, perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import E
from agent_desktop.domain.workspace import User
from tests.factories import small_workspace
from tests.fakes import START, DictRows, FakeIds

PERMISSIONS = {kind.payload: kind.permission for kind in KINDS}


@dataclass(frozen=True)
class Step:
    """One operation of a history, and who made it."""

    operation: Operation
    actor: Actor

    @property
    def actor_id(self) -> Id:
        """Who made it."""
        return self.actor.user_id

    def context(self, *, authoritative: bool = True) -> Context:
        """The circumstances of the operation on the server, or on a client."""
        return Context(
            operation_id=self.operation.id,
            actor=replace(self.actor, scopes=None),
            at=self.operation.created_at,
            authoritative=authoritative,
        )

    def perform(self, rows: DictRows, *, authoritative: bool = True) -> DictRows:
        """The rows after the operation; raises Rejected. The rows that are given stay as they are."""
        after = rows.copy()
        perform(after, self.operation, self.context(authoritative=authoritative))
        return after

    def attempt(self, rows: DictRows, *, authoritative: bool = True) -> DictRows | None:
        """The rows after the operation; None when it is rejected."""
        try:
            return self.perform(rows, authoritative=authoritative)
        except Rejected:
            return None


@dataclass
class World:
    """A workspace as it stands, with the clock and the ids that new operations take."""

    rows: DictRows = field(default_factory=small_workspace)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START + timedelta(hours=1)))
    ids: FakeIds = field(default_factory=FakeIds)

    def copy(self, name: str) -> "World":
        """The same state somewhere else, where ids of their own are made."""
        return World(self.rows.copy(), ManualClock(self.clock.now()), FakeIds(name, self.clock.now()))

    def step(self, payload: Record, actor: User, *, skew: timedelta = timedelta()) -> Step:
        """The payload as an operation that the actor makes now, on a clock that is ahead by `skew`."""
        operation = Operation(id=self.ids.new(), payload=payload, created_at=self.clock.now() + skew)
        return Step(operation, actor_of(self.rows, actor))

    def do(self, payload: Record, actor: User, *, skew: timedelta = timedelta()) -> Step:
        """Carry the payload out here, a second after what was done before; raises Rejected."""
        self.clock.advance(timedelta(seconds=1))
        step = self.step(payload, actor, skew=skew)
        self.rows = step.perform(self.rows)
        return step

    def get(self, entity: type[E], row_id: Id) -> E:
        """The row, which must be there."""
        row = self.rows.get(entity, row_id)
        assert row is not None, f"no {entity.table} {row_id}"
        return row

    def actors(self, payload: type) -> list[User]:
        """The users whose role may make operations of this payload."""
        wanted = PERMISSIONS[payload]
        return [user for user in self.rows.query(User) if user.active and self.actor(user).may(wanted)]

    def actor(self, user: User) -> Actor:
        """The user with what they may do here."""
        return actor_of(self.rows, user)
