"""Random histories of a cluster: users act, customers write, the network loses calls, machines crash."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from agent_desktop.domain.operations.message import ReceiveMessage, ReportDelivery
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Role, User
from tests.factories import ADMIN, ANNA, SYSTEM
from tests.payloads import MAKERS, TALK, Choose, Draw
from tests.sync.cluster import Client, Cluster
from tests.sync.laws import check_indexes
from tests.sync.network import Fate
from tests.world import World

USERS = (ANNA, ADMIN)
OURS: tuple[type, ...] = tuple(
    kind
    for kind in MAKERS
    if kind not in (ReceiveMessage, ReportDelivery) and kind.__name__ != "CreateWorkspace"
)
THEIRS: tuple[type, ...] = tuple(kind for kind in MAKERS if kind.__name__ != "CreateWorkspace")
FATES = (Fate.FINE,) * 6 + tuple(fate for fate in Fate if fate is not Fate.FINE)


class Player:
    """Draws one history and checks the laws after each of its steps."""

    def __init__(self, one: Choose, cluster: Cluster, note: Callable[[str], None]) -> None:
        self.one = one
        self.note = note
        self.cluster = cluster
        self.moves: dict[str, tuple[int, Callable[[], None]]] = {
            "act": (8, self.act),
            "act each": (1, self.act_each),
            "server": (5, self.server_acts),
            "role": (1, self.change_role),
            "exchange": (6, self.exchange),
            "time": (2, self.pass_time),
            "kill": (1, self.kill),
            "save": (1, self.save),
            "power": (1, self.lose_power),
            "profile": (1, self.restore_profile),
            "delete": (1, self.delete_replica),
            "backup": (1, self.cluster.back_up),
            "restore": (1, self.cluster.restore),
        }
        self.names = [name for name, (weight, _) in self.moves.items() for _ in range(weight)]

    def play(self, most: int) -> None:
        """Up to `most` steps."""
        steps = self.one(range(1, most + 1))
        for _ in range(steps):
            name = self.one(self.names)
            self.note(name)
            self.moves[name][1]()
            for client in self.cluster.clients:
                self.cluster.check(client)

    def client(self) -> Client:
        client = self.one(self.cluster.clients)
        self.note(f"  client {client.name}")
        return client

    def payload(self, client: Client, kinds: tuple[type, ...] = OURS) -> Record | None:
        """Something that makes sense for the user of a client, as they see the workspace."""
        world = World(client.visible(), self.cluster.clock, self.cluster.ids)  # type: ignore[arg-type]  # ids as made there
        actor = world.rows.get(User, client.user_id)
        if actor is None:
            return None
        kind = self.one(kinds)
        try:
            return MAKERS[kind](Draw(self.one, world, actor))
        except AssertionError:
            return None  # nothing there yet to act on

    def act(self) -> None:
        client = self.client()
        kinds = self.one((OURS, TALK))
        drawn = [self.payload(client, kinds) for _ in range(self.one((1, 1, 2)))]
        payloads = [payload for payload in drawn if payload is not None]
        if payloads:
            together = len(payloads) > 1 and self.one((False, True))
            done = client.act(payloads, together=together)
            self.note(f"  {payloads}{' together' * together} {'done' if done else 'not possible'}")

    def act_each(self) -> None:
        client = self.client()
        drawn = [self.payload(client) for _ in range(self.one((1, 2, 3)))]
        payloads = [payload for payload in drawn if payload is not None]
        self.note(f"  {payloads}")
        client.act_each(payloads)

    def server_acts(self) -> None:
        world = World(self.cluster.rows(), self.cluster.clock, self.cluster.ids)  # type: ignore[arg-type]  # as above
        kind = self.one((ReceiveMessage, *THEIRS))
        payload = MAKERS[kind](Draw(self.one, world, SYSTEM))
        self.note(f"  {payload}")
        if payload is not None:
            self.cluster.commit(payload)

    def change_role(self) -> None:
        client = self.client()
        user = self.cluster.rows().get(User, client.user_id)
        role = self.one((Role.AGENT, Role.FIELD, Role.SUPERVISOR, Role.AUDITOR))
        if user is not None:
            self.cluster.commit(SaveUser(user_id=user.id, name=user.name, role=role))

    def exchange(self) -> None:
        client = self.client()
        fates = [self.one(FATES) for _ in range(self.one(range(8)))]
        done = client.exchange(fates)
        self.note(f"  {fates} {'done' if done else 'cut off'}")

    def pass_time(self) -> None:
        hours = self.one((1, 1, 8 * 24))
        self.cluster.clock.advance(timedelta(hours=hours))
        self.note(f"  {hours} hours")

    def kill(self) -> None:
        self.client().kill()

    def save(self) -> None:
        self.client().save()

    def restore_profile(self) -> None:
        self.client().restore_profile()

    def lose_power(self) -> None:
        self.client().lose_power()

    def delete_replica(self) -> None:
        self.client().delete_replica()


def play(
    one: Choose,
    note: Callable[[str], None] = lambda line: None,
    most: int = 25,
) -> None:
    """One random history on fresh files, with all checks during it and at its end."""
    with TemporaryDirectory(prefix="cluster-") as folder:
        cluster = Cluster(Path(folder))
        try:
            for user in USERS:
                cluster.add_client(user, synced=True)
            Player(one, cluster, note).play(most)
            finish(cluster)
        finally:
            cluster.close()


def finish(cluster: Cluster) -> None:
    """When the faults stop, all laws hold, also for a replica that is fetched from nothing."""
    cluster.settle()
    cluster.check_log()
    cluster.check_fold()
    cluster.check_outbound()
    for client in cluster.clients:
        while client.replica.index_block() or client.replica.merge_step():
            pass
        with client.files.replica.write() as connection:
            check_indexes(connection, client.visible())
    client = cluster.clients[0]
    before = client.visible()
    client.delete_replica()
    assert client.exchange()
    assert client.visible() == before
