"""Gets the key of a profile back from its server, for whoever signs in there."""

import platform
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from agent_desktop.domain.errors import InputError
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.key_file import KeyNote
from sync.client.account import facts_of, sign_in
from sync.client.address import ServerAddress
from sync.client.browser import BrowserSignIn, OpenPage
from sync.client.http import Http
from sync.client.orders import ask_orders, fetch_key
from sync.client.versions import nobody_there
from sync.protocol.messages import DeviceFacts, SignedIn
from sync.protocol.orders import Orders
from sync.protocol.transport import Refused, Unreachable


@dataclass(frozen=True, slots=True)
class FromEscrow:
    """What the server gave: tokens, what it has to say to this device, and the key, if it has one for it."""

    signed_in: SignedIn
    orders: Orders
    key: DataKey | None


SignIn = Callable[[ServerAddress, DeviceFacts], SignedIn]
"""A way to sign in at a server. Raises InputError in words."""


def by_password(email: str, password: str, code: str) -> SignIn:
    """With what was typed here."""
    return lambda address, facts: sign_in(address, email, password, facts, code)[1]


def by_browser(email: str, open_page: OpenPage, begun: Callable[[BrowserSignIn], None]) -> SignIn:
    """With the browser. `begun` is given what ends the waiting for it."""

    def run(address: ServerAddress, facts: DeviceFacts) -> SignedIn:
        attempt = BrowserSignIn(address, facts, email, open_page)
        begun(attempt)
        return attempt.run()[1]

    return run


def from_escrow(note: KeyNote, sign_in_by: SignIn) -> FromEscrow:
    """Sign in on this computer, and ask for its key. Raises InputError in words."""
    address = ServerAddress.parse(note.server)
    facts = facts_of(platform.node() or "Computer", note.device_id or None)
    signed_in = sign_in_by(address, facts)
    with closing(Http(address, lambda: signed_in.token)) as http:
        try:
            orders = ask_orders(http)
            secret = None if orders.wipe else fetch_key(http)
        except Unreachable as error:
            raise InputError(nobody_there(address, error), str(error)) from error
        except Refused as error:
            raise InputError(error.sentence) from error
    try:
        key = None if secret is None else DataKey(bytes.fromhex(secret))
    except ValueError:
        key = None
    return FromEscrow(signed_in, orders, key)
