"""Administrators set mail accounts up over HTTP: the same answers, and refusals in words."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailServer, StartWith
from sync.client.address import ServerAddress
from sync.client.http import Http
from sync.client.mail_setup import HttpMailLine, MailSetupClient
from tests.factories import ADMIN, ANNA, make_channel
from tests.sync.files import TEMPLATES
from tests.sync.server.team import Team, running

CHANNEL = make_channel().id
ACCOUNT = MailAccount(
    imap=MailServer(host="10.0.0.1", port=993), user="support@example.org", start=StartWith.UNSEEN
)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        yield team


def line(team: Team, user_id: Id) -> Http:
    token = team.accounts.issue(user_id, "Laptop").token
    return Http(ServerAddress.parse(team.address), lambda: token)


@pytest.fixture
def setup(team: Team) -> Iterator[MailSetupClient]:
    with closing(line(team, ADMIN.id)) as http:
        yield MailSetupClient(HttpMailLine(http))


def test_an_account_is_kept_without_its_secret(setup: MailSetupClient) -> None:
    assert setup.read(CHANNEL).account is None
    saved = setup.save(CHANNEL, ACCOUNT, "correct horse")
    assert (saved.account, saved.has_secret, saved.last_contact) == (ACCOUNT, True, None)
    assert setup.read(CHANNEL) == saved
    setup.remove(CHANNEL)
    assert setup.read(CHANNEL).account is None


def test_what_cannot_be_is_said_in_words(setup: MailSetupClient) -> None:
    bad = MailAccount(imap=MailServer(host="imap example", port=0), folders=())
    with pytest.raises(InputError) as caught:
        setup.save(CHANNEL, bad, "x")
    assert "name of a computer" in caught.value.sentence
    assert "port" in caught.value.sentence
    with pytest.raises(InputError):
        setup.read("no such channel")


def test_a_test_comes_back_step_by_step(setup: MailSetupClient) -> None:
    (step,) = setup.test(CHANNEL, ACCOUNT, "x")
    assert not step.worked
    assert "public internet" in step.sentence


def test_servers_are_detected(setup: MailSetupClient) -> None:
    found = setup.detect("lamps@gmail.com")
    assert found.account is not None
    assert found.account.imap == MailServer(host="imap.gmail.com", port=993)
    assert "Google" in found.source


def test_who_is_not_registered_is_told_before_the_browser_opens(setup: MailSetupClient) -> None:
    opened: list[str] = []
    account = MailAccount(provider="google", user="lamps@gmail.com")
    with pytest.raises(InputError, match="not registered with Google"):
        setup.granting(CHANNEL, account, opened.append).run()
    assert opened == []


def test_an_attempt_that_was_cancelled_asks_nothing(setup: MailSetupClient) -> None:
    attempt = setup.granting(CHANNEL, ACCOUNT, lambda url: None)
    attempt.cancel()
    with pytest.raises(InputError, match="stopped"):
        attempt.run()


def test_agents_are_refused(team: Team) -> None:
    with closing(line(team, ANNA.id)) as http, pytest.raises(InputError, match="role"):
        MailSetupClient(HttpMailLine(http)).save(CHANNEL, ACCOUNT, "x")
