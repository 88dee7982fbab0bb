"""A connection is used for several mails, and one that is no good any more never costs a mail."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.message import Delivery
from sync.channels.mail.connecting import dial
from sync.channels.mail.kept_lines import KeptLines
from sync.channels.mail.sending import MailSender
from sync.server.ports import ALL_ALIKE, ByRecipient, OpenMailAccount, SendResult
from tests.fakes import START
from tests.sync.channels.mail.letters import CHANNEL, TOKENS, an_outgoing
from tests.sync.channels.mail.smtp_script import SmtpScript
from tests.sync.channels.mail.test_sending import account


@pytest.fixture
def lines() -> Iterator[KeptLines]:
    lines = KeptLines(most_mails=3)
    yield lines
    lines.close()


def send(script: SmtpScript, lines: KeptLines, opened: OpenMailAccount | None = None) -> SendResult:
    handed: list[ByRecipient] = []

    def hand_over(recipients: ByRecipient = ALL_ALIKE) -> None:
        handed.append(recipients)

    sender = MailSender(CHANNEL, opened or account(script), TOKENS, ManualClock(START), dial, lines)
    result = sender.send(an_outgoing(), hand_over)
    assert len(handed) == (result.delivery is Delivery.SENT)
    return result


def connections(script: SmtpScript) -> int:
    return sum(line.upper().startswith("EHLO") for line in script.said)


def test_a_connection_is_for_several_mails_and_not_for_ever(lines: KeptLines) -> None:
    with SmtpScript() as script:
        assert [send(script, lines).delivery for _ in range(4)] == [Delivery.SENT] * 4
        assert len(script.taken) == 4
        assert connections(script) == 2


def test_one_that_the_server_has_ended_costs_nothing(lines: KeptLines) -> None:
    with SmtpScript() as script:
        send(script, lines)
        for answer in (None, "421 too long", "garbage"):
            script.answers = {"RSET": answer}
            assert send(script, lines).delivery is Delivery.SENT
        assert len(script.taken) == 4
        assert connections(script) == 4


def test_after_a_refusal_one_begins_anew(lines: KeptLines) -> None:
    with SmtpScript() as script:
        send(script, lines)
        script.answers = {".": "451 later"}
        assert send_refused(script, lines).delivery is Delivery.QUEUED
        script.answers = {}
        assert send(script, lines).delivery is Delivery.SENT
        assert connections(script) == 2


def send_refused(script: SmtpScript, lines: KeptLines) -> SendResult:
    sender = MailSender(CHANNEL, account(script), TOKENS, ManualClock(START), dial, lines)
    return sender.send(an_outgoing(), lambda *told: None)


def test_other_settings_take_no_connection_of_before(lines: KeptLines) -> None:
    with SmtpScript() as script:
        send(script, lines)
        before = account(script)
        send(script, lines, replace(before, settings=replace(before.settings, user="other")))
        assert connections(script) == 2


def test_what_nobody_uses_is_let_go() -> None:
    lines = KeptLines(idle_seconds=0.01)
    with SmtpScript() as script:
        send(script, lines)
        assert script.left.wait(20)
        assert lines._kept == {}
