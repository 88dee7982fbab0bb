"""Which mail servers a team's server connects to: public ones, on the ports of mail. Otherwise whoever sets accounts up
could have it look around in the network that it stands in.
"""

import socket
from typing import Final

from sync.server.ports import NotAllowed
from sync.server.public_address import is_public, literal
from sync.server.safe_fetch import Connect, Resolve, connect, resolve

PORTS: Final = frozenset({25, 143, 465, 587, 993})


class PublicMailHosts:
    """Connects to public mail servers alone: one address that is not public spoils a name."""

    def __init__(self, resolve: Resolve = resolve, connect: Connect = connect) -> None:
        self._resolve = resolve
        self._connect = connect

    def __call__(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection. Raises OSError or NotAllowed."""
        if port not in PORTS:
            ports = ", ".join(map(str, sorted(PORTS)))
            raise NotAllowed(f"Port {port} is none of those for mail. Choose one of {ports}.")
        given = literal(host)
        addresses = [given] if given is not None else list(self._resolve(host))
        if not addresses or not all(is_public(address) for address in addresses):
            raise NotAllowed(
                f"{host} is not on the public internet. Whoever runs this server can allow that: it is started with"
                " --mail-hosts private then."
            )
        return self._connect(addresses[0], port, seconds)
