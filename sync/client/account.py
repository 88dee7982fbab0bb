"""Signing in at a server, again and out."""

import threading
from collections.abc import Callable
from contextlib import closing
from functools import cache

from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.services.server_account import CodeNeeded, ServerIdentity
from sync.client.address import ServerAddress
from sync.client.browser import BrowserSignIn, OpenPage
from sync.client.credentials import Credentials
from sync.client.http import Http
from sync.client.tokens import NO_KEYCHAIN
from sync.client.transport import HttpTransport
from sync.client.versions import check_versions, nobody_there
from sync.protocol.messages import DeviceFacts, Hello, Problem, SignedIn, SignInRequest
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
_CODE_NEEDED = "second_factor"


@cache
def system_facts() -> tuple[str, str]:
    """What runs here, and which version of this program; to find out takes a moment."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    try:
        program = version("agent-desktop")
    except PackageNotFoundError:
        program = ""
    return f"{platform.system()} {platform.release()}".strip()[:100], program[:50]


def facts_of(name: str, device_id: Id | None = None, pending: int | None = None) -> DeviceFacts:
    """What this computer says of itself."""
    os, version = system_facts()
    return DeviceFacts(name=name[:200], os=os, version=version, id=device_id, pending=pending)


def sign_in(
    address: ServerAddress, email: str, password: str, facts: DeviceFacts, code: str = ""
) -> tuple[Hello, SignedIn]:
    """What the server is, and the tokens that it gives for a password.

    Raises InputError in words; CodeNeeded when the password is right and a code is asked for.
    """
    request = SignInRequest(
        email=email, password=password, device=facts.name, code=code, renewable=True, about=facts
    )
    with closing(HttpTransport(Http(address))) as transport:
        try:
            hello = transport.hello()
            check_versions(hello)
            answer = transport.sign_in(request)
        except Unreachable as error:
            raise InputError(nobody_there(address, error), str(error)) from error
        except Refused as error:
            raise InputError(error.sentence) from error
    if isinstance(answer, Problem):
        raise (CodeNeeded if answer.code == _CODE_NEEDED else InputError)(answer.sentence)
    return hello, answer


def give_back(address: ServerAddress, token: str) -> bool:
    """Have the server revoke everything that a token belongs to; False when it could not be told."""
    with closing(HttpTransport(Http(address, lambda: token))) as transport:
        try:
            transport.revoke(token)
        except Refused:
            return True  # it is good no longer anyhow
        except Unreachable:
            return _signed_out(transport)
        return True


def _signed_out(transport: HttpTransport) -> bool:
    """The same at a server that is older than revocation."""
    try:
        transport.sign_out()
    except Refused:
        return True
    except Unreachable:
        return False
    return True


class TeamAccount:
    """The account of an open profile; `changed` is called when the server may now talk to it again, or not.

    `keep_device` notes what the server calls this computer, `keep_way` whether one signed in with a password.
    """

    def __init__(
        self,
        identity: ServerIdentity,
        credentials: Credentials,
        changed: Callable[[], None],
        device_id: Callable[[], Id | None] = lambda: None,
        keep_device: Callable[[Id], None] = lambda device_id: None,
        by_password: bool = False,
        keep_way: Callable[[bool], None] = lambda by_password: None,
    ) -> None:
        self._identity = identity
        self._address = ServerAddress.parse(identity.url)
        self._credentials = credentials
        self._changed = changed
        self._device_id = device_id
        self._keep_device = keep_device
        self._by_password = by_password
        self._keep_way = keep_way
        self._lock = threading.Lock()
        self._browser: BrowserSignIn | None = None

    @property
    def identity(self) -> ServerIdentity:
        """Who, where."""
        return self._identity

    @property
    def credentials(self) -> Credentials:
        """By what the server knows this computer."""
        return self._credentials

    @property
    def signed_in(self) -> bool:
        """Whether there is a token here."""
        return self._credentials.signed_in

    @property
    def by_password(self) -> bool:
        """How one signed in last."""
        return self._by_password

    def sign_in(self, password: str, code: str = "") -> str:
        """Sign in again as the same user."""
        mine = self._identity
        _, signed_in = sign_in(self._address, mine.email, password, self._facts(), code)
        return self._take(signed_in, by_password=True)

    def sign_in_with_browser(
        self, open_page: OpenPage, ended: Callable[[str, bool], None], new_password: bool = False
    ) -> None:
        """The same with the browser, on a thread of its own."""
        attempt = BrowserSignIn(
            self._address, self._facts(), self._identity.email, open_page, new_password=new_password
        )
        with self._lock:
            if self._browser is not None:
                self._browser.cancel()
            self._browser = attempt

        def run() -> None:
            try:
                _, signed_in = attempt.run()
                sentence = self._take(signed_in, by_password=False)
            except (InputError, StoreError) as error:
                ended(error.sentence, False)
            else:
                ended(sentence, True)

        threading.Thread(target=run, name="browser sign-in", daemon=True).start()

    def cancel_sign_in(self) -> None:
        """Wait for the browser no longer."""
        with self._lock:
            if self._browser is not None:
                self._browser.cancel()

    def sign_out(self) -> str:
        """Have the server forget this computer, and forget its tokens here in any case."""
        token = self._credentials.give_up()
        told = token is None or give_back(self._address, token)
        self._changed()
        return SIGNED_OUT if told else NOT_TOLD

    def _facts(self) -> DeviceFacts:
        return facts_of(self._identity.device, self._device_id())

    def _take(self, signed_in: SignedIn, *, by_password: bool) -> str:
        sentence = self.take(signed_in)
        if by_password is not self._by_password:
            self._by_password = by_password
            self._keep_way(by_password)
        return sentence

    def take(self, signed_in: SignedIn) -> str:
        """Go on with what a sign-in brought; a sentence, or nothing. Raises InputError for that of somebody else."""
        if signed_in.user_id != self._identity.user_id:
            give_back(self._address, signed_in.refresh_token or signed_in.token)
            raise InputError(SOMEBODY_ELSE.format(email=self._identity.email))
        kept = self._credentials.begin(signed_in)
        if signed_in.device_id:
            self._keep_device(signed_in.device_id)
        self._changed()
        return "" if kept else NO_KEYCHAIN
