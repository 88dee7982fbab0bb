"""Ports of this computer for servers that other programs start, or that stop and start again."""

import socket
import sys

_CAN_HOLD = sys.platform == "linux"


class HeldPorts:
    """So many ports that nobody else is given until `close`, also while nobody listens there.

    A port that was only looked up may be somebody else's by the time that a server listens there. Only Linux lets a
    server listen on what is held; elsewhere the ports are looked up.
    """

    def __init__(self, count: int = 1) -> None:
        self._held = [socket.socket() for _ in range(count)]
        for one in self._held:
            if _CAN_HOLD:  # on Windows it means that anybody may listen beside
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 0))
        self.numbers = [int(one.getsockname()[1]) for one in self._held]
        if not _CAN_HOLD:
            self.close()

    def close(self) -> None:
        """Others may have them."""
        for one in self._held:
            one.close()
