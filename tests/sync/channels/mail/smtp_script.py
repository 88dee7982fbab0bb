"""A small SMTP server on loopback that does what a test says, for what no real one does on demand."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T", bound=socket.socket)


@dataclass
class SmtpScript:
    """Answers commands, or breaks off. Keys of `answers` are commands, recipients, the parameters ENVID and NOTIFY, "."
    for the end of a mail, "" for the greeting.

    An answer of None ends the connection there; "!" before an answer takes the mail first.
    """

    answers: Mapping[str, str | None] = field(default_factory=dict)
    features: tuple[str, ...] = ("AUTH PLAIN", "SIZE 10000000")
    context: ssl.SSLContext | None = None
    implicit: bool = False
    plain_after_starttls: bytes = b""
    taken: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Somebody has said QUIT."""
    _sockets: dict[int, list[socket.socket]] = field(default_factory=dict)

    def __enter__(self) -> "SmtpScript":
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for sock in [sock for opened in list(self._sockets.values()) for sock in opened]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in (self._thread, *self._threads):
            thread.join(10)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listening.accept()
                thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(20)
        with contextlib.suppress(OSError, StopIteration):
            self._opened(sock)
            if self.implicit and self.context:
                sock = self._opened(
                    self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                )
                sock.do_handshake()
            self._talk(sock)
        for opened in self._sockets.pop(threading.get_ident(), []):
            opened.close()

    def _opened(self, sock: T) -> T:
        """To be closed when this talk is over."""
        self._sockets.setdefault(threading.get_ident(), []).append(sock)
        return sock

    def _talk(self, sock: socket.socket) -> None:
        file = sock.makefile("rb")
        self._answer(sock, "", "220 ready")
        while line := file.readline():
            command = line.decode("utf-8", "replace").strip()
            self.said.append(command)
            verb = command.upper().partition(" ")[0].partition(":")[0]
            if verb == "EHLO":
                before = "".join(f"250-{line}\r\n" for line in ("ready", *self.features[:-1]))
                sock.sendall(f"{before}250 {self.features[-1]}\r\n".encode())
            elif verb == "STARTTLS" and self.context:
                sock.sendall(b"220 go\r\n" + self.plain_after_starttls)
                file.close()
                sock = self._opened(
                    self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                )
                sock.do_handshake()
                file = sock.makefile("rb")
            elif verb == "DATA":
                if self._answer(sock, "DATA", "354 go on"):
                    self._take(sock, file)
            elif verb == "QUIT":
                self.left.set()
                self._answer(sock, "QUIT", "221 bye")
                raise StopIteration
            elif verb == "RCPT":
                address = command.partition("<")[2].partition(">")[0]
                about = address if address in self.answers else "RCPT"
                self._answer(
                    sock, "NOTIFY" if " NOTIFY=" in command and "NOTIFY" in self.answers else about, "250 ok"
                )
            elif " ENVID=" in command and "ENVID" in self.answers:
                self._answer(sock, "ENVID", "250 ok")
            else:
                self._answer(sock, verb, "235 welcome" if verb == "AUTH" else "250 ok")

    def _take(self, sock: socket.socket, file: object) -> None:
        mail = b""
        while True:
            line = file.readline()  # type: ignore[attr-defined]  # a file
            if not line:
                raise StopIteration
            if line == b".\r\n":
                break
            mail += line[1:] if line.startswith(b".") else line
        answer = self.answers.get(".", "250 queued")
        if answer is None or answer.startswith(("!", "2")):
            self.taken.append(mail)
        if answer == "!":
            raise StopIteration
        self._answer(sock, ".", "250 queued")

    def _answer(self, sock: socket.socket, about: str, usual: str) -> bool:
        answer = self.answers.get(about, usual)
        if answer is None:
            raise StopIteration
        sock.sendall(f"{answer.removeprefix('!')}\r\n".encode())
        return answer.startswith(("2", "3"))
