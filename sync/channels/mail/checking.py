"""Tries a mail account step by step, and says for each what worked, or exactly what failed and what to do."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.mail_account import MailServer, MailStep
from sync.channels.mail.connecting import Step, Trouble
from sync.channels.mail.imap import sign_in
from sync.channels.mail.imap_line import ImapLine
from sync.channels.mail.smtp import NotTaken, SmtpLine
from sync.protocol.mail_accounts import MailTest
from sync.server.ports import Dial, NoAccess, OpenMailAccount

_RECEIVING, _SENDING = "Receiving", "Sending"
_MEANS = {
    Step.CONNECT: "{host} answers on port {port}.",
    Step.SECURE: "The connection to {host} is secret, and it is who it says.",
    Step.SIGN_IN: "{host} lets “{user}” in.",
}

_ORDER = (Step.CONNECT, Step.SECURE, Step.SIGN_IN)


class _Steps:
    """Collects what became of each step."""

    def __init__(self) -> None:
        self.found: list[MailStep] = []

    def add(self, part: str, step: Step, worked: bool, sentence: str) -> None:
        self.found.append(MailStep(name=f"{part}: {step.value}", worked=worked, sentence=sentence))

    @contextlib.contextmanager
    def trying(self, part: str, server: MailServer, user: str) -> Iterator[Callable[[Step], None]]:
        """Runs a server's steps. What came before the one that failed worked."""
        done: list[Step] = []

        def did(step: Step) -> None:
            done.append(step)
            if step in _MEANS:
                said = _MEANS[step].format(host=server.host, port=server.port, user=user)
                self.add(part, step, True, said)

        try:
            yield did
        except (Trouble, NoAccess, OSError) as problem:
            failed = problem.step if isinstance(problem, Trouble) else Step.SIGN_IN
            for step in _ORDER:
                if step is failed:
                    break
                if step not in done:
                    did(step)
            sentence = (
                str(problem)
                if not isinstance(problem, OSError)
                else "The provider cannot be reached to sign in."
            )
            self.add(part, failed, False, sentence)


@dataclass(frozen=True, slots=True)
class Trial:
    """A mail that is sent to try an account, from the address of its channel."""

    sender: str
    recipient: str


def check(account: OpenMailAccount, dial: Dial, clock: Clock, trial: Trial | None = None) -> MailTest:
    """Try an account, also with a mail. Nothing is read, and nothing is changed there."""
    steps, settings = _Steps(), account.settings
    if settings.imap is not None:
        _receiving(account, settings.imap, dial, steps)
    if settings.smtp is not None:
        _sending(account, settings.smtp, trial, dial, clock, steps)
    return MailTest(steps=tuple(steps.found))


def _receiving(account: OpenMailAccount, server: MailServer, dial: Dial, steps: _Steps) -> None:
    settings = account.settings
    with steps.trying(_RECEIVING, server, settings.user) as did:
        line = ImapLine(server, settings.authority, dial)
        try:
            did(Step.CONNECT)
            did(Step.SECURE)
            sign_in(line, account)
            did(Step.SIGN_IN)
            for folder in settings.folders:
                with line.command(Step.FOLDER):
                    there = line.folder_exists(folder)
                if not there:
                    raise Trouble(
                        Step.FOLDER, f"{server.host} has no folder “{folder}”. Choose one that is there."
                    )
                with line.command(Step.FOLDER):
                    count = int(line.select_folder(folder, readonly=True)[b"EXISTS"])
                steps.add(_RECEIVING, Step.FOLDER, True, f"“{folder}” holds {count:,} mails.")
        finally:
            line.leave()


def _sending(
    account: OpenMailAccount, server: MailServer, trial: Trial | None, dial: Dial, clock: Clock, steps: _Steps
) -> None:
    settings = account.settings
    user = settings.smtp_user or settings.user
    with steps.trying(_SENDING, server, user) as did, SmtpLine(account, dial) as line:
        for step in _ORDER:
            did(step)
        if trial is None:
            return
        to = trial.recipient
        try:
            line.send(trial.sender, (to,), _greeting(trial, clock), lambda refused: None, international=False)
        except NotTaken as error:
            raise Trouble(Step.SEND, f"{server.host} did not take a mail to {to}: {error.answer}.") from error
        except OSError as error:
            said = (
                f"{server.host} did not say whether it took a mail to {to}. Look for it there, and try again."
            )
            raise Trouble(Step.SEND, said) from error
        said = f"{server.host} took a mail to {to} and said: {line.last}. Look for it there, also among spam."
        steps.add(_SENDING, Step.SEND, True, said)


def _greeting(trial: Trial, clock: Clock) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = trial.sender, trial.recipient
    mail["Subject"] = "Agent Desktop can send mail"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = make_msgid(domain=trial.sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"This mail was sent from {trial.sender} to try the account of this channel. It needs no answer."
    )
    return mail.as_bytes(policy=SMTP)
