"""One running program per profile: a second start hands over what it was asked to show, and ends.

The lock on the profile's files is what keeps two programs apart; this is only so that a link or a second click on
the icon raises the window that is there.
"""

import getpass
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCryptographicHash, QDir, QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

SCHEME = "agentdesk"
_CONVERSATION_LINK = re.compile(r"agentdesk://conversation/([1-9][0-9]{0,11})/?", re.ASCII)
_FORMAT = 1
_ANY_PROCESS = -1
_LONGEST_MESSAGE = 4_096
_PATIENCE = 1_000
"""Milliseconds for a connection, and for its one line."""


def linked_number(link: str) -> int | None:
    """The conversation number in `agentdesk://conversation/NUMBER`; None for everything else.

    Links come from anywhere, so nothing but this exact form is understood, and it only navigates.
    """
    found = _CONVERSATION_LINK.fullmatch(link)
    return int(found[1]) if found else None


def server_name(folder: Path) -> str:
    """The name under which the program of this user and profile can be reached."""
    identity = f"{getpass.getuser()}\0{folder.resolve()}"
    digest = QCryptographicHash.hash(identity.encode(), QCryptographicHash.Algorithm.Sha256)
    return f"agent-desktop-{bytes(digest.data()).hex()[:24]}"


class SingleInstance(QObject):
    """Either reaches the program that runs already, or becomes the one that is reached.

    The half of Qt that both need is loaded only then: no window has to wait for it.
    """

    activated = Signal(str)
    """Another start handed over a link, or "" to be shown again."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = server_name(folder)
        self._server: QLocalServer | None = None

    def hand_over(self, link: str = "") -> bool:
        """Give a link to the program that runs already; False when there is none."""
        if not self._may_be_reached:
            return False
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_PATIENCE):
            return False
        _let_others_come_to_the_front()
        socket.write(json.dumps({"format": _FORMAT, "link": link}).encode() + b"\n")
        reached = socket.waitForBytesWritten(_PATIENCE)
        socket.disconnectFromServer()
        return reached

    @property
    def _may_be_reached(self) -> bool:
        """Whether there is anything to connect to; on Windows, which keeps such names elsewhere, only trying tells."""
        return sys.platform == "win32" or Path(QDir.tempPath(), self._name).exists()

    def listen(self) -> bool:
        """Be reachable from now on; False where that cannot be. What a crashed program left behind is cleared away."""
        if self._server is not None:
            return True
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._name):
            QLocalServer.removeServer(self._name)
            if not server.listen(self._name):
                return False
        server.newConnection.connect(self._accept)
        self._server = server
        return True

    def close(self) -> None:
        """Be reachable no more."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _accept(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            QTimer.singleShot(_PATIENCE, socket, socket.abort)
            self._read(socket)

    def _read(self, socket: "QLocalSocket") -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST_MESSAGE:
                socket.abort()
            return
        line = bytes(socket.readLine(_LONGEST_MESSAGE).data())
        socket.disconnectFromServer()
        link = link_in(line)
        if link is not None:
            self.activated.emit(link)


def _let_others_come_to_the_front() -> None:
    """Windows lets only the program that was started last put a window in front, or whom that allows to."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(_ANY_PROCESS)


def link_in(line: bytes) -> str | None:
    """The link of a message; None when it is none of ours."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    if not isinstance(message, dict) or message.get("format") != _FORMAT:
        return None
    link = message.get("link")
    return link if isinstance(link, str) and (not link or linked_number(link) is not None) else None
