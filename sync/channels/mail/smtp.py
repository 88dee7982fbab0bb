"""Speaks SMTP: a secret connection, a sign-in, and one mail, up to the dot after which the server has it.

Everything before that dot is certain: a server drops a mail whose end it has not seen (RFC 5321, 4.1.1.4). So whoever
sends is told right before the dot, and can still say no.
"""

import base64
import contextlib
import re
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain.mail_account import MailAuth, MailSecurity, MailServer
from agent_desktop.services.mail.names import clean_line
from sync.channels.mail.connecting import Refused, Step, Trouble, connected, secured
from sync.server.ports import Dial, NoAccess, OpenMailAccount

ANSWER_SECONDS: Final = 60.0
"""How long a server may think about a command."""
READY_SECONDS: Final = 10.0
"""How long it may think about whether it is still there."""
END_SECONDS: Final = 300.0
"""How long it may think about a whole mail: it may look for viruses."""
SESSION_SECONDS: Final = 480.0
"""How long all of it may take; less than the lease of an attempt."""
_BLOCK: Final = 65_536
_NOT_UNDERSTOOD: Final = frozenset({501, 504, 555})
"""A parameter is not known, or not as it was written."""
_ENCODED: Final = re.compile(r"[^!-*,-<>-~]")
_LEADING_DOT: Final = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: its code, and its words made harmless to show."""

    code: int
    said: str

    @property
    def is_good(self) -> bool:
        """Whether it does what it was asked."""
        return 200 <= self.code < 400

    @property
    def is_lasting(self) -> bool:
        """Whether the same again will be refused again."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {self.said}".strip()


class NotTaken(Exception):
    """The server did not take the mail, and said so. `about` is the recipient it is about; empty: the whole mail.

    `refused`: what it said of each recipient, when it took none of them.
    """

    def __init__(self, answer: Answer, about: str = "", refused: Mapping[str, Answer] | None = None) -> None:
        super().__init__(str(answer))
        self.answer = answer
        self.about = about
        self.refused = refused or {}


class _Session(smtplib.SMTP):
    """One connection, which was made already; smtplib finds its server's words and reads its lines."""

    def __init__(self, sock: socket.socket) -> None:
        # Not our name: the address literal tells nothing about the computer (RFC 5321, 4.1.4).
        super().__init__(local_hostname="[127.0.0.1]", timeout=ANSWER_SECONDS)
        self.sock = sock


