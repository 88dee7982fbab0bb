"""`kill -9` of a server at any moment, mail arriving and replies leaving: each is there once, on both databases.

Many more kills than these: `python -m tests.end_to_end.mail_kill`.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.mail_account import AfterReading
from tests.end_to_end.mail_checks import check
from tests.end_to_end.mail_kill import Strikes
from tests.end_to_end.mail_scene import Office
from tests.mail_servers import MailServers

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.peer,
    pytest.mark.skipif(sys.platform != "linux", reason="Dovecot and Postfix run on Linux"),
]

MAILS, REPLIES, KILLS = 60, 20, 8


@pytest.mark.parametrize(
    ("database", "after"), [("sqlite", AfterReading.MOVE), ("postgresql", AfterReading.SEEN)]
)
def test_each_mail_is_one_message_and_each_reply_leaves_once(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    mail_servers: MailServers,
    database: str,
    after: AfterReading,
) -> None:
    address = (
        request.getfixturevalue("empty_postgres")
        if database == "postgresql"
        else f"sqlite:///{tmp_path / 'server.db'}"
    )
    office = Office(tmp_path, address, mail_servers, after)
    try:
        strikes = Strikes(office, MAILS, REPLIES, seed=1)
        found = strikes.run(KILLS)
        _check_that_checks_find_faults(office, strikes)
    finally:
        office.close()
    assert strikes.kills == KILLS
    assert found.messages == MAILS
    assert found.sent >= REPLIES - found.unknown - found.bounced


def _check_that_checks_find_faults(office: Office, strikes: Strikes) -> None:
    never = replace(strikes.mails[0], message_id="never@customer.test")
    with pytest.raises(AssertionError, match="lost"):
        check(office, strikes.client, [*strikes.mails, never])
    elsewhere = replace(strikes.mails[0], thread=strikes.mails[-1].thread)
    with pytest.raises(AssertionError, match=r"in several conversations|mixed"):
        check(office, strikes.client, [elsewhere, *strikes.mails[1:]])
    address = next(one for one in strikes.client.recipients.values() if office.servers.mails(one))
    office.servers.deliver(address, office.servers.mails(address)[-1])
    with pytest.raises(AssertionError, match="more than once"):
        check(office, strikes.client, strikes.mails)
