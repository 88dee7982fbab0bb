"""Sends the replies of one e-mail channel: composed, handed over by SMTP, and a copy in the folder of sent mail."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

from agent_desktop.domain.channels import MEGABYTE
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.workspace import Channel
from sync.channels.mail.compose import CannotCompose, Composed, compose
from sync.channels.mail.connecting import Trouble
from sync.channels.mail.kept_lines import KeptLines
from sync.channels.mail.reply_token import ReplyTokens
from sync.channels.mail.sent import SentFolder
from sync.channels.mail.smtp import Answer, NotTaken, SmtpLine
from sync.server.ports import (
    ALL_ALIKE,
    ByRecipient,
    Dial,
    HandOver,
    OpenMailAccount,
    Outgoing,
    RecipientResult,
    SendResult,
)

_log = logging.getLogger("agent_desktop.server")


class MailSender:
    """The port of an e-mail channel for what goes out."""

    def __init__(
        self,
        channel: Channel,
        account: OpenMailAccount,
        tokens: ReplyTokens,
        clock: Clock,
        dial: Dial,
        lines: KeptLines | None = None,
    ) -> None:
        """`lines`: what keeps connections for the next reply; None: each has its own."""
        self._channel = channel
        self._account = account
        self._tokens = tokens
        self._clock = clock
        self._dial = dial
        self._lines = lines
        self._sent = SentFolder(account, dial)

    @property
    def pause(self) -> timedelta:
        """The least time between two replies."""
        most = self._account.settings.most_per_minute
        return timedelta(minutes=1) / most if most else timedelta()

    @property
    def patience(self) -> timedelta:
        """How long a reply is tried again that the server does not take now."""
        return timedelta(hours=self._account.settings.give_up_hours)

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        """Hand one reply to the server."""
        try:
            mail = compose(outgoing, self._account.settings, self._tokens, self._clock.now())
        except CannotCompose as problem:
            return SendResult(Delivery.FAILED, str(problem))
        recipients = tuple(one for one in mail.recipients if one not in outgoing.settled)
        if not recipients:
            return SendResult(Delivery.SENT)

        def told(refused: Mapping[str, Answer], others: Delivery) -> ByRecipient:
            if len(mail.recipients) == 1 or not (refused or outgoing.settled):
                return ALL_ALIKE
            return {one: self._told(refused.get(one), others) for one in recipients}

        try:
            with self._line() as line:
                problem_of_size = _problem(line, mail)
                if problem_of_size:
                    return SendResult(Delivery.FAILED, problem_of_size)
                refused = line.send(
                    mail.sender,
                    recipients,
                    mail.content,
                    lambda refused: hand_over(told(refused, Delivery.SENDING)),
                    international=mail.international,
                    envelope_id=mail.message_id,
                )
        except NotTaken as error:
            result = self._not_taken(error)
            return (
                replace(result, recipients=told(error.refused, result.delivery)) if error.refused else result
            )
        except Trouble as trouble:
            return SendResult(Delivery.QUEUED, str(trouble))
        afterwards = self._copy(mail) if self._sent.wants_copies else None
        return SendResult(Delivery.SENT, "", afterwards, told(refused, Delivery.SENT))

    def find(self, message_id: str) -> SendResult | None:
        """Whether the reply stands in the folder of sent mail. Where it does not, it may be on its way still."""
        domain = self._channel.address.rpartition("@")[2]
        try:
            there = self._sent.has(self._tokens.message_id(message_id, domain))
        except Trouble as trouble:
            if trouble.lasting:
                return None
            raise OSError(str(trouble)) from trouble
        return SendResult(Delivery.SENT) if there else None

    def _line(self) -> AbstractContextManager[SmtpLine]:
        if self._lines is None:
            return SmtpLine(self._account, self._dial)
        return self._lines.line(self._account, self._dial)

    @property
    def _host(self) -> str:
        return self._account.settings.smtp.host if self._account.settings.smtp else ""

    def _told(self, answer: Answer | None, others: Delivery) -> RecipientResult:
        if answer is None:
            return RecipientResult(others)
        said = f"{self._host} did not take it: {answer}"
        return RecipientResult(Delivery.FAILED if answer.is_lasting else Delivery.QUEUED, said)

    def _not_taken(self, error: NotTaken) -> SendResult:
        whom, host = f" for {error.about}" if error.about else "", self._host
        if error.answer.is_lasting:
            sentence = f"{host} did not take this reply{whom}: {error.answer}. Nobody has got it."
            return SendResult(Delivery.FAILED, sentence)
        sentence = f"{host} does not take this reply{whom} now: {error.answer}. It is tried again later."
        return SendResult(Delivery.QUEUED, sentence)

    def _copy(self, mail: Composed) -> Callable[[], None]:
        def copy() -> None:
            try:
                self._sent.keep(mail.message_id, mail.content)
            except (Trouble, OSError) as error:
                _log.warning("no copy was put into the folder of sent mail: %s", error)

        return copy


def _problem(line: SmtpLine, mail: Composed) -> str:
    """Why this server can never take this mail; empty when it may."""
    host, size = line.server.host, len(mail.content)
    if line.largest is not None and size > line.largest:
        return (
            f"With its files this reply is {size / MEGABYTE:.1f} MB as a mail; {host} takes up to"
            f" {line.largest / MEGABYTE:.1f} MB. Nobody has got it. Edit it and leave files out, or send them in parts."
        )
    if mail.international and not line.is_international:
        odd = next(address for address in (mail.sender, *mail.recipients) if not address.isascii())
        return (
            f"{host} cannot write to “{odd}”. Nobody has got this reply. Edit it and choose another address."
        )
    return ""
