"""Opens a profile: files, embedded backend, sync engine and services, wired together in one place."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from agent_desktop.cli.staging import staged
from agent_desktop.context import Desk
from agent_desktop.domain.clock import Clock, SystemClock
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import Id, IdSource, TimeOrderedIds
from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel, SaveTeam, SaveUser
from agent_desktop.domain.workspace import Channel, ChannelKind, Role
from agent_desktop.profile import Profile
from agent_desktop.services.apply import Apply
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.composer import ComposerService
from agent_desktop.services.conversation import ConversationService
from agent_desktop.services.customers import CustomerService
from agent_desktop.services.directory import Directory
from agent_desktop.services.drafts import DraftService
from agent_desktop.services.inbox import InboxService
from agent_desktop.services.knowledge import KnowledgeService
from agent_desktop.services.macros import MacroService
from agent_desktop.services.outbox import OutboxService
from agent_desktop.services.search import SearchService
from agent_desktop.services.settings import SettingsService
from agent_desktop.services.view_counts import ViewCounts
from agent_desktop.services.views import ViewService
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.conversation import ConversationQueries
from agent_desktop.store.customers import CustomerQueries
from agent_desktop.store.drafts import Drafts
from agent_desktop.store.inbox import InboxQueries
from agent_desktop.store.lock import ProfileLock
from agent_desktop.store.replica import Replica
from agent_desktop.store.search import SearchQueries
from agent_desktop.store.settings import SettingStore
from sync.channels.simulated import SimulatedChannel
from sync.client.engine import SyncEngine
from sync.client.local import LocalTransport
from sync.protocol.transport import Transport
from sync.server.embedded import EmbeddedServer, NextArrivals, not_connected
from sync.server.ports import ChannelPort

USER_ID, CLIENT_ID, KIND = "profile.user_id", "profile.client_id", "profile.kind"
LOCAL, DEMO = "local", "demo"

PortOf = Callable[[Channel], ChannelPort | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who sets up a workspace on this computer."""

    name: str
    company: str
    email: str = ""


def make_profile(profile: Profile, kind: str, user_id: Id, ids: IdSource) -> None:
    """Note in a new profile who uses it."""
    profile.folder.mkdir(parents=True, exist_ok=True)
    files = open_client_files(profile.work_db, profile.replica_db)
    settings = SettingStore(files.work)
    try:
        with files.work.write():
            settings.set(KIND, kind)
            settings.set(USER_ID, user_id)
            settings.set(CLIENT_ID, ids.new())
    finally:
        files.close()


def set_up(profile: Profile, person: Person, clock: Clock, ids: IdSource) -> None:
    """Make a workspace for one person on this computer.

    Raises InputError when there is a profile already, which is left as it is, StoreError when it cannot be stored.
    """
    if profile.exists:
        raise InputError("There is a profile in this folder already. Open it, or choose another folder.")
    try:
        with staged(profile) as making:
            _make_workspace(making, person, clock, ids)
    except OSError as error:
        raise StoreError(
            "The profile could not be made in this folder. Check that it belongs to you and has room.",
            str(error),
        ) from error


def _make_workspace(profile: Profile, person: Person, clock: Clock, ids: IdSource) -> None:
    user_id = ids.new()
    server = EmbeddedServer(profile.server_db, clock, ids)
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
    make_profile(profile, LOCAL, user_id, ids)
    first_sync(profile, clock, ids)


def first_sync(profile: Profile, clock: Clock, ids: IdSource) -> None:
    """Fetch the workspace, so that the first window has something to show."""
    desk = open_desk(profile, clock, ids, background=False)
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
    arrivals: NextArrivals | None = None,
    background: bool = True,
) -> Desk:
    """Open a profile with the embedded backend.

    With `background` False nothing runs by itself: tests and commands call the engine's `exchange`.
    Raises StoreError when the files cannot be used or another program has the profile open, InputError when the
    profile was never set up.
    """
    if not profile.exists:
        raise InputError("There is no profile here yet. Start Agent Desktop once to set it up.")
    opened = ExitStack()
    try:
        desk, server = _open(profile, clock or SystemClock(), ids, port_of, arrivals, opened)
    except BaseException:
        opened.close()
        raise
    server.backend.store.subscribe(lambda version: desk.sync.poke())
    if background:
        server.start()
        if isinstance(desk.sync, SyncEngine):
            desk.sync.start()
    return desk


def _open(
    profile: Profile,
    clock: Clock,
    ids: IdSource | None,
    port_of: PortOf | None,
    arrivals: NextArrivals | None,
    opened: ExitStack,
) -> tuple[Desk, EmbeddedServer]:
    ids = ids or TimeOrderedIds(clock)
    lock = ProfileLock(profile.lock)
    lock.take()
    opened.callback(lock.release)
    files = open_client_files(profile.work_db, profile.replica_db)
    opened.callback(files.close)
    store = SettingStore(files.work)
    user_id, client_id = store.get(USER_ID), store.get(CLIENT_ID)
    if user_id is None or client_id is None:
        raise InputError("This profile is incomplete: nobody uses it yet. Choose another folder.")
    if port_of is None:
        port_of = _simulated(SimulatedChannel()) if store.get(KIND) == DEMO else not_connected
    server = EmbeddedServer(profile.server_db, clock, ids, port_of, arrivals)
    opened.callback(server.stop)
    transport = LocalTransport(server.backend, user_id)
    return _wire(profile, files, user_id, client_id, clock, ids, transport, opened), server


def _simulated(channel: SimulatedChannel) -> PortOf:
    return lambda configured: channel


def _wire(
    profile: Profile,
    files: ClientFiles,
    user_id: Id,
    client_id: str,
    clock: Clock,
    ids: IdSource,
    transport: Transport,
    opened: ExitStack,
) -> Desk:
    schema, database = files.replica_schema, files.replica
    feed = ChangeFeed()

    replica = Replica(database, schema, files.outbox, user_id)
    engine = SyncEngine(replica, transport, client_id, clock, feed.announce)
    opened.callback(engine.stop)

    replica.recover()
    directory = Directory(database, schema, feed, user_id)
    settings = SettingsService(SettingStore(files.work))
    drafts_table = Drafts(files.work)
    drafts = DraftService(drafts_table)
    blobs = BlobStore(profile.blobs)
    apply = Apply(replica, feed, clock, ids, engine.poke)
    inbox_queries = InboxQueries(database, schema)
    conversation_queries = ConversationQueries(database, schema)
    search_queries = SearchQueries(database, schema)
    inbox = InboxService(inbox_queries, drafts_table, clock, user_id)
    composer = ComposerService(database, schema, directory, drafts, blobs, settings, apply, clock, ids)
    customers = CustomerService(database, schema, CustomerQueries(database, schema), directory)
    knowledge = KnowledgeService(database, schema, search_queries, directory)
    macros = MacroService(database, schema, directory, drafts, composer, apply, clock, ids)

    return Desk(
        profile=profile,
        clock=clock,
        ids=ids,
        user_id=user_id,
        changes=feed,
        apply=apply,
        replica=replica,
        blobs=blobs,
        directory=directory,
        inbox=inbox,
        views=ViewService(database, schema, inbox, ViewCounts(inbox, feed, clock), directory, feed),
        conversations=ConversationService(database, schema, conversation_queries, directory, user_id),
        composer=composer,
        drafts=drafts,
        customers=customers,
        knowledge=knowledge,
        macros=macros,
        search=SearchService(search_queries, inbox_queries, customers, knowledge, macros, directory, clock),
        outbox=OutboxService(database, schema, conversation_queries),
        settings=settings,
        sync=engine,
        close=opened.close,
    )
