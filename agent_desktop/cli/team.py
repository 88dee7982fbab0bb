"""The profile of a team: made by signing in at its server, and opened with the way to it."""

import platform
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from random import Random

from agent_desktop.cli.desk import CLIENT_ID, DEVICE, KIND, TEAM, USER_ID
from agent_desktop.cli.keeping import Keeper
from agent_desktop.cli.obeying import Obeying
from agent_desktop.cli.staging import staged
from agent_desktop.context import Desk, ServerLink
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import IdSource
from agent_desktop.domain.message import Message
from agent_desktop.profile import Profile
from agent_desktop.services.administration import AdministrationServer
from agent_desktop.services.mail_setup import MailSetup
from agent_desktop.services.own_account import OwnAccount
from agent_desktop.services.server_account import ServerIdentity
from agent_desktop.services.sync_status import SyncState, SyncStatus
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.purging import Purger
from agent_desktop.store.replica import Replica
from agent_desktop.store.settings import SettingStore
from agent_desktop.store.uploads import Uploads
from sync.client.account import TeamAccount, facts_of, give_back, sign_in
from sync.client.address import ServerAddress
from sync.client.ahead import PagesAhead
from sync.client.browser import BrowserSignIn, OpenPage
from sync.client.credentials import Credentials
from sync.client.engine import SyncEngine
from sync.client.exchange import Exchange
from sync.client.files import Downloads, FileExchange, Uploader
from sync.client.http import Http
from sync.client.images import HttpImages
from sync.client.keychain import Keychain, find_keychain
from sync.client.orders import OrderFollower, ask_orders
from sync.client.presence import PresenceTeller
from sync.client.stream import EventStream, Position
from sync.client.tokens import DeviceToken
from sync.client.transport import HttpTransport
from sync.protocol.messages import DeviceFacts, ScanAnswer
from sync.protocol.transport import Refused, Unreachable

URL, WORKSPACE, EMAIL = "server.url", "server.workspace", "server.email"
DEVICE_ID = "server.device_id"
BY_PASSWORD = "server.by_password"  # noqa: S105 - what it is called in the settings
"""Whether one signed in last with a password typed here."""
PROOF = "server.proof"
"""A secret by which the server knows who asks again for tokens that were lost on the way."""
TOKEN_NAME = "server.token_name"  # noqa: S105 - what it is called in the keychain
FIRST_ROWS = 5_000
"""So many, with messages among them, make a first window worth opening; the rest follows while it is used."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a person types to connect. Without a password they sign in with the browser."""

    address: str
    email: str = ""
    password: str = ""
    device: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class BrowserWay:
    """How a person signs in with the browser: what opens an address there, and who may end the waiting."""

    open_page: OpenPage
    begun: Callable[[BrowserSignIn], None] = lambda attempt: None


class DeviceTokens:
    """The tokens of this run of the program, so that one that no keychain keeps lasts as long as it."""

    def __init__(self, keychain: Callable[[], Keychain | None] = find_keychain) -> None:
        self._find = keychain
        self._tokens: dict[str, DeviceToken] = {}

    def of(self, name: str) -> DeviceToken:
        """The token that a profile calls so."""
        if name not in self._tokens:
            self._tokens[name] = DeviceToken(name, self._find())
        return self._tokens[name]


