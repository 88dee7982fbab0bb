"""Signing in with the browser: OAuth 2.0 authorization code with PKCE (RFC 6749, 7636, 8252, 9207).

The program never sees the password. It gets a code over a listener on this computer, which is worth nothing without
what the program kept to itself.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from contextlib import closing
from urllib.parse import urlencode

from agent_desktop.domain.errors import InputError
from sync.client.address import ServerAddress
from sync.client.http import Http
from sync.client.loopback import Cancelled, Loopback, NoListener, TooLate, WayBack
from sync.client.transport import HttpTransport
from sync.client.versions import check_versions, nobody_there
from sync.protocol.messages import DeviceFacts, Hello, OAuthMetadata, SignedIn
from sync.protocol.transport import Refused, Unreachable

SECONDS = 120.0
CLIENT_ID = "agent-desktop"
CANCELLED = "You stopped signing in. Nothing was changed."
TOO_LATE = "Nobody signed in within two minutes. Try again, or use your password here instead."
NO_BROWSER_THERE = (
    "This server does not offer signing in with the browser yet. Use your password here instead."
)
NO_LISTENER = (
    "The browser could not find its way back, for this computer lets no program listen."
    " Use your password here instead."
)
NOT_SIGNED_IN = "You were not signed in. Try again, or use your password here instead."

OpenPage = Callable[[str], object]
"""Opens an address in the browser of the person; may be called on any thread."""


class BrowserSignIn:
    """One attempt to sign in. `run` waits; `cancel` ends it from another thread.

    With `new_password` the page offers to choose another one on the way.
    """

    def __init__(
        self,
        address: ServerAddress,
        facts: DeviceFacts,
        email: str,
        open_page: OpenPage,
        seconds: float = SECONDS,
        new_password: bool = False,
    ) -> None:
        self._address = address
        self._facts = facts
        self._email = email
        self._open_page = open_page
        self._seconds = seconds
        self._new_password = new_password
        self._http = Http(address)
        self._way_back = WayBack()

    def cancel(self) -> None:
        """End it; nothing was changed."""
        self._way_back.cancel()
        self._http.close()

    def run(self) -> tuple[Hello, SignedIn]:
        """Open the browser and wait. What the server is, and the tokens. Raises InputError in words."""
        with closing(HttpTransport(self._http)) as transport:
            try:
                hello = transport.hello()
                check_versions(hello)
                known = transport.metadata()
                if known is None:
                    raise InputError(NO_BROWSER_THERE)
                return hello, self._signed_in(transport, known)
            except Unreachable as error:
                sentence = CANCELLED if self._way_back.cancelled else nobody_there(self._address, error)
                raise InputError(sentence, str(error)) from error
            except Refused as error:
                raise InputError(error.sentence) from error
            except Cancelled as error:
                raise InputError(CANCELLED) from error
            except TooLate as error:
                raise InputError(TOO_LATE) from error
            except NoListener as error:
                raise InputError(NO_LISTENER, str(error)) from error

    def _signed_in(self, transport: HttpTransport, known: OAuthMetadata) -> SignedIn:
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        with self._way_back.listening() as loopback:
            self._open_page(f"{self._address.url}/oauth/authorize?{self._query(loopback, verifier, state)}")
            brought = loopback.wait(state, f"{self._address.url}/oauth/done", self._seconds)
        code = _code(brought, known.issuer)
        return transport.exchange_code(code, verifier, loopback.address)

    def _query(self, loopback: Loopback, verifier: str, state: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        facts = self._facts
        query = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": loopback.address,
            "code_challenge": challenge.decode("ascii"),
            "code_challenge_method": "S256",
            "state": state,
            "device": facts.name,
            "os": facts.os,
            "version": facts.version,
        }
        if self._email:
            query["login_hint"] = self._email
        if facts.id is not None:
            query["device_id"] = facts.id
        if self._new_password:
            query["new_password"] = "yes"  # noqa: S105 - a wish
        return urlencode(query)


def _code(brought: Mapping[str, str], issuer: str) -> str:
    """The code that the browser brought from this server. Raises InputError."""
    if not hmac.compare_digest(brought.get("iss", "").encode(), issuer.encode()):
        raise InputError(NOT_SIGNED_IN, "another issuer")
    if brought.get("error") == "access_denied":
        raise InputError(CANCELLED)
    if "error" in brought or not brought.get("code"):
        raise InputError(NOT_SIGNED_IN, brought.get("error", "no code")[:100])
    return brought["code"]
