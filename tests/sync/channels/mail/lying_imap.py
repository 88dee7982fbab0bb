"""An IMAP server that says whatever a test wants: one that was taken over, or never worked."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

Script = Callable[[socket.socket, Iterator[bytes]], None]
"""Answers one connection, given what is asked, line by line."""


class LyingImap:
    """Listens on a port of this computer; each connection is answered by the script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "LyingImap":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.settimeout(20)
            with connection, contextlib.suppress(OSError):
                self._script(connection, iter(connection.makefile("rb")))


def answering(*words: tuple[bytes, bytes], greeting: bytes = b"* OK hello\r\n") -> Script:
    """Answers a command that has a word in it with these bytes (%s: its tag); everything else as a server should."""

    def script(connection: socket.socket, asked: Iterator[bytes]) -> None:
        connection.sendall(greeting)
        for line in asked:
            tag, _, command = line.strip().partition(b" ")
            said = next((answer for word, answer in words if word in command.upper()), None)
            if said is None:
                said = _usual(command.upper())
            connection.sendall(said.replace(b"%s", tag))
            if b"LOGOUT" in command.upper():
                return

    return script


def _usual(command: bytes) -> bytes:
    if command.startswith(b"CAPABILITY"):
        return b"* CAPABILITY IMAP4rev1 IDLE\r\n%s OK done\r\n"
    if command.startswith((b"SELECT", b"EXAMINE")):
        return b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n%s OK [READ-ONLY] done\r\n"
    if b"SEARCH" in command:
        return b"* SEARCH 1\r\n%s OK done\r\n"
    if b"RFC822.SIZE" in command:
        return b'* 1 FETCH (UID 1 RFC822.SIZE 20 INTERNALDATE "01-Jan-2024 10:00:00 +0000")\r\n%s OK done\r\n'
    if b"HEADER" in command:
        return b"* 1 FETCH (UID 1 BODY[HEADER]<0> {14}\r\nSubject: one\r\n)\r\n%s OK done\r\n"
    if b"BODY.PEEK" in command:
        return b"* 1 FETCH (UID 1 BODY[]<0> {20}\r\nSubject: one\r\n\r\nhi\r\n)\r\n%s OK done\r\n"
    return b"%s OK done\r\n"
