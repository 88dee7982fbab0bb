"""IMAP as imapclient speaks it, over a line that believes no server: lines, literals, answers and time are bounded.

Without this a server may announce a literal of a terabyte, write a line that never ends, or drip a byte a minute.
"""

import contextlib
import imaplib
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import LoginError, ProtocolError

from agent_desktop.domain.mail_account import MailSecurity, MailServer
from sync.channels.mail.connecting import Refused, Step, Trouble, connected, secured
from sync.server.ports import Dial

PIECE: Final = 1_000_000
"""Bytes of a mail that are asked for at a time."""
LONGEST_LINE: Final = 1_000_000
LARGEST_LITERAL: Final = 2 * PIECE
LARGEST_ANSWER: Final = 4 * PIECE
"""Bytes that a server may send for one command."""
COMMAND_SECONDS: Final = 60.0
_BLOCK: Final = 65_536
NONSENSE = (
    ProtocolError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)
"""What imapclient and imaplib raise for answers that make no sense."""


class Misbehaved(imaplib.IMAP4.abort):
    """The server sends what no server should."""


class _Line(imaplib.IMAP4):
    """One connection. What it reads is counted since `begin`, and so is the time."""

    def __init__(self, sock: socket.socket, host: str, monotonic: Callable[[], float]) -> None:
        self._given = sock
        self._monotonic = monotonic
        self._buffer = bytearray()
        self._left = LARGEST_ANSWER
        self._until = monotonic() + COMMAND_SECONDS
        super().__init__(host)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Take the connection that was made."""
        self.host, self.port, self.sock = host, port, self._given

    def begin(self, seconds: float) -> None:
        """A new command: it may take so long."""
        self.untagged_responses.clear()
        self._left, self._until = LARGEST_ANSWER, self._monotonic() + seconds

    def readline(self) -> bytes:
        """One line. Raises Misbehaved, TimeoutError, OSError."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > LONGEST_LINE:
                raise Misbehaved("a line without an end")
            if not self._receive():
                return b""
        return self._taken(end + 1)

    def read(self, size: int) -> bytes:
        """So many bytes. Raises Misbehaved, TimeoutError, OSError."""
        if size > LARGEST_LITERAL:
            raise Misbehaved("a literal larger than what was asked for")
        while len(self._buffer) < size:
            if not self._receive():
                return b""
        return self._taken(size)

    def send(self, data: Any) -> None:
        """Send, within the time of the command."""
        self.sock.settimeout(self._seconds())
        self.sock.sendall(data)

    def secure(self, wrap: Callable[[socket.socket], socket.socket]) -> None:
        """Begin TLS. What was sent before it, for us to take as secret, is an attack."""
        typ, _ = self._simple_command("STARTTLS")
        if typ != "OK":
            raise imaplib.IMAP4.error("STARTTLS was refused")
        if self._buffer:
            raise Misbehaved("more than was asked for before the connection was secret")
        self.sock = wrap(self.sock)
        # What was said in the open is worth nothing.
        self.untagged_responses.clear()
        self.capabilities = ()

    @property
    def heard(self) -> bool:
        """Whether there is something new since `begin`."""
        return "EXISTS" in self.untagged_responses

    def listen(self) -> bytes:
        """Begin to listen (IDLE); its tag. Raises the errors of imaplib."""
        tag = bytes(self._command("IDLE"))
        while self._get_response() is not None:
            ended = self.tagged_commands.get(tag)
            if ended is not None:
                raise imaplib.IMAP4.error("IDLE was refused")
        return tag

    def shutdown(self) -> None:
        """Close the connection."""
        self.cut()
        self.sock.close()

    def cut(self) -> None:
        """End whatever waits for the server; on any thread."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _receive(self) -> bool:
        self.sock.settimeout(self._seconds())
        block = self.sock.recv(_BLOCK)
        self._left -= len(block)
        if self._left < 0:
            raise Misbehaved("an answer without an end")
        self._buffer += block
        return bool(block)

    def _seconds(self) -> float:
        left = self._until - self._monotonic()
        if left <= 0:
            raise TimeoutError("the server takes too long")
        return left

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


class ImapLine(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """A connection to an IMAP server that was made and is secret."""

    def __init__(
        self,
        server: MailServer,
        authority: str,
        dial: Dial,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        sock = connected(server, authority, dial)
        try:
            with in_words(Step.CONNECT, server.host):
                self._line = _Line(sock, server.host, monotonic)
                # Nothing is logged: it would be passwords and mails.
                super().__init__(server.host, server.port, ssl=False)
                self._imap._mesg = _say_nothing
            if server.security is MailSecurity.STARTTLS:
                self._secure(server, authority)
        except BaseException:
            sock.close()
            raise

    def _secure(self, server: MailServer, authority: str) -> None:
        if self._line.state != "NONAUTH":
            raise Trouble(
                Step.SECURE,
                f"{server.host} signs us in before the connection is secret. Nothing was sent to it; choose TLS.",
                lasting=True,
            )
        with in_words(Step.SECURE, server.host):
            try:
                self._line.secure(lambda sock: secured(sock, server, authority))
            except Misbehaved:
                raise
            except imaplib.IMAP4.error as error:
                raise Trouble(
                    Step.SECURE, f"{server.host} does not know STARTTLS here. Choose TLS.", lasting=True
                ) from error
        self._starttls_done, self._cached_capabilities = True, None

    def _create_IMAP4(self) -> _Line:  # noqa: N802 - imapclient's name
        return self._line

    def _set_read_timeout(self) -> None:
        """Times are set for each command."""

    @contextlib.contextmanager
    def command(self, step: Step = Step.READ, seconds: float = COMMAND_SECONDS) -> Iterator[None]:
        """A few words with the server. Raises Trouble for whatever goes wrong."""
        with in_words(step, self.host):
            self._line.begin(seconds)
            yield

    def present_token(self, user: str, token: str) -> None:
        """Sign in with what a provider granted (XOAUTH2), within `command`. The reason of a refusal comes as a question
        that is answered with nothing: the token is said once.
        """
        words = [f"user={user}\x01auth=Bearer {token}\x01\x01".encode()]
        self._imap.authenticate("XOAUTH2", lambda challenge: words.pop() if words else b"")

    def wait(self, seconds: float) -> bool:
        """Listen (IDLE) for so long; whether something is new. Raises Trouble."""
        with in_words(Step.READ, self.host):
            self._line.begin(COMMAND_SECONDS)
            tag = self._line.listen()
            if self._line.heard:
                new = True
            else:
                self._line.begin(seconds)
                new = self._hear(tag)
            self._line.begin(COMMAND_SECONDS)
            if self._line.tagged_commands.get(tag) is None:
                self._idle_tag = tag
                self.idle_done()
        return new

    def _hear(self, tag: bytes) -> bool:
        try:
            while not self._line.heard:
                self._line._get_response()
                if self._line.tagged_commands.get(tag) is not None:
                    return True  # it listens no longer: then it is asked
        except TimeoutError:
            return False
        return True

    def cut(self) -> None:
        """End whatever waits for the server; on any thread."""
        self._line.cut()

    def leave(self) -> None:
        """Say bye where that is still possible, and close the connection."""
        with contextlib.suppress(Trouble, OSError), self.command(seconds=5.0):
            self.logout()
        with contextlib.suppress(OSError):
            self._line.shutdown()


def _say_nothing(*_: object) -> None:
    """Takes the words of imaplib."""


@contextlib.contextmanager
def in_words(step: Step, host: str) -> Iterator[None]:
    """Make Trouble of all that can go wrong with a server."""
    try:
        yield
    except Misbehaved as error:
        raise Trouble(
            step, f"{host} answers in a way that no mail server does ({error}). It is asked again later."
        ) from error
    except TimeoutError as error:
        raise Trouble(step, f"{host} takes too long to answer. It is asked again later.") from error
    except imaplib.IMAP4.readonly as error:
        raise Refused(step, host, "nothing may be changed in this folder") from error
    except imaplib.IMAP4.abort as error:
        raise Trouble(step, f"{host} ended the connection. It is asked again later.") from error
    except (imaplib.IMAP4.error, LoginError) as error:
        raise Refused(step, host, _short(error)) from error
    except NONSENSE as error:
        raise Trouble(step, f"{host} gave an answer that makes no sense. It is asked again later.") from error
    except OSError as error:
        raise Trouble(step, f"The connection to {host} broke. It is asked again later.") from error


def _short(error: BaseException) -> str:
    """What a server said, made harmless to show."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(error))
    return text[:200].strip().rstrip(".") or type(error).__name__
