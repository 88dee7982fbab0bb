"""What people do and what goes wrong: one method for each name in a plan."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, Protocol

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.conversation import AssignConversation, SetTeam
from agent_desktop.domain.operations.message import ReceiveMessage, ReleaseReply, Reply, ReportDelivery
from agent_desktop.domain.operations.workspace import (
    CreateWorkspace,
    SaveChannel,
    SaveRole,
    SaveTeam,
    SaveUser,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel, CustomRole, Grant, Role, Team, User
from tests.factories import SYSTEM
from tests.fakes import DictRows
from tests.payloads import MAKERS, TALK, Draw
from tests.simulation.authority import Authority
from tests.simulation.machine import Machine
from tests.simulation.oracle import must
from tests.simulation.plan import FALL_BEHIND, JOIN, Step
from tests.simulation.world import World
from tests.sync.older import UNKNOWN_KINDS
from tests.world import World as Workspace

LONG_PAUSE = timedelta(days=8)
"""Longer than confirmed operations are kept in the outbox."""
_PERMISSIONS = (
    "conversation.read_all",
    "conversation.reply",
    "conversation.edit",
    "customer.read",
    "customer.edit",
    "private.read",
)
_NOBODY = (CreateWorkspace, ReportDelivery)
OURS: tuple[type, ...] = tuple(kind for kind in MAKERS if kind not in (*_NOBODY, ReceiveMessage))
THEIRS: tuple[type, ...] = tuple(kind for kind in MAKERS if kind not in _NOBODY)
MOST_MACHINES = 5


class AddMachine(Protocol):
    """Starts another computer of a user on a copy of the files of one, with the same program."""

    def __call__(self, user_id: Id, images: tuple[bytes, bytes], *, is_older: bool) -> Machine: ...


class Deeds:
    """Puts the steps of a plan on the heap."""

    def __init__(
        self,
        world: World,
        server: Authority,
        machines: list[Machine],
        add_machine: AddMachine,
    ) -> None:
        self._world = world
        self._server = server
        self._machines = machines
        self._add_machine = add_machine
        self._by_name: dict[str, Callable[[Machine, Random], None]] = {
            "act": self._act,
            "group": self._group,
            "act each": self._act_each,
            "draft": self._draft,
            "send draft": self._send_draft,
            "customer writes": self._customer_writes,
            "server acts": self._server_acts,
            "change members": self._change_members,
            JOIN: self._join_team,
            FALL_BEHIND: self._fall_behind,
            "cut off": self._cut_off,
            "client stops": lambda machine, chance: machine.stop(chance.uniform(0.5, 60)),
            "client stops soon": self._client_stops_soon,
            "save replica": lambda machine, chance: machine.save_replica(),
            "power fails": self._power_fails,
            "replica lost": lambda machine, chance: machine.lose_replica(),
            "profile copied": self._profile_copied,
            "clock jumps": self._clock_jumps,
            "server stops": self._server_stops,
            "server stops soon": self._server_stops_soon,
            "back up": lambda machine, chance: self._server.back_up(),
            "restore": self._restore,
            "tidy": lambda machine, chance: self._server.tidy(),
            "long pause": self._long_pause,
            "upgrade": self._upgrade,
        }
        for step in world.plan.steps:
            world.at(step.at, self._planned(step))

    def _planned(self, step: Step) -> Callable[[], None]:
        def happen() -> None:
            chance = Random(step.seed)
            machine = chance.choice(self._machines)
            self._world.note("---", step.name, "on", machine.name)
            self._by_name[step.name](machine, chance)

        return happen

    # ----- what users do

    def _act(self, machine: Machine, chance: Random) -> None:
        kinds = chance.choice((OURS, TALK))
        self._do(machine, chance, [self._payload(machine, chance, kinds)])

    def _group(self, machine: Machine, chance: Random) -> None:
        kinds = chance.choice((OURS, TALK))
        payloads = [self._payload(machine, chance, kinds) for _ in range(chance.choice((2, 3)))]
        self._do(machine, chance, payloads, together=chance.random() < 0.7)

    def _act_each(self, machine: Machine, chance: Random) -> None:
        payloads = [self._payload(machine, chance, OURS) for _ in range(chance.choice((1, 2, 4)))]
        self._do(machine, chance, payloads, each=True)

    def _payload(self, machine: Machine, chance: Random, kinds: tuple[type, ...]) -> Record | None:
        """Something that makes sense for the user, as they see the workspace."""
        actor = machine.visible.get(User, machine.user_id)
        if machine.core is None or actor is None:
            return None
        if machine.is_older:
            kinds = tuple(kind for kind in kinds if kind not in UNKNOWN_KINDS)
        return _made(chance, kinds, machine.visible, machine, actor)

    def _do(
        self,
        machine: Machine,
        chance: Random,
        drawn: list[Record | None],
        *,
        each: bool = False,
        together: bool = False,
    ) -> None:
        payloads = [payload for payload in drawn if payload is not None]
        if not payloads:
            return
        before = set(machine.acknowledged)

        def act() -> None:
            if self._world.often("unknown", machine.chance):
                machine.act_unknown()
            done = machine.act(payloads, each=each, together=together)
            how = " together" if together else ""
            self._world.note(machine.name, *payloads, "done" if done else "not possible", how)

        machine.guarded(act)
        for operation_id in machine.acknowledged:
            if operation_id not in before:
                if self._world.often("poison", machine.chance):
                    self._server.poisoned.add(operation_id)
                if self._world.often("lethal", machine.chance):
                    self._server.lethal.add(operation_id)
        machine.pump()

    def _draft(self, machine: Machine, chance: Random) -> None:
        conversation_id = self._conversation(machine, chance)
        if conversation_id is None:
            return
        text = f"Draft {machine.ids.new()}"
        machine.guarded(lambda: machine.write_draft(conversation_id, text))

    def _send_draft(self, machine: Machine, chance: Random) -> None:
        conversation_id = self._conversation(machine, chance)
        if conversation_id is not None:
            machine.guarded(lambda: machine.send_draft(conversation_id))
            machine.pump()

    @staticmethod
    def _conversation(machine: Machine, chance: Random) -> Id | None:
        there = machine.visible.query(Conversation)
        return chance.choice(there).id if there else None

    # ----- what happens at the server

    def _customer_writes(self, machine: Machine, chance: Random) -> None:
        self._commit(chance, (ReceiveMessage,))

    def _server_acts(self, machine: Machine, chance: Random) -> None:
        self._commit(chance, THEIRS)

    def _commit(self, chance: Random, kinds: tuple[type, ...]) -> None:
        payload = _made(chance, kinds, self._server.rows(), self._server, SYSTEM)
        if payload is not None:
            self._commit_all([payload])

    def _change_members(self, machine: Machine, chance: Random) -> None:
        """Who may see what changes: a role, a team, what is assigned, or whether a team or a channel is private."""
        rows = self._server.rows()
        user = rows.get(User, machine.user_id)
        if user is None:
            return
        team, channel = chance.choice(rows.query(Team)), chance.choice(rows.query(Channel))
        conversation = chance.choice(rows.query(Conversation))
        role = chance.choice((Role.AGENT, Role.AGENT, Role.FIELD, Role.FIELD, Role.SUPERVISOR, Role.AUDITOR))
        narrow = SaveRole(
            role_id=derived_id(EPOCH, "role"),
            name="Trainee",
            permissions=tuple(chance.sample(_PERMISSIONS, 3)),
            active=chance.random() < 0.8,
        )
        made = rows.query(CustomRole)
        teams = chance.choice(((), (team.id,)))
        members = chance.choice(((), (user.id,)))
        private = chance.choice((True, True, False))
        payloads: tuple[Record, ...] = (
            SaveUser(user_id=user.id, name=user.name, role=role, custom_role_id=""),
            SaveUser(
                user_id=user.id,
                name=user.name,
                role=chance.choice((Role.AGENT, Role.FIELD)),
                team_ids=teams,
                grants=chance.choice(((), (Grant(place_id=channel.id),))),
            ),
            narrow,
            *((SaveUser(user_id=user.id, name=user.name, custom_role_id=narrow.role_id),) if made else ()),
            AssignConversation(conversation_id=conversation.id, assignee_id=user.id),
            SaveTeam(team_id=team.id, name=team.name, private=private),
            SaveChannel(
                channel_id=channel.id,
                kind=channel.kind,
                name=channel.name,
                private=private,
                member_ids=members,
            ),
            SetTeam(conversation_id=conversation.id, team_id=team.id),
        )
        self._commit_all(chance.sample(payloads, 2))

    def _join_team(self, machine: Machine, chance: Random) -> None:
        """A user comes into a team that shows nobody else what it has."""
        rows = self._server.rows()
        team, conversation = chance.choice(rows.query(Team)), chance.choice(rows.query(Conversation))
        private = SaveTeam(team_id=team.id, name=team.name, private=True)
        theirs = SetTeam(conversation_id=conversation.id, team_id=team.id)
        self._commit_all([private, theirs, *_in_teams(rows, machine.user_id, (team.id,))])

    def _fall_behind(self, machine: Machine, chance: Random) -> None:
        """While a computer reaches nobody its user leaves all teams, and more happens than is caught up with."""
        machine.cut_until = self._world.time + chance.choice((15, 60))
        self._commit_all(_in_teams(self._server.rows(), machine.user_id, ()))
        for _ in range(chance.choice((4, 10, 16))):
            self._commit(chance, (ReceiveMessage,))

    def _commit_all(self, payloads: Sequence[Record]) -> None:
        for payload in payloads:
            self._world.note("server", payload)
            self._server.commit([payload])

    # ----- disasters

    def _cut_off(self, machine: Machine, chance: Random) -> None:
        machine.cut_until = self._world.time + chance.choice((5, 60, 300))

    def _client_stops_soon(self, machine: Machine, chance: Random) -> None:
        machine.fuse = chance.randint(1, 16)

    def _power_fails(self, machine: Machine, chance: Random) -> None:
        machine.fall_back(machine.saved_replica or machine.replica_db.image())

    def _profile_copied(self, machine: Machine, chance: Random) -> None:
        if len(self._machines) < MOST_MACHINES:
            machine.watched.set_back = True
            images = (machine.work.image(), machine.replica_db.image())
            other = self._add_machine(machine.user_id, images, is_older=machine.is_older)
            other.copied_from(machine)

    def _clock_jumps(self, machine: Machine, chance: Random) -> None:
        span = chance.choice((60, 3_600, 365 * 86_400))
        jump = timedelta(seconds=chance.uniform(-span, span))
        node = chance.choice((machine, machine, self._server))
        node.clock.skew += jump
        if node is machine:
            machine.clock_jumped = True

    def _server_stops(self, machine: Machine, chance: Random) -> None:
        if self._server.up:
            self._server.stop()

    def _server_stops_soon(self, machine: Machine, chance: Random) -> None:
        self._server.fuse = chance.randint(1, 10)

    def _restore(self, machine: Machine, chance: Random) -> None:
        forgotten = self._server.restore()
        if forgotten is None:
            return
        self._world.note("server restored, without", len(forgotten), "operations")
        kept = set[Id]().union(*(each.kept() for each in self._machines))
        for each in self._machines:
            # A copy of the profile has sent it. The one who never did, and comes with it first, cannot know.
            for item in each.never_sent(forgotten):
                operation = item.operation()
                if operation is not None and isinstance(operation.payload, Reply | ReleaseReply):
                    self._server.sent_by_copies.add(operation.payload.message_id)
            for operation_id in [one for one in each.acknowledged if one in forgotten]:
                # Confirmed operations are kept for a while, so that a restored server gets them again. What is older
                # may be here still, and be forgotten before it is known that there was a restore.
                old = self._world.pauses.days > each.acknowledged[operation_id] or each.clock_jumped
                there = old or operation_id in kept
                must(
                    there, f"I4 {each.watched.name}: {operation_id} is neither here nor there after a restore"
                )
                if old:
                    del each.acknowledged[operation_id]

    def _upgrade(self, machine: Machine, chance: Random) -> None:
        older = [each for each in self._machines if each.is_older]
        if older:
            chance.choice(older).upgrade()

    def _long_pause(self, machine: Machine, chance: Random) -> None:
        self._world.pauses += LONG_PAUSE


def _in_teams(rows: DictRows, user_id: Id, team_ids: tuple[Id, ...]) -> list[SaveUser]:
    """Makes a user an agent in these teams, and in no others."""
    user = rows.get(User, user_id)
    return (
        []
        if user is None
        else [SaveUser(user_id=user_id, name=user.name, team_ids=team_ids, custom_role_id="")]
    )


def _made(
    chance: Random, kinds: tuple[type, ...], rows: DictRows, node: Machine | Authority, actor: User
) -> Record | None:
    workspace = Workspace(rows, node.clock, node.ids)  # type: ignore[arg-type]  # clock and ids as made there
    try:
        payload = MAKERS[chance.choice(kinds)](Draw(chance.choice, workspace, actor))
    except AssertionError:
        return None  # nothing there yet to act on
    return None if payload is None else _with_own_files(payload, node)


def _with_own_files(payload: Record, node: Machine | Authority) -> Record:
    """Each file is another one, so that each has to be sent."""
    files: tuple[AttachmentFile, ...] = getattr(payload, "files", ())
    if not files or isinstance(node, Authority):
        return payload
    changed: Any = payload
    own = tuple(replace(file, sha256=node.ids.new() + node.ids.new()) for file in files)
    with_own: Record = replace(changed, files=own)
    return with_own
