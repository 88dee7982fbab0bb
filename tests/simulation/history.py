"""Plays one plan: computers, the network between them, what happens by itself, and a calm end without faults."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from unittest.mock import patch

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import User
from sync.client.calls import Answer, Call, PullCall, PushCall, ScanCall
from sync.protocol.messages import Poke, PullAnswer, PushAnswer, ScanAnswer, StreamedDelta
from sync.protocol.transport import Unreachable
from tests.factories import ADMIN, ANNA, BEN, SUPERVISOR
from tests.simulation import verdict
from tests.simulation.authority import Authority, Uploads
from tests.simulation.deeds import Deeds
from tests.simulation.images import Images
from tests.simulation.machine import Machine
from tests.simulation.memory import image_of
from tests.simulation.oracle import Oracle, Violation, must
from tests.simulation.parts import Parts
from tests.simulation.plan import Plan
from tests.simulation.programs import OLDER_SCHEMA, new_replica
from tests.simulation.world import World
from tests.sync.files import TEMPLATES

TIMEOUT = 12.0
"""Seconds after which a client waits no longer for an answer."""
SETTLING = 3 * 3_600.0
"""Seconds within which everything must have settled once the faults have stopped."""
LEASES = timedelta(minutes=31)
"""Time after which the server asks about every attempt whose end it has not seen, and tries again."""
LOSSES = 0.2
"""How often a file goes from the disk before it is sent."""
MOST_ROWS = 12
"""Who was cut off for a while scans anew instead of catching up."""
USERS = (ANNA, BEN, SUPERVISOR, ADMIN)


class History:
    """One world in motion."""

    def __init__(self, plan: Plan, parts: Parts) -> None:
        self.world = World(plan)
        self.plan = plan
        self._parts = parts
        self.oracle = Oracle(
            Images(TEMPLATES.replica_schema.tables),
            Images(OLDER_SCHEMA.tables),
            Images(TEMPLATES.server_schema.tables),
        )
        chance = self.world.chance("start")
        self.server = Authority(
            self.world, self.oracle, parts, image_of(TEMPLATES.new_server()), plan.skews[-1]
        )
        self.server.committed = lambda: self.world.at(0.08, self._tell_streams)
        self.first = self.server.rows()
        self.machines: list[Machine] = []
        for number in range(plan.clients):
            self._add_machine(
                chance.choice(USERS), synced=chance.random() < 0.7, is_older=number in plan.older
            )
        self._streams = chance.random() < 0.8
        Deeds(self.world, self.server, self.machines, self._start_machine)
        self.world.at(3, self._keep_working)

    def play(self) -> None:
        """Let everything happen, and hold it to the laws."""
        with (
            patch("sync.server.judge.perform", self.server.perform),
            patch("sync.client.exchange.MOST_ROWS", MOST_ROWS),
        ):
            self.world.run_until(max((step.at for step in self.plan.steps), default=0.0) + 5)
            self.world.calm = True
            self.world.note("calm")
            for machine in self.machines:
                machine.fuse, machine.cut_until = None, 0.0
            self.server.fuse = None
            self._settle()
            for _ in range(3):
                self.world.pauses += LEASES
                self.world.run_until(self.world.time + 30)
                self._settle()
            verdict.at_the_end(self.server, self.machines, self.oracle, self.first)
            if self.world.chance("end").random() < 0.3:
                self._fetch_anew()

    def _settle(self) -> None:
        self.world.run_until(
            self.world.time + SETTLING, lambda: not verdict.unsettled(self.server, self.machines)
        )
        left = verdict.unsettled(self.server, self.machines)
        if left:
            raise Violation(f"L1 {left}")

    def _fetch_anew(self) -> None:
        """I15: who deletes a replica gets the same again."""
        machine = self.machines[0]
        before = machine.visible
        machine.lose_replica()
        self._settle()
        must(machine.visible == before, "I15 another replica after fetching it anew")

    def _add_machine(self, user: User, *, synced: bool, is_older: bool) -> None:
        if synced and not is_older:
            replica = image_of(TEMPLATES.synced(user)["replica.db"])
        else:
            replica = new_replica(is_older=is_older)
        self._start_machine(user.id, (image_of(TEMPLATES.new_work()), replica), is_older=is_older)

    def _start_machine(self, user_id: Id, images: tuple[bytes, bytes], *, is_older: bool) -> Machine:
        name = str(len(self.machines))
        uploads = Uploads(self.server, user_id, lambda: self._reaches(machine))
        machine = Machine(
            self.world, self.oracle, self._parts, name, user_id, images, self._carry, uploads, is_older
        )
        self.machines.append(machine)
        machine.start()
        self.world.at(1, lambda: self._connect(machine))
        self.world.at(2, lambda: self._keep_uploading(machine))
        return machine

    # ----- the network

    def _reaches(self, machine: Machine) -> bool:
        return self.server.up and self.world.time >= machine.cut_until

    def _delay(self, chance: Random) -> float:
        return chance.uniform(1, 25) if self.world.often("slow", chance) else chance.uniform(0.02, 0.2)

    def _carry(self, machine: Machine, call: Call) -> None:
        world, chance, number = self.world, machine.chance, machine.waiting
        copies = 0 if world.often("request lost", chance) else 1 + world.often("doubled", chance)
        for _ in range(copies):
            world.at(self._delay(chance), lambda: self._arrive(machine, number, call))
        lost = Unreachable("nobody answers")
        world.at(TIMEOUT, lambda: machine.failed(number, call, lost))

    def _arrive(self, machine: Machine, number: int, call: Call) -> None:
        world, chance = self.world, machine.chance
        name = f"{machine.name} {type(call).__name__} {number}"
        answer = self.server.answer(machine.user_id, call) if world.time >= machine.cut_until else None
        if answer is None:
            world.note(name, "finds nobody")
            world.at(0.1, lambda: machine.failed(number, call, Unreachable("not there")))
            return
        world.note(name, _short(call), "->", _short(answer))
        if not world.often("answer lost", chance):
            world.at(self._delay(chance), lambda: machine.answered(number, call, answer))

    def _connect(self, machine: Machine) -> None:
        """Hold a stream open whenever that is possible."""
        if self._streams and machine.core is not None:
            if self._reaches(machine) and not machine.streaming:
                machine.set_streaming(True)
                machine.hear(self.server.poke())
            elif machine.streaming and not self._reaches(machine):
                machine.set_streaming(False)
        self.world.at(machine.chance.uniform(2, 6), lambda: self._connect(machine))

    def _tell_streams(self) -> None:
        for event_for in self.server.news():
            for machine in self.machines:
                if machine.streaming and self._reaches(machine):
                    self._tell(machine, event_for)

    def _tell(self, machine: Machine, event_for: Callable[[Id], StreamedDelta | Poke]) -> None:
        chance = machine.chance
        event = event_for(machine.user_id)
        if not self.world.often("event lost", chance):
            late = chance.uniform(0.5, 20) if self.world.often("event late", chance) else 0.05
            self.world.at(late, lambda: machine.hear(event))

    # ----- what happens by itself

    def _keep_working(self) -> None:
        self.server.work()
        self.world.at(self.server.chance.uniform(5, 15), self._keep_working)

    def _keep_uploading(self, machine: Machine) -> None:
        chance = self.world.chance(f"files {machine.name}")
        if self.world.calm or chance.random() < 0.3:
            machine.give_up_lost()
        elif chance.random() < LOSSES:
            machine.lose_file()
        machine.send_files()
        self.world.at(machine.chance.uniform(5, 25), lambda: self._keep_uploading(machine))


def _short(message: Call | Answer) -> str:
    match message:
        case PushCall():
            numbers = [operation.number for operation in message.request.operations]
            return f"{numbers[0]}-{numbers[-1]}{' skip' if message.request.operations[0].skip else ''}"
        case PullCall():
            return f"since {message.since}"
        case ScanCall():
            return f"upto {message.upto} after {message.after} {message.scopes}"
        case PushAnswer():
            return f"expects {message.expected}{' resync' * message.resync}{' forked' * message.forked}"
        case PullAnswer():
            return (
                f"upto {message.upto} ack {message.ack}{' more' * message.more}{' resync' * message.resync}"
            )
        case ScanAnswer():
            return f"upto {message.upto} next {message.next}"
        case _:
            return ""
