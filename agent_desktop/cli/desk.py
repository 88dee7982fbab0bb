"""Opens a profile: files, embedded backend, sync engine and services, wired together in one place."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from agent_desktop.cli.keeping import Keeper
from agent_desktop.context import Desk, ServerLink
from agent_desktop.domain.clock import Clock, SystemClock
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import Id, IdSource, TimeOrderedIds
from agent_desktop.profile import Profile
from agent_desktop.services.lease import Lease
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.lock import ProfileLock
from agent_desktop.store.settings import SettingStore

if TYPE_CHECKING:
    from agent_desktop.cli.team import DeviceTokens
    from agent_desktop.domain.workspace import Channel
    from agent_desktop.services.administration import AdministrationServer
    from agent_desktop.services.mail_setup import MailSetup
    from agent_desktop.store.data_key import DataKey
    from agent_desktop.store.database import Database
    from sync.server.background import NextArrivals
    from sync.server.keys import ServerKey
    from sync.server.ports import ChannelPort

USER_ID, CLIENT_ID, KIND = "profile.user_id", "profile.client_id", "profile.kind"
DEVICE = "server.device"
LOCAL, DEMO, TEAM = "local", "demo", "team"

PortOf = Callable[["Channel"], "ChannelPort | None"]


class Person(NamedTuple):
    """Who sets up a workspace on this computer."""

    name: str
    company: str
    email: str = ""


def make_profile(
    profile: Profile, kind: str, user_id: Id, ids: IdSource, key: "DataKey | None" = None
) -> None:
    """Note in a new profile who uses it."""
    profile.folder.mkdir(parents=True, exist_ok=True)
    files = open_client_files(profile.work_db, profile.replica_db, key)
    settings = SettingStore(files.work)
    try:
        with files.work.write():
            settings.set(KIND, kind)
            settings.set(USER_ID, user_id)
            settings.set(CLIENT_ID, ids.new())
    finally:
        files.close()


def set_up(
    profile: Profile, person: Person, clock: Clock, ids: IdSource, keeper: Keeper | None = None
) -> None:
    """Make a workspace for one person on this computer, encrypted where `keeper` has a key for it.

    Raises InputError when there is a profile already, which is left as it is, StoreError when it cannot be stored.
    """
    if profile.exists:
        raise InputError("There is a profile in this folder already. Open it, or choose another folder.")
    from agent_desktop.cli.staging import staged

    try:
        with staged(profile) as making:
            _make_workspace(making, person, clock, ids, keeper.key_of_new_profile() if keeper else None)
    except OSError as error:
        raise StoreError(
            "The profile could not be made in this folder. Check that it belongs to you and has room.",
            str(error),
        ) from error


def _make_workspace(
    profile: Profile, person: Person, clock: Clock, ids: IdSource, key: "DataKey | None"
) -> None:
    # Only a first run makes a workspace.
    from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel, SaveTeam, SaveUser
    from agent_desktop.domain.workspace import ChannelKind, Role
    from sync.server.embedded import EmbeddedServer

    user_id = ids.new()
    server = EmbeddedServer(profile.server_db, clock, ids, key=key)
    try:
        server.backend.store.commit(
            [
                CreateWorkspace(workspace_id=ids.new(), name=person.company.strip() or "My workspace"),
                SaveTeam(team_id=ids.new(), name="Support"),
                SaveUser(
                    user_id=user_id,
                    name=person.name,
                    email=person.email,
                    role=Role.ADMIN,
                    signature=person.name,
                ),
                SaveChannel(channel_id=ids.new(), kind=ChannelKind.EMAIL, name="Email", address=person.email),
                SaveChannel(channel_id=ids.new(), kind=ChannelKind.CHAT, name="Live chat"),
                SaveChannel(channel_id=ids.new(), kind=ChannelKind.PHONE, name="Phone"),
            ]
        )
    finally:
        server.stop()
    make_profile(profile, LOCAL, user_id, ids, key)
    first_sync(profile, clock, ids, key)


def first_sync(profile: Profile, clock: Clock, ids: IdSource, key: "DataKey | None" = None) -> None:
    """Fetch the workspace, so that the first window has something to show."""
    desk = open_desk(profile, clock, ids, background=False, keeper=Keeper.holding(profile, key))
    try:
        desk.sync.exchange()
    finally:
        desk.close()


def open_desk(
    profile: Profile,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    *,
    port_of: PortOf | None = None,
    arrivals: "NextArrivals | None" = None,
    tokens: "Callable[[], DeviceTokens] | None" = None,
    background: bool = True,
    device: str = "",
    keeper: Keeper | None = None,
) -> Desk:
    """Open a profile with the way to its server, which is loaded when `Desk.start` or `Desk.sync` is first used.

    `port_of` and `arrivals` are for the embedded server, `tokens` for that of a team. With `background` False nothing
    ever runs by itself: tests and commands call the engine's `exchange`. `device` names this computer where the user of
    an embedded server has others. `keeper` has the key of the files, or gets it once nobody else has them open; by
    default from where the profile keeps it, as far as nobody needs to be asked. Raises StoreError when the files cannot
    be used or another program has the profile open, KeyProblem where there is no key, InputError when the profile was
    never set up.
    """
    if not profile.exists:
        raise InputError("There is no profile here yet. Start Agent Desktop once to set it up.")
    opened = ExitStack()
    try:
        return _open(
            profile,
            clock or SystemClock(),
            ids,
            port_of,
            arrivals,
            tokens,
            background,
            device,
            keeper,
            opened,
        )
    except BaseException:
        opened.close()
        raise


def _open(
    profile: Profile,
    clock: Clock,
    ids: IdSource | None,
    port_of: PortOf | None,
    arrivals: "NextArrivals | None",
    tokens: "Callable[[], DeviceTokens] | None",
    background: bool,
    device: str,
    keeper: Keeper | None,
    opened: ExitStack,
) -> Desk:
    ids = ids or TimeOrderedIds(clock)
    lock = ProfileLock(profile.lock)
    lock.take()
    opened.callback(lock.release)
    # Who opens a window brings a keeper along, which asks where this one cannot.
    keys = keeper or Keeper(profile)
    files = open_client_files(profile.work_db, profile.replica_db, keys.key())
    opened.callback(files.close)
    store = SettingStore(files.work)
    lease = Lease(store)
    if keys.contact is not None:
        lease.renew(keys.contact.lease_days, keys.contact.now, clock.now())
    lease.check(clock.now())
    user_id = store.get(USER_ID)
    if user_id is None:
        raise InputError("This profile is incomplete: nobody uses it yet. Choose another folder.")
    in_team = store.get(KIND) == TEAM
    _recover(files, user_id)

    def fork() -> str:
        """Another computer goes on with a copy of this profile, or its id went with a damaged file."""
        with files.work.write():
            store.set(CLIENT_ID, new := ids.new())
            files.outbox.renumber()
        return new

    client_id = store.get(CLIENT_ID) or fork()

    def connect_to_team(desk: Desk) -> ServerLink:
        from agent_desktop.cli.team import DeviceTokens, team_link

        return team_link(desk, files, (tokens or DeviceTokens)(), keys, fork, background, opened)

    def connect(desk: Desk) -> ServerLink:
        from random import Random

        from agent_desktop.store.purging import Purger

        # SQLAlchemy, which the server stands on, takes longer to load than the first list takes to show.
        from sync.client.engine import SyncEngine
        from sync.client.exchange import Exchange
        from sync.client.local import LocalTransport
        from sync.server.embedded import EmbeddedServer
        from sync.server.embedded_images import EmbeddedImages
        from sync.server.embedded_mail import EmbeddedMail

        mail = EmbeddedMail(lambda: _server_key(profile, files.work), clock)
        server = EmbeddedServer(
            profile.server_db,
            clock,
            ids,
            port_of or (_simulated() if store.get(KIND) == DEMO else mail.port_of),
            arrivals,
            files.work.key,
            desk.blobs,
            mail.named_reply,
            mail.trusted_host,
        )
        mail.serve(server)
        opened.callback(server.stop)
        opened.callback(mail.stop)
        transport = LocalTransport(server.backend, user_id)
        spread = Random()  # noqa: S311 - spreads retries, guards nothing
        core = Exchange(desk.replica, client_id, spread, desk.changes.announce, clock.now(), fork=fork)
        engine = SyncEngine(
            core, desk.replica, transport, clock, chores=Purger(files, pictures=desk.blobs).run
        )
        opened.callback(engine.stop)
        server.backend.store.subscribe(lambda version: engine.poke())

        def start() -> None:
            if background:
                server.start()
                mail.start()
                engine.start()

        def administration() -> "AdministrationServer":
            from sync.client.administration import AdministrationClient
            from sync.client.local_administration import LocalLine
            from sync.server.answering import Asker

            return AdministrationClient(LocalLine(server.backend.administration, Asker(user_id)))

        def mail_setup() -> "MailSetup":
            from sync.client.mail_setup import LocalMailLine, MailSetupClient
            from sync.server.answering import Asker

            return MailSetupClient(LocalMailLine(mail.office().administration, Asker(user_id)))

        pictures = EmbeddedImages(server.database, desk.blobs.read, user_id)
        return ServerLink(
            engine, start, administration=administration, pictures=pictures, mail_setup=mail_setup
        )

    return Desk(
        profile=profile,
        files=files,
        clock=clock,
        ids=ids,
        user_id=user_id,
        connect=connect_to_team if in_team else connect,
        close=opened.close,
        device=f"{store.get(DEVICE)} {client_id[-4:]}" if in_team else device,
    )


def _recover(files: ClientFiles, user_id: Id) -> None:
    """Make visible what a crash kept from the replica."""
    if files.crashed:
        # The rules of all operations are loaded only where one is to be carried out.
        from agent_desktop.store.replica import Replica

        Replica(files.replica, files.replica_schema, files.outbox, user_id).recover()


def _server_key(profile: Profile, work: "Database") -> "ServerKey":
    """What the embedded server seals passwords of mailboxes and signs with.

    It follows from the profile's first key, and stays when that gets another. A profile that was without one has a file
    for it, and keeps that when it gets one: what was sealed and signed stays good, in files that are encrypted.
    """
    from agent_desktop.cli.renewing import SERVER_KEY
    from sync.server.keys import ServerKey

    file, kept = profile.server_db.with_name("server.key"), SettingStore(work).get(SERVER_KEY)
    if work.key is None or file.exists():
        return ServerKey.of_file(file)
    return ServerKey(bytes.fromhex(kept) if kept else work.key.derive("server"))


def _simulated() -> PortOf:
    from sync.channels.simulated import SimulatedChannel

    channel = SimulatedChannel()
    return lambda configured: channel
