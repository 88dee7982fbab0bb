"""Whether this program and a server understand each other, and what is said when nobody answers."""

from agent_desktop.domain.errors import InputError
from sync.client.address import ServerAddress
from sync.client.exchange import TOO_NEW, TOO_OLD
from sync.client.http import PORTAL
from sync.protocol.messages import PROTOCOL_VERSION, Hello
from sync.protocol.transport import Unreachable


def nobody_there(address: ServerAddress, error: Unreachable) -> str:
    """A sentence for whoever waits for an answer."""
    if error.sentence == PORTAL:
        return (
            f"A web page answered at {address.place}, and no Agent Desktop server. Check the address; where this"
            " network has a sign-in page, sign in there with a web browser first."
        )
    return error.sentence or (
        f"No server answers at {address.place}. Check the address and the network, then try again."
    )


def check_versions(hello: Hello) -> None:
    """Raise InputError when one of the two programs is too old for the other."""
    if hello.oldest_protocol > PROTOCOL_VERSION:
        raise InputError(TOO_OLD)
    if hello.protocol < PROTOCOL_VERSION:
        raise InputError(TOO_NEW)
