"""The background thread of a client: it outlives every failure, says how things stand, and ends when it is told to."""

import threading
from collections.abc import Callable, Iterator

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.services.sync_status import SyncState, SyncStatus
from sync.protocol.messages import PullAnswer
from sync.protocol.transport import Transport, Unreachable
from tests.factories import make_conversation
from tests.sync.cluster import Client, Cluster
from tests.sync.network import Network

ExpectLog = Callable[[str], None]
HERE = make_conversation().id
FULL = StoreError("The disk is full.", "server.db: database or disk is full")


class Failing(Network):
    """A transport of which each pull fails as long as a test says so."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self.failure: BaseException | None = None

    def pull(self, client_id: str, epoch: str, since: int) -> PullAnswer:
        if self.failure is not None:
            raise self.failure
        return super().pull(client_id, epoch, since)


class Statuses:
    """Hears every status, and waits for one."""

    def __init__(self, client: Client) -> None:
        self.heard: list[SyncStatus] = []
        self._changed = threading.Condition()
        client.engine.subscribe(self._hear)

    def _hear(self, status: SyncStatus) -> None:
        with self._changed:
            self.heard.append(status)
            self._changed.notify_all()

    def wait_for(self, fits: Callable[[SyncStatus], bool]) -> SyncStatus:
        """The first status that fits, of those heard already or still to come."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(fits, self.heard)), 30), self.heard
            found = next(status for status in self.heard if fits(status))
            self.heard = self.heard[self.heard.index(found) + 1 :]
            return found


@pytest.fixture
def network(anna: Client) -> Failing:
    failing = Failing(anna.network.inner)
    anna.engine._transport = failing
    return failing


@pytest.fixture
def statuses(anna: Client, network: Failing) -> Iterator[Statuses]:
    """Anna's client, exchanging in the background."""
    heard = Statuses(anna)
    anna.engine.start()
    yield heard
    anna.engine.stop()


def tag(client: Client, name: str) -> None:
    assert client.act([ChangeTags(conversation_id=HERE, add=(name,))])
    client.engine.poke()


def is_in_sync(status: SyncStatus) -> bool:
    return status.state is SyncState.IN_SYNC and status.waiting == 0


def test_what_is_done_arrives_by_itself(cluster: Cluster, anna: Client, statuses: Statuses) -> None:
    tag(anna, "sent")
    assert statuses.wait_for(lambda status: status.waiting == 1)
    statuses.wait_for(is_in_sync)
    conversation = cluster.rows().get(Conversation, HERE)
    assert conversation is not None
    assert conversation.tags == ("sent",)


@pytest.mark.parametrize("failure", [FULL, Unreachable("no route"), RuntimeError("a defect")])
def test_no_failure_ends_it(
    anna: Client, statuses: Statuses, network: Failing, failure: Exception, expect_log: ExpectLog
) -> None:
    if isinstance(failure, RuntimeError):
        expect_log("exchange failed")
    network.failure = failure
    tag(anna, "kept")
    sentence = {StoreError: "The disk is full.", Unreachable: "", RuntimeError: "report it"}[type(failure)]
    statuses.wait_for(
        lambda status: (
            status.state is SyncState.OFFLINE and status.waiting == 1 and sentence in status.problem
        )
    )
    network.failure = None
    anna.engine.retry()
    statuses.wait_for(is_in_sync)
    assert anna.pending() == []
    assert anna.engine.status.problem == ""


def test_offline_lasts_until_the_user_says_otherwise(
    cluster: Cluster, anna: Client, statuses: Statuses
) -> None:
    anna.engine.set_online(False)
    statuses.wait_for(lambda status: status.state is SyncState.OFFLINE)
    tag(anna, "later")
    statuses.wait_for(lambda status: status.waiting == 1)
    assert anna.engine.status.state is SyncState.OFFLINE
    assert not anna.engine.online
    anna.engine.set_online(True)
    statuses.wait_for(is_in_sync)
    assert anna.pending() == []


def test_a_poke_never_fails(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_disk() -> None:
        raise FULL

    monkeypatch.setattr(anna.replica, "state", no_disk)
    anna.engine.poke()


def test_it_ends_at_once_however_often_it_is_told(anna: Client, statuses: Statuses) -> None:
    anna.engine.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "sync"]
    anna.engine.stop()
