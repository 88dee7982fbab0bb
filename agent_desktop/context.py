"""Everything of one open profile, handed to whoever needs a part of it."""

from collections.abc import Callable
from dataclasses import dataclass

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id, IdSource
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
from agent_desktop.services.sync_status import SyncControl
from agent_desktop.services.views import ViewService
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.replica import Replica


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An open profile. `close` ends its threads and closes its files."""

    profile: Profile
    clock: Clock
    ids: IdSource
    user_id: Id
    changes: ChangeFeed
    apply: Apply
    replica: Replica
    blobs: BlobStore
    directory: Directory
    inbox: InboxService
    views: ViewService
    conversations: ConversationService
    composer: ComposerService
    drafts: DraftService
    customers: CustomerService
    knowledge: KnowledgeService
    macros: MacroService
    search: SearchService
    outbox: OutboxService
    settings: SettingsService
    sync: SyncControl
    close: Callable[[], None]
