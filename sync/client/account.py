"""Signing in at a server, again and out."""

from collections.abc import Callable
from contextlib import closing

from agent_desktop.domain.errors import InputError
from agent_desktop.services.server_account import ServerIdentity
from sync.client.address import ServerAddress
from sync.client.exchange import TOO_NEW, TOO_OLD
from sync.client.http import Http
from sync.client.tokens import NO_KEYCHAIN, DeviceToken
from sync.client.transport import HttpTransport
from sync.protocol.messages import PROTOCOL_VERSION, Hello, SignedIn, SignInRequest
from sync.protocol.transport import Refused, Unreachable

SOMEBODY_ELSE = (
    "This profile belongs to {email}. It stays theirs, with everything that waits in it; to work as somebody else,"
    " connect another profile."
)
SIGNED_OUT = "Signed out. Everything stays on this computer; what waits is sent once you sign in again."
NOT_TOLD = (
    "Signed out here, but the server could not be told. If this computer was lost or lent, have it signed out at"
    " the server, too."
)


def nobody_there(address: ServerAddress, error: Unreachable) -> str:
    """A sentence for whoever waits for an answer."""
    return error.sentence or (
        f"No server answers at {address.host}. Check the address and the network, then try again."
    )


def check_versions(hello: Hello) -> None:
    """Raise InputError when one of the two programs is too old for the other."""
    if hello.oldest_protocol > PROTOCOL_VERSION:
        raise InputError(TOO_OLD)
    if hello.protocol < PROTOCOL_VERSION:
        raise InputError(TOO_NEW)


def sign_in(address: ServerAddress, email: str, password: str, device: str) -> tuple[Hello, SignedIn]:
    """What the server is, and the token that it gives. Raises InputError in words."""
    with closing(HttpTransport(Http(address))) as transport:
        try:
            hello = transport.hello()
            check_versions(hello)
            return hello, transport.sign_in(SignInRequest(email=email, password=password, device=device))
        except Unreachable as error:
            raise InputError(nobody_there(address, error), str(error)) from error
        except Refused as error:
            raise InputError(error.sentence) from error


class TeamAccount:
    """The account of an open profile; `changed` is called when the server may now talk to it again, or not."""

    def __init__(self, identity: ServerIdentity, token: DeviceToken, changed: Callable[[], None]) -> None:
        self._identity = identity
        self._address = ServerAddress.parse(identity.url)
        self._token = token
        self._changed = changed

    @property
    def identity(self) -> ServerIdentity:
        """Who, where."""
        return self._identity

    @property
    def token(self) -> DeviceToken:
        """By what the server knows this computer."""
        return self._token

    @property
    def signed_in(self) -> bool:
        """Whether there is a token here."""
        return self._token.get() is not None

    def sign_in(self, password: str) -> str:
        """Sign in again as the same user."""
        mine = self._identity
        _, signed_in = sign_in(self._address, mine.email, password, mine.device)
        if signed_in.user_id != mine.user_id:
            self._give_back(signed_in.token)
            raise InputError(SOMEBODY_ELSE.format(email=mine.email))
        kept = self._token.keep(signed_in.token)
        self._changed()
        return "" if kept else NO_KEYCHAIN

    def sign_out(self) -> str:
        """Have the server forget this computer, and forget its token here in any case."""
        token = self._token.get()
        told = token is None or self._give_back(token)
        self._token.forget()
        self._changed()
        return SIGNED_OUT if told else NOT_TOLD

    def _give_back(self, token: str) -> bool:
        with closing(HttpTransport(Http(self._address, lambda: token))) as transport:
            try:
                transport.sign_out()
            except Refused:
                return True  # it is good no longer anyhow
            except Unreachable:
                return False
            return True
