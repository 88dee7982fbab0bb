"""Mail accounts: secrets are sealed, kept for whom they were given to, and one process at a time reads each."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.mail_account import MailAccount, MailAuth, MailSecurity, MailServer
from sync.server.keys import ServerKey
from sync.server.mail.accounts import LEASE, HeldPlaces, MailAccounts, Secret
from sync.server.ports import MailPlace, NoAccess, TakenBack
from tests.factories import make_channel
from tests.fakes import START
from tests.sync.cluster import Cluster

ACCOUNT = MailAccount(
    imap=MailServer(host="imap.lighthouse.example", port=993),
    smtp=MailServer(host="smtp.lighthouse.example", port=587, security=MailSecurity.STARTTLS),
    user="help@lighthouse.example",
)
EVIL = MailServer(host="imap.evil.example", port=993)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def accounts(cluster: Cluster, clock: ManualClock) -> MailAccounts:
    return MailAccounts(cluster.database, ServerKey.generate(), clock)


@pytest.fixture
def channel(cluster: Cluster) -> str:
    return make_channel().id


def save(
    accounts: MailAccounts, cluster: Cluster, channel: str, account: MailAccount, secret: str | None
) -> None:
    with cluster.database.write() as sql:
        accounts.save(sql, channel, account, None if secret is None else Secret(password=secret))


def test_a_secret_is_kept_sealed_and_never_given_back(
    accounts: MailAccounts, cluster: Cluster, channel: str
) -> None:
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    saved = accounts.read(channel)
    assert (saved.account, saved.has_secret) == (ACCOUNT, True)
    with cluster.database.read() as sql:
        row = sql.execute("SELECT settings, secret FROM mail_account").fetchone()
    assert "horse" not in str(row)
    opened = accounts.account(channel)
    assert opened is not None
    assert opened.credentials.password() == "correct horse"


@pytest.mark.parametrize(
    "changes",
    [
        {"imap": EVIL},
        {"smtp": EVIL},
        {"user": "other@lighthouse.example"},
        {"auth": MailAuth.OAUTH},
        {"authority": "-----BEGIN CERTIFICATE-----"},
        {"imap": MailServer(host="imap.lighthouse.example", port=993, security=MailSecurity.NONE)},
        {"imap": MailServer(host="imap.lighthouse.example", port=143)},
    ],
)
def test_a_secret_goes_to_no_other_server(
    accounts: MailAccounts, cluster: Cluster, channel: str, changes: dict[str, Any]
) -> None:
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    other = replace(ACCOUNT, **changes)
    with pytest.raises(InputError):
        save(accounts, cluster, channel, other, None)
    with pytest.raises(InputError):
        accounts.opened(channel, other, None)
    assert accounts.read(channel).account == ACCOUNT
    save(accounts, cluster, channel, other, "another")


def test_another_key_opens_nothing(
    accounts: MailAccounts, cluster: Cluster, channel: str, clock: ManualClock
) -> None:
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    opened = MailAccounts(cluster.database, ServerKey.generate(), clock).account(channel)
    assert opened is not None
    with pytest.raises(NoAccess, match="Enter it again"):
        opened.credentials.password()


def test_one_process_reads_an_account(
    accounts: MailAccounts, cluster: Cluster, channel: str, clock: ManualClock
) -> None:
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    assert accounts.take(channel, "one")
    assert not accounts.take(channel, "two")
    assert accounts.take(channel, "one")
    clock.advance(LEASE + timedelta(seconds=1))
    assert accounts.take(channel, "two")
    assert not accounts.take(channel, "one")
    accounts.give_back(channel, "two")
    assert accounts.take(channel, "one")


def test_who_reads_no_longer_moves_no_place(
    accounts: MailAccounts, cluster: Cluster, channel: str, clock: ManualClock
) -> None:
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    place = MailPlace(7, 41, clock.now(), 40, recounted=True)
    one, two = HeldPlaces(cluster.database, clock, "one"), HeldPlaces(cluster.database, clock, "two")
    assert accounts.take(channel, "one")
    one.move_place(channel, "INBOX", place)
    assert two.place(channel, "INBOX") == place
    clock.advance(LEASE + timedelta(seconds=1))
    assert accounts.take(channel, "two")
    with pytest.raises(TakenBack):
        one.move_place(channel, "INBOX", place)


@pytest.mark.parametrize(
    ("other", "validity"),
    [
        (replace(ACCOUNT, user="new@lighthouse.example"), None),
        (replace(ACCOUNT, imap=MailServer(host="imap.elsewhere.example", port=993)), 0),
        (replace(ACCOUNT, imap=MailServer(host="IMAP.lighthouse.example", port=143)), 1),
        (replace(ACCOUNT, imap=None), 1),
    ],
)
def test_numbers_of_mails_mean_nothing_at_another_server(
    accounts: MailAccounts,
    cluster: Cluster,
    channel: str,
    clock: ManualClock,
    other: MailAccount,
    validity: int | None,
) -> None:
    """It may count from the same beginning. A validity of 0, which no server has, has a folder looked through."""
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    place, places = MailPlace(1, 500, clock.now(), 0), HeldPlaces(cluster.database, clock, "one")
    assert accounts.take(channel, "one")
    places.move_place(channel, "INBOX", place)
    save(accounts, cluster, channel, other, "correct horse")
    expected = None if validity is None else replace(place, uid_validity=validity)
    assert places.place(channel, "INBOX") == expected
    if expected != place:
        with pytest.raises(TakenBack):  # who still reads the old one
            places.move_place(channel, "INBOX", place)
    assert accounts.take(channel, "one")


def test_tells_how_an_account_does(
    accounts: MailAccounts, cluster: Cluster, channel: str, clock: ManualClock
) -> None:
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    accounts.take(channel, "one")
    places = HeldPlaces(cluster.database, clock, "one")
    places.tell(channel, "")
    contact = accounts.read(channel).last_contact
    assert contact is not None
    clock.advance(timedelta(hours=1))
    places.tell(channel, "The password is wrong.")
    saved = accounts.read(channel)
    assert (saved.last_contact, saved.problem) == (contact, "The password is wrong.")


def test_lists_what_is_to_be_read(accounts: MailAccounts, cluster: Cluster, channel: str) -> None:
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    assert [listed.channel_id for listed in accounts.listed()] == [channel]
    for idle in ({"enabled": False}, {"imap": None}):
        save(accounts, cluster, channel, replace(ACCOUNT, **idle), None)
        assert accounts.listed() == []
    save(accounts, cluster, channel, ACCOUNT, "correct horse")
    with cluster.database.write() as sql:
        assert accounts.remove(sql, channel)
    assert accounts.listed() == []
    assert accounts.account(channel) is None
