"""What reads the accounts of a workspace: trouble with one of them is never trouble of the others."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.workspace import SaveChannel
from sync.server.keys import ServerKey
from sync.server.mail.accounts import HeldPlaces, MailAccounts, Secret
from sync.server.mail.receiving import CANNOT_BE_READ, Receiving
from sync.server.ports import MailPlacePort, OpenMailAccount, Receiver
from tests.factories import make_channel
from tests.sync.cluster import Cluster
from tests.sync.server.mail.test_accounts import ACCOUNT

WELL = make_channel()
SICK = "0" * 31 + "1"  # listed before the one that does well
SECONDS = 20


class Reads:
    """Reads until it is told to stop, and says that it began."""

    def __init__(self, began: threading.Event) -> None:
        self._began = began
        self._ended = threading.Event()

    def run(self) -> None:
        self._began.set()
        self._ended.wait()

    def stop(self) -> None:
        self._ended.set()


class Mailboxes:
    """Two mailboxes of a server, and what reads them."""

    def __init__(self, cluster: Cluster) -> None:
        self.database = cluster.database
        self.accounts = MailAccounts(cluster.database, ServerKey.generate(), SystemClock())
        self.began, self.told = threading.Event(), threading.Event()
        self._receiving: Receiving | None = None
        cluster.backend.store.commit(
            [SaveChannel(channel_id=SICK, kind=WELL.kind, name="Sick", address="sick@lighthouse.example")]
        )
        with self.database.write() as sql:
            for channel_id in (SICK, WELL.id):
                self.accounts.save(sql, channel_id, ACCOUNT, Secret(password="correct horse"))

    def receive(self, make: Callable[[OpenMailAccount, MailPlacePort], Receiver | None]) -> None:
        told = self.told

        class Places(HeldPlaces):
            def tell(self, channel_id: Id, problem: str) -> None:
                super().tell(channel_id, problem)
                told.set()

        places = Places(self.database, SystemClock(), "one")
        self._receiving = Receiving(self.accounts, places, make, "one", timedelta(milliseconds=20))
        self._receiving.start()

    def stop(self) -> None:
        if self._receiving is not None:
            self._receiving.stop()


@pytest.fixture
def mailboxes(cluster: Cluster) -> Iterator[Mailboxes]:
    mailboxes = Mailboxes(cluster)
    yield mailboxes
    mailboxes.stop()


def test_an_account_that_cannot_be_begun_leaves_the_others_alone(
    mailboxes: Mailboxes, expect_log: Callable[[str], None]
) -> None:
    expect_log("could not be begun")

    def make(account: OpenMailAccount, places: MailPlacePort) -> Receiver:
        if account.channel_id == SICK:
            raise RuntimeError("a defect")
        return Reads(mailboxes.began)

    mailboxes.receive(make)
    assert mailboxes.began.wait(SECONDS)
    assert mailboxes.told.wait(SECONDS)
    assert mailboxes.accounts.read(SICK).problem == CANNOT_BE_READ
    assert mailboxes.accounts.read(WELL.id).problem == ""


def test_settings_that_cannot_be_read_leave_the_others_alone(
    mailboxes: Mailboxes, expect_log: Callable[[str], None]
) -> None:
    expect_log("could not be begun")
    with mailboxes.database.write() as sql:
        sql.execute("UPDATE mail_account SET settings = '{\"user\": 5}' WHERE channel_id = ?", (SICK,))
    mailboxes.receive(lambda account, places: Reads(mailboxes.began))
    assert mailboxes.began.wait(SECONDS)
    assert mailboxes.told.wait(SECONDS)