class SmtpLine:
    """A connection to the server that takes our mail, signed in. To be used in `with`. Raises Trouble."""

    def __init__(self, account: OpenMailAccount, dial: Dial) -> None:
        settings = account.settings
        if settings.smtp is None:
            raise Trouble(
                Step.CONNECT, "This mailbox has no server for sending. Add one to its settings.", lasting=True
            )
        self.server = settings.smtp
        sock = connected(self.server, settings.authority, dial)
        self._session = _Session(sock)
        self._in_data = False
        self.last = Answer(0, "")
        """What the server said of the last mail that it took."""
        self._watch = self._watched()
        try:
            sock.settimeout(ANSWER_SECONDS)
            with _in_words(Step.CONNECT, self.server):
                self._expect(Step.CONNECT, *self._session.getreply())
                self._greet()
            if self.server.security is MailSecurity.STARTTLS:
                self._secure(settings.authority)
            self._sign_in(account)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "SmtpLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say bye where that is possible at once, and let go of the connection."""
        self._watch.cancel()
        with contextlib.suppress(OSError, smtplib.SMTPException, AttributeError):
            # Within a mail it would be part of it.
            if self._session.sock is not None and not self._in_data:
                self._session.sock.settimeout(2.0)
                self._session.putcmd("quit")
        self._session.close()

    def again(self) -> bool:
        """Before another mail: whether the server is still there, and ready for one."""
        self._watch.cancel()
        self._watch = self._watched()
        try:
            self._socket.settimeout(READY_SECONDS)
            ready = self._command("RSET")[0] == 250
            self._socket.settimeout(ANSWER_SECONDS)
        except (OSError, smtplib.SMTPException):
            return False
        return ready

    def _watched(self) -> threading.Timer:
        watch = threading.Timer(SESSION_SECONDS, self.cut)
        watch.daemon = True
        watch.start()
        return watch

    def cut(self) -> None:
        """End whatever waits for the server; on any thread."""
        with contextlib.suppress(OSError, AttributeError):
            if self._session.sock is not None:
                self._session.sock.shutdown(socket.SHUT_RDWR)

    # ----- one mail

    @property
    def largest(self) -> int | None:
        """Bytes of the largest mail that the server takes, as far as it says."""
        said = self._session.esmtp_features.get("size", "")
        return int(said) or None if said.isascii() and said.isdigit() else None

    @property
    def is_international(self) -> bool:
        """Whether addresses may have letters that are not ASCII."""
        return "smtputf8" in self._session.esmtp_features

    def send(
        self,
        sender: str,
        recipients: tuple[str, ...],
        content: bytes,
        hand_over: Callable[[Mapping[str, Answer]], None],
        *,
        international: bool = False,
        envelope_id: str = "",
    ) -> dict[str, Answer]:
        """Hand over one mail; the recipients that were not taken, with what the server said: `hand_over` is told, too.

        With an `envelope_id` reports are asked for of what is late or does not arrive, where the server knows them.

        Raises NotTaken when it was not taken at all; Trouble when the connection ended before `hand_over`, and OSError
        when it ended after it: then nobody knows.
        """
        refused = {}
        with _in_words(Step.SEND, self.server):
            reports = self._envelope(sender, len(content), envelope_id, international=international)
            for recipient in recipients:
                answer = self._recipient(recipient, reports=reports)
                if not answer.is_good:
                    refused[recipient] = answer
            if len(refused) == len(recipients):
                # What may pass is waited for, also where another recipient is refused for good.
                about, worst = min(refused.items(), key=lambda found: found[1].code)
                raise NotTaken(worst, about, refused)
            self._in_data = True
            started = _answer(*self._command("DATA"))
            if started.code != 354:
                raise NotTaken(started)
            self._write(content)
        hand_over(refused)
        self._socket.settimeout(END_SECONDS)
        try:
            self._socket.sendall(b".\r\n")
            code, said = self._session.getreply()
        except smtplib.SMTPException as error:
            raise ConnectionError(
                "the connection ended before the server said that it has the mail"
            ) from error
        self._in_data = False
        if 400 <= code < 600:
            raise NotTaken(_answer(code, said))
        if not 200 <= code < 300:
            raise ConnectionError("the server said something that is no answer")
        self.last = _answer(code, said)
        return refused

    def _envelope(self, sender: str, size: int, envelope_id: str, *, international: bool) -> bool:
        """Begin a mail; whether reports are asked for (RFC 3461)."""
        options = f" SIZE={size}" if "size" in self._session.esmtp_features else ""
        if international:
            options += " SMTPUTF8"
            options += " BODY=8BITMIME" if "8bitmime" in self._session.esmtp_features else ""
        begin = f"MAIL FROM:<{sender}>{options}"
        if envelope_id and "dsn" in self._session.esmtp_features:
            answer = _answer(*self._command(f"{begin} RET=HDRS ENVID={_xtext(envelope_id)}"))
            if answer.is_good:
                return True
            if answer.code not in _NOT_UNDERSTOOD:
                raise NotTaken(answer)
        answer = _answer(*self._command(begin))
        if not answer.is_good:
            raise NotTaken(answer)
        return False

    def _recipient(self, address: str, *, reports: bool) -> Answer:
        """Name a recipient; a server that says it knows reports and then does not is asked without."""
        name = f"RCPT TO:<{address}>"
        if reports:
            original = f" ORCPT=rfc822;{_xtext(address)}" if address.isascii() else ""
            answer = _answer(*self._command(f"{name} NOTIFY=FAILURE,DELAY{original}"))
            if answer.code not in _NOT_UNDERSTOOD:
                return answer
        return _answer(*self._command(name))

    def _write(self, content: bytes) -> None:
        """Everything but the dot. Each block has its time: a slow line is no broken one."""
        whole = memoryview(
            _LEADING_DOT.sub(b"..", content if content.endswith(b"\r\n") else content + b"\r\n")
        )
        for start in range(0, len(whole), _BLOCK):
            self._socket.sendall(whole[start : start + _BLOCK])

    # ----- beginning

    @property
    def _socket(self) -> socket.socket:
        sock = self._session.sock
        if sock is None:
            raise ConnectionError("the connection is closed")
        return sock

    def _command(self, line: str) -> tuple[int, bytes]:
        if "\r" in line or "\n" in line:
            raise ValueError("a command is one line")
        self._socket.sendall(f"{line}\r\n".encode())
        return self._session.getreply()

    def _greet(self) -> None:
        code, said = self._session.ehlo()
        if code >= 400:
            code, said = self._session.helo()
        self._expect(Step.CONNECT, code, said)

    def _secure(self, authority: str) -> None:
        host = self.server.host
        with _in_words(Step.SECURE, self.server):
            code = self._command("STARTTLS")[0] if self._session.has_extn("starttls") else 0
        if code != 220:
            raise Trouble(
                Step.SECURE,
                f"{host} offers no secret connection (STARTTLS) on port {self.server.port}, so nothing was sent to it."
                " Choose TLS; if it did offer one before, somebody may be listening.",
                lasting=True,
            )
        self._session.sock = secured(self._socket, self.server, authority)
        # What was said in the open is worth nothing.
        self._session.file = None
        self._session.helo_resp = self._session.ehlo_resp = None
        self._session.esmtp_features = {}
        self._session.does_esmtp = False
        with _in_words(Step.CONNECT, self.server):
            self._greet()

    def _expect(self, step: Step, code: int, said: bytes) -> None:
        answer = _answer(code, said)
        if not answer.is_good:
            raise Refused(step, self.server.host, str(answer))

    # ----- signing in

    def _sign_in(self, account: OpenMailAccount) -> None:
        settings = account.settings
        user = settings.smtp_user or settings.user
        if not user:
            return
        offered = self._session.esmtp_features.get("auth", "").upper().replace("=", " ").split()
        try:
            with _in_words(Step.SIGN_IN, self.server):
                if settings.auth is MailAuth.OAUTH:
                    self._need(offered, "XOAUTH2")
                    answer = self._present(user, account.credentials.access_token())
                    if not answer.is_good:
                        answer = self._present(user, account.credentials.access_token(renew=True))
                else:
                    answer = self._log_in(offered, user, account.credentials.password())
        except NoAccess as error:
            raise Trouble(Step.SIGN_IN, str(error), lasting=True) from error
        if answer.is_good:
            return
        host = self.server.host
        if not answer.is_lasting:
            raise Trouble(Step.SIGN_IN, f"{host} cannot sign us in now ({answer}). It is tried again later.")
        granted = settings.auth is MailAuth.OAUTH
        raise Trouble(
            Step.SIGN_IN,
            f"{host} does not let “{user}” send with what was granted ({answer}). Sign in with the provider again; a"
            " company has to allow SMTP for its mailboxes."
            if granted
            else f"{host} did not take the user “{user}” with this password. Check both; some providers want a password"
            " made for programs (app password).",
            lasting=True,
        )

    def _need(self, offered: list[str], wanted: str) -> None:
        if wanted not in offered:
            raise Trouble(
                Step.SIGN_IN,
                f"{self.server.host} offers no way to sign in that we know. Check port and kind.",
                lasting=True,
            )

    def _log_in(self, offered: list[str], user: str, password: str) -> Answer:
        if "PLAIN" in offered:
            return _answer(*self._command(f"AUTH PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}"))
        self._need(offered, "LOGIN")
        answer = _answer(*self._command("AUTH LOGIN"))
        for word in (user, password):
            if answer.code == 334:
                answer = _answer(*self._command(_base64(word)))
        return answer

    def _present(self, user: str, token: str) -> Answer:
        said = f"user={user}\x01auth=Bearer {token}\x01\x01"
        answer = _answer(*self._command(f"AUTH XOAUTH2 {_base64(said)}"))
        # A refusal comes as a challenge that has to be answered with nothing.
        return _answer(*self._command("")) if answer.code == 334 else answer


def _xtext(text: str) -> str:
    """A value as parameters carry it (RFC 3461, 4)."""
    return _ENCODED.sub(lambda found: f"+{ord(found[0]):02X}", text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _answer(code: int, said: bytes) -> Answer:
    text = clean_line(said[:2_000].decode("utf-8", "replace"))[:300].strip()
    return Answer(code if code > 0 else 421, text.rstrip("."))


@contextlib.contextmanager
def _in_words(step: Step, server: MailServer) -> Iterator[None]:
    """Make Trouble of what can go wrong with a connection."""
    try:
        yield
    except TimeoutError as error:
        raise Trouble(step, f"{server.host} takes too long to answer. It is tried again later.") from error
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise Trouble(step, f"The connection to {server.host} broke. It is tried again later.") from error