def connect(
    profile: Profile,
    login: Login,
    clock: Clock,
    ids: IdSource,
    tokens: DeviceTokens,
    progress: Progress,
    browser: BrowserWay | None = None,
    keeper: Keeper | None = None,
) -> bool:
    """Make a profile of a team; False when the sign-in lasts only as long as this run of the program.

    It is encrypted where `keeper` has a key for it.

    Raises InputError in words when that did not work, StoreError when it cannot be stored; nothing is there then.
    """
    if profile.exists:
        raise InputError("There is a profile in this folder already. Open it, or choose another folder.")
    address = ServerAddress.parse(login.address)
    email = login.email.strip()
    device = login.device.strip() or platform.node() or "Computer"
    progress(f"Signing in at {address.place}")
    if browser is not None:
        attempt = BrowserSignIn(address, facts_of(device), email, browser.open_page)
        browser.begun(attempt)
        hello, signed_in = attempt.run()
    else:
        if not email or not login.password:
            raise InputError("Type your e-mail address and your password.")
        hello, signed_in = sign_in(address, email, login.password, facts_of(device), login.code)
    name, secret = ids.new(), secrets.token_urlsafe(32)
    values = {
        KIND: TEAM,
        USER_ID: signed_in.user_id,
        CLIENT_ID: ids.new(),
        URL: address.url,
        WORKSPACE: signed_in.workspace or hello.workspace,
        EMAIL: signed_in.email or email,
        DEVICE: device,
        DEVICE_ID: signed_in.device_id,
        TOKEN_NAME: name,
        PROOF: secret,
        BY_PASSWORD: browser is None,
    }
    line = Http(address)
    credentials = Credentials(tokens.of(name), HttpTransport(line), secret)
    kept = credentials.begin(signed_in)
    try:
        with staged(profile) as making:
            key = keeper.key_of_new_profile(address.url) if keeper else None
            files = open_client_files(making.work_db, making.replica_db, key)
            try:
                _note(files, values)
                progress("Fetching the first conversations")
                _first_pages(files, credentials, clock, progress)
            finally:
                files.close()
    except BaseException as error:
        if (token := credentials.give_up()) is not None:
            give_back(address, token)
        if isinstance(error, OSError):
            raise StoreError(
                "The profile could not be made in this folder. Check that it belongs to you and has room.",
                str(error),
            ) from error
        raise
    finally:
        line.close()
    return kept


def _note(files: ClientFiles, values: Mapping[str, object]) -> None:
    settings = SettingStore(files.work)
    with files.work.write():
        for name, value in values.items():
            settings.set(name, value)


def _first_pages(files: ClientFiles, credentials: Credentials, clock: Clock, progress: Progress) -> None:
    """Fetch what a first window shows. What is not here when the line breaks comes later, as the rest does."""
    settings = SettingStore(files.work)
    replica = Replica(files.replica, files.replica_schema, files.outbox, settings.get(USER_ID))
    core = Exchange(replica, settings.get(CLIENT_ID), Random(), lambda changes: None, clock.now())  # noqa: S311
    address = ServerAddress.parse(settings.get(URL))
    messages = False
    with closing(HttpTransport(Http(address, credentials.access, another=credentials.another))) as transport:
        while (call := core.next_call(clock.now())) is not None:
            try:
                answer = call.carry(transport)
            except Unreachable:
                return
            except Refused as error:
                raise InputError(error.sentence) from error
            core.answered(call, answer, clock.now())
            core.count()
            status = core.status(clock.now(), SyncStatus(SyncState.CATCHING_UP, clock.now()))
            if status.done:
                progress(
                    f"{status.done:,} of {status.total:,} rows"
                    if status.total > status.done
                    else f"{status.done:,} rows"
                )
            messages = messages or (isinstance(answer, ScanAnswer) and Message.table in answer.tables)
            if messages and status.done >= FIRST_ROWS:
                return


def _forget(credentials: Credentials) -> None:
    credentials.give_up()


def identity_of(settings: SettingStore) -> ServerIdentity:
    """Whose profile this is, at which server. Raises InputError when it does not say."""
    url, email = settings.get(URL), settings.get(EMAIL)
    if not url or not email:
        raise InputError("This profile does not say which server it belongs to. Connect another one.")
    return ServerIdentity(
        url=url,
        workspace=settings.get(WORKSPACE) or "",
        user_id=settings.get(USER_ID),
        email=email,
        device=settings.get(DEVICE) or "",
    )


