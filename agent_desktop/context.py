"""Everything of one open profile, handed to whoever needs a part of it.

Parts are made when they are first asked for: the first window shows its list before most of them are even loaded.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.parts import Part
from agent_desktop.profile import Profile
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.directory import Directory
from agent_desktop.services.inbox import InboxService
from agent_desktop.services.settings import SettingsService
from agent_desktop.store.client import ClientFiles
from agent_desktop.store.drafts import Drafts
from agent_desktop.store.inbox import InboxQueries
from agent_desktop.store.settings import SettingStore

if TYPE_CHECKING:
    from agent_desktop.domain.presence import Activity
    from agent_desktop.services.administration import AdministrationServer
    from agent_desktop.services.app_lock import AppLock
    from agent_desktop.services.apply import Apply
    from agent_desktop.services.composer import ComposerService
    from agent_desktop.services.conversation import ConversationService
    from agent_desktop.services.customers import CustomerService
    from agent_desktop.services.draft_sharing import DraftSharing
    from agent_desktop.services.drafts import DraftService
    from agent_desktop.services.files import FileService, RemoteFiles
    from agent_desktop.services.forwarding import ForwardingService
    from agent_desktop.services.knowledge import KnowledgeService
    from agent_desktop.services.macros import MacroService
    from agent_desktop.services.mail_setup import MailSetup
    from agent_desktop.services.new_messages import NewMessageService
    from agent_desktop.services.outbox import OutboxService
    from agent_desktop.services.own_account import OwnAccount
    from agent_desktop.services.presence import PresenceService, Teller
    from agent_desktop.services.profile_keys import ProfileKeys
    from agent_desktop.services.recovery_hint import RecoveryHint
    from agent_desktop.services.remote_pictures import PictureSource, RemotePictures
    from agent_desktop.services.search import SearchService
    from agent_desktop.services.server_account import ServerAccount
    from agent_desktop.services.sync_status import SyncControl
    from agent_desktop.services.unsendable import OfferedFiles, UnsendableOperations
    from agent_desktop.services.views import ViewService
    from agent_desktop.store.blobs import BlobStore
    from agent_desktop.store.conversation import ConversationQueries
    from agent_desktop.store.replica import Replica
    from agent_desktop.store.search import SearchQueries


class ServerLink(NamedTuple):
    """The way to the server. `start` begins to use it in the background, where the desk was opened for that.

    `files` is where files come from that are not here, `account` who one is there, `tell` whom to tell what one does:
    None where the server is embedded. `administration` makes the way by which administrators ask the server itself,
    `own_account` the one by which people change what is theirs there. `pictures` fetches pictures of mails,
    `mail_setup` makes the way by which administrators set mail accounts up. `offered` is what the server said of files.
    """

    sync: "SyncControl"
    start: Callable[[], None]
    files: "RemoteFiles | None" = None
    account: "ServerAccount | None" = None
    tell: "Teller | None" = None
    administration: "Callable[[], AdministrationServer] | None" = None
    own_account: "Callable[[], OwnAccount] | None" = None
    pictures: "PictureSource | None" = None
    mail_setup: "Callable[[], MailSetup] | None" = None
    offered: "OfferedFiles | None" = None


class Desk:
    """An open profile. `close` ends its threads and closes its files.

    `connect` makes the way to the server; it may take a while and raise StoreError. `start` does that and sets the
    exchange going. `device` names this computer differently from the user's others; empty where there are none.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        files: ClientFiles,
        clock: Clock,
        ids: IdSource,
        user_id: Id,
        connect: "Callable[[Desk], ServerLink]",
        close: Callable[[], None],
        device: str = "",
    ) -> None:
        self.making = threading.RLock()
        self.profile = profile
        self.clock = clock
        self.ids = ids
        self.user_id = user_id
        self.close = close
        self.changes = ChangeFeed()
        self.settings = SettingsService(SettingStore(files.work))
        self.notice = files.notice
        """What the user should be told of the files of the profile; empty when all is well."""
        self._files = files
        self._database, self._schema = files.replica, files.replica_schema
        self._drafts = Drafts(files.work)
        self._inbox = InboxQueries(self._database, self._schema)
        self._connect = connect
        self.keys: ProfileKeys | None = None
        """The key of this profile, where a window was opened with it."""
        self.is_open_to_all = False
        """Whether customers are in it, and whoever gets at this computer's disk can read it."""
        self._on_wiped: Callable[[], None] = lambda: None
        self._device = device
        self.directory = Directory(self._database, self._schema, self.changes, user_id)
        self.inbox = InboxService(self._inbox, self._drafts, clock, user_id)

    def on_wiped(self, then: Callable[[], None]) -> None:
        """Have this called, on any thread, once the server had the profile's key destroyed: it cannot go on."""
        self._on_wiped = then

    def wiped(self) -> None:
        """The key is destroyed."""
        self._on_wiped()

    def start(self) -> None:
        """Begin to exchange with the server in the background. Takes a while: not for the GUI thread.

        Raises StoreError when the embedded server's file cannot be used.
        """
        self._link.start()
        from agent_desktop.services.outside_files import remove_copies

        remove_copies(self.profile.folder)

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody can read the files of this profile without its key."""
        return self._files.work.key is not None

    def seal_files(self, goes_on: Callable[[], bool]) -> None:
        """Seal files that were stored before there was a key. Takes a while: not for the GUI thread."""
        if self.is_encrypted:
            for _ in self.blobs.seal_plain_files():
                if not goes_on():
                    return

    @property
    def is_connected(self) -> bool:
        """Whether the way to the server is there: until then `sync` takes a while."""
        return Desk._link.is_made(self)

    @property
    def sync(self) -> "SyncControl":
        """The exchange with the server."""
        return self._link.sync

    @property
    def account(self) -> "ServerAccount | None":
        """The account at the team's server; None where the server is embedded."""
        return self._link.account

    @Part
    def _link(self) -> ServerLink:
        return self._connect(self)

    @Part
    def administration(self) -> "AdministrationServer":
        """What only the server knows, for administrators. The first use may take a while: not for the GUI thread."""
        make = self._link.administration
        if make is None:
            raise InputError("This profile has no server that could be asked.")
        return make()

    @Part
    def mail_setup(self) -> "MailSetup":
        """The mail accounts of channels, which only the server knows. As `administration`."""
        make = self._link.mail_setup
        if make is None:
            raise InputError("This profile has no server that could be asked.")
        return make()

    @Part
    def own_account(self) -> "OwnAccount":
        """One's own password and devices, which only a team's server knows. As `administration`."""
        make = self._link.own_account
        if make is None:
            raise InputError("A workspace on this computer alone has no passwords and no other devices.")
        return make()

    @Part
    def app_lock(self) -> "AppLock":
        """What unlocks the windows."""
        from agent_desktop.services.app_lock import AppLock

        return AppLock(self.settings, self.account)

    @Part
    def recovery_hint(self) -> "RecoveryHint":
        """Whether to remind of the recovery key."""
        from agent_desktop.services.recovery_hint import RecoveryHint

        return RecoveryHint(self.settings, self.keys)

    @Part
    def replica(self) -> "Replica":
        """The copy of the workspace, with the outbox."""
        from agent_desktop.store.replica import Replica

        return Replica(self._database, self._schema, self._files.outbox, self.user_id)

    @Part
    def blobs(self) -> "BlobStore":
        """Files by their content."""
        from agent_desktop.store.blobs import BlobStore

        return BlobStore(self.profile.blobs, self._files.work.key)

    @Part
    def files(self) -> "FileService":
        """Files of messages, wherever they are."""
        from agent_desktop.services.files import FileService

        return FileService(self.blobs, lambda: self._link.files)

    @Part
    def remote_pictures(self) -> "RemotePictures":
        """Pictures on the internet that mails name."""
        from agent_desktop.services.remote_pictures import RemotePictures
        from agent_desktop.store.remote_pictures import RemotePictureNotes

        notes = RemotePictureNotes(self._database)
        return RemotePictures(notes, self.blobs, self.settings, lambda: self._link.pictures)

    @Part
    def apply(self) -> "Apply":
        """The one way to change anything."""
        from agent_desktop.services.apply import Apply

        return Apply(self.replica, self.changes, self.clock, self.ids, lambda: self.sync.poke())

    @Part
    def views(self) -> "ViewService":
        """The views with their counts."""
        from agent_desktop.services.view_counts import ViewCounts
        from agent_desktop.services.views import ViewService

        counts = ViewCounts(self.inbox, self.changes, self.clock)
        return ViewService(self._database, self._schema, self.inbox, counts, self.directory, self.changes)

    @Part
    def conversations(self) -> "ConversationService":
        """What a conversation consists of."""
        from agent_desktop.services.conversation import ConversationService

        return ConversationService(
            self._database,
            self._schema,
            self._conversation_queries,
            self.directory,
            self.user_id,
            self.files.is_here if self._device else lambda sha256: True,
        )

    @Part
    def drafts(self) -> "DraftService":
        """What is being written."""
        from agent_desktop.services.drafts import DraftService

        return DraftService(self._drafts)

    @Part
    def draft_sharing(self) -> "DraftSharing | None":
        """What is being written on the user's other devices; None where there are none."""
        if not self._device:
            return None
        from agent_desktop.services.draft_sharing import DraftSharing

        return DraftSharing(
            self._database,
            self._schema,
            self.drafts,
            self._files.outbox,
            self.apply,
            self.clock,
            self.user_id,
            self._device,
        )

    @Part
    def presence(self) -> "PresenceService":
        """Who else is in a conversation."""
        from agent_desktop.services.presence import PresenceService

        return PresenceService(self.clock, self.user_id, self._tell)

    def _tell(self, conversation_id: Id, activity: "Activity") -> None:
        tell = self._link.tell
        if tell is not None:
            tell(conversation_id, activity)

    @Part
    def composer(self) -> "ComposerService":
        """Writing and sending."""
        from agent_desktop.services.composer import ComposerService

        return ComposerService(
            self._database,
            self._schema,
            self.directory,
            self.drafts,
            self.blobs,
            self.settings,
            self.apply,
            self.clock,
            self.ids,
        )

    @Part
    def forwarding(self) -> "ForwardingService":
        """Passing messages on to others."""
        from agent_desktop.services.forwarding import ForwardingService

        return ForwardingService(self._database, self._schema, self.drafts, self.clock, self.ids)

    @Part
    def new_messages(self) -> "NewMessageService":
        """Writing first, by mail."""
        from agent_desktop.services.new_messages import NewMessageService

        return NewMessageService(
            self._database,
            self._schema,
            self.directory,
            self.customers,
            self.composer,
            self.drafts,
            lambda: self.draft_sharing,
            self.apply,
            self.clock,
            self.ids,
        )

    @Part
    def customers(self) -> "CustomerService":
        """Who customers are."""
        from agent_desktop.services.customers import CustomerService
        from agent_desktop.store.customers import CustomerQueries

        queries = CustomerQueries(self._database, self._schema)
        return CustomerService(self._database, self._schema, queries, self.directory)

    @Part
    def knowledge(self) -> "KnowledgeService":
        """Articles and canned responses."""
        from agent_desktop.services.knowledge import KnowledgeService

        return KnowledgeService(self._database, self._schema, self._search_queries, self.directory)

    @Part
    def macros(self) -> "MacroService":
        """Several steps done as one."""
        from agent_desktop.services.macros import MacroService

        return MacroService(
            self._database,
            self._schema,
            self.directory,
            self.drafts,
            self.composer,
            self.apply,
            self.clock,
            self.ids,
        )

    @Part
    def search(self) -> "SearchService":
        """Finding anything."""
        from agent_desktop.services.search import SearchService

        return SearchService(
            self._search_queries,
            self._inbox,
            self.customers,
            self.knowledge,
            self.macros,
            self.directory,
            self.clock,
        )

    @Part
    def outbox(self) -> "OutboxService":
        """What waits or failed."""
        from agent_desktop.services.outbox import OutboxService

        return OutboxService(
            self._database,
            self._schema,
            self._conversation_queries,
            self.apply,
            self._unsendable_operations,
            self.user_id,
        )

    @Part
    def _unsendable_operations(self) -> "UnsendableOperations":
        from agent_desktop.services.unsendable import UnsendableOperations
        from agent_desktop.store.uploads import Uploads

        return UnsendableOperations(
            self.replica,
            self.blobs,
            Uploads(self._files.work, self._files.replica),
            self.changes.announce,
            lambda: self.sync.poke(),
            lambda: self.is_connected and self._link.files is not None,
            lambda: self._link.offered if self.is_connected else None,
        )

    @Part
    def _conversation_queries(self) -> "ConversationQueries":
        from agent_desktop.store.conversation import ConversationQueries

        return ConversationQueries(self._database, self._schema)

    @Part
    def _search_queries(self) -> "SearchQueries":
        from agent_desktop.store.search import SearchQueries

        return SearchQueries(self._database, self._schema)