def team_link(
    desk: Desk,
    files: ClientFiles,
    tokens: DeviceTokens,
    keeper: Keeper,
    fork: Callable[[], str],
    background: bool,
    opened: ExitStack,
) -> ServerLink:
    """The way to a team's server: exchange, stream, files up and down, each over a line of its own."""
    settings = SettingStore(files.work)
    identity = identity_of(settings)
    address = ServerAddress.parse(identity.url)
    spread = Random()  # noqa: S311 - spreads retries, guards nothing

    def line() -> Http:
        http = Http(address, credentials.access, another=credentials.another)
        http.ordered = lambda: follower.look()
        lines.append(http)
        return http

    replica = desk.replica

    def facts() -> DeviceFacts:
        return facts_of(identity.device, None, files.outbox.count(replica.state().ack))

    for_tokens = Http(address)
    lines: list[Http] = [for_tokens]
    secret = settings.get(PROOF) or ""
    if not secret:  # a profile of the last release
        secret = secrets.token_urlsafe(32)
        _note(files, {PROOF: secret})
    credentials = Credentials(tokens.of(settings.get(TOKEN_NAME)), HttpTransport(for_tokens), secret, facts)
    exchange_of_files = FileExchange(
        HttpTransport(line()),
        desk.blobs,
        Uploads(files.work, files.replica),
        desk.clock,
        lambda: replica.state().epoch,
        lambda after, most: files.outbox.naming_files(replica.state().ack, after, most),
    )
    core = Exchange(
        replica,
        settings.get(CLIENT_ID),
        spread,
        desk.changes.announce,
        desk.clock.now(),
        gate=exchange_of_files,
        fork=fork,
    )
    transport = HttpTransport(line())
    ahead = PagesAhead(transport)
    engine = SyncEngine(core, replica, transport, desk.clock, ahead, Purger(files, desk.blobs).run)
    uploader = Uploader(exchange_of_files, engine.poke, spread)

    def position() -> Position | None:
        """Where the stream begins; nowhere while the exchange could not go on from there."""
        state = replica.state()
        of_use = engine.online and engine.status.state is not SyncState.REFUSED
        if not of_use or not state.epoch or state.scan is not None:
            return None
        return Position(settings.get(CLIENT_ID), state.epoch, state.cursor)

    line_of_orders = line()
    obeying = Obeying(
        keeper,
        settings,
        desk.clock,
        line_of_orders,
        lambda: settings.get(DEVICE_ID) or "",
        lambda: files.outbox.count(replica.state().ack),
        lambda: _forget(credentials),
        desk.wiped,
    )
    follower = OrderFollower(lambda: ask_orders(line_of_orders), obeying.obey)
    stream = EventStream(line(), position, engine, desk.presence, spread)
    desk.presence.connected(False)
    teller = PresenceTeller(HttpTransport(line()))

    away = (SyncState.OFFLINE, SyncState.REFUSED)
    was_away = False

    def on_status(status: SyncStatus) -> None:
        nonlocal was_away
        before, was_away = was_away, status.state in away
        if before and not was_away:
            stream.retry()
            uploader.retry()
            follower.look()
        if engine.online and status.state is not SyncState.REFUSED:
            stream.look()
        else:
            stream.hang_up()

    engine.subscribe(on_status)

    def start() -> None:
        if background:
            engine.start()
            stream.start()
            uploader.start()
            teller.start()
            follower.start()
            follower.look()

    def close_lines() -> None:
        for http in lines:
            http.close()

    # Undone in the opposite order: whoever waits for an answer is freed before it is waited for.
    for undo in (
        ahead.close,
        engine.stop,
        stream.stop,
        uploader.stop,
        teller.stop,
        follower.stop,
        close_lines,
    ):
        opened.callback(undo)
    downloads = Downloads(HttpTransport(line()), desk.blobs)
    questions = line()

    def administration() -> AdministrationServer:
        from sync.client.administration import AdministrationClient, HttpLine

        return AdministrationClient(HttpLine(questions))

    def mail_setup() -> MailSetup:
        from sync.client.mail_setup import HttpMailLine, MailSetupClient

        return MailSetupClient(HttpMailLine(questions))

    def own_account() -> OwnAccount:
        from sync.client.own_account import OwnAccountClient

        return OwnAccountClient(questions)

    account = TeamAccount(
        identity,
        credentials,
        engine.retry,
        lambda: settings.get(DEVICE_ID) or None,
        lambda device_id: _note(files, {DEVICE_ID: device_id}),
        bool(settings.get(BY_PASSWORD)),
        lambda by_password: _note(files, {BY_PASSWORD: by_password}),
    )
    opened.callback(account.cancel_sign_in)
    pictures = HttpImages(line())
    return ServerLink(
        engine,
        start,
        downloads,
        account,
        teller,
        administration,
        own_account,
        pictures,
        mail_setup,
        exchange_of_files,
    )
