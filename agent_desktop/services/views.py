"""The views beside the list: standard ones, saved ones, and one for each channel, each with its count."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from agent_desktop.domain.audience import may_use
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import ACTIVE, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.sla import BREACHING_SOON
from agent_desktop.domain.view import ME, NOBODY, ConversationFilter, SortOrder, View
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.directory import Directory
from agent_desktop.services.inbox import InboxService
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

if TYPE_CHECKING:
    from agent_desktop.services.view_counts import ViewCounts


class ViewSource(StrEnum):
    """Where a view's conversations come from: a filter, or the ids of something local."""

    FILTER = "filter"
    DRAFTS = "drafts"
    OUTBOX = "outbox"


class ViewGroup(StrEnum):
    """The heading that a view stands under."""

    INBOX = "inbox"
    SAVED = "saved"
    CHANNELS = "channels"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewItem:
    """One view as it is listed. `key` is stable over starts; `view_id` is set for a saved view, `channel_kind`, whose
    icon it has, for a channel.
    """

    key: str
    title: str
    icon: str
    group: ViewGroup
    filter: ConversationFilter
    sort: SortOrder = SortOrder.DUE
    source: ViewSource = ViewSource.FILTER
    view_id: Id | None = None
    channel_kind: ChannelKind | None = None
    count: int = 0
    overdue: int = 0


_BREACHING_MINUTES = int(BREACHING_SOON.total_seconds() // 60)
_WORKED_ON = (Status.OPEN, Status.PENDING, Status.ON_HOLD)


def _standard(
    key: str,
    title: str,
    icon: str,
    wanted: ConversationFilter,
    sort: SortOrder = SortOrder.DUE,
    source: ViewSource = ViewSource.FILTER,
) -> ViewItem:
    return ViewItem(
        key=key, title=title, icon=icon, group=ViewGroup.INBOX, filter=wanted, sort=sort, source=source
    )


STANDARD_VIEWS: tuple[ViewItem, ...] = (
    _standard(
        "mine", "Assigned to me", "user", ConversationFilter(statuses=ACTIVE, assignee=ME, snoozed=False)
    ),
    _standard(
        "unassigned",
        "Unassigned",
        "inbox",
        ConversationFilter(statuses=ACTIVE, assignee=NOBODY, snoozed=False),
    ),
    _standard(
        "mentions", "Mentions", "at", ConversationFilter(statuses=ACTIVE, mentions_me=True), SortOrder.NEWEST
    ),
    _standard(
        "breaching",
        "Breaching soon",
        "clock",
        ConversationFilter(statuses=(Status.OPEN,), snoozed=False, due_within_minutes=_BREACHING_MINUTES),
    ),
    _standard(
        "snoozed", "Snoozed", "snooze", ConversationFilter(statuses=ACTIVE, snoozed=True), SortOrder.OLDEST
    ),
    _standard("drafts", "Drafts", "pencil", ConversationFilter(), SortOrder.NEWEST, ViewSource.DRAFTS),
    _standard("outbox", "Outbox", "outbox", ConversationFilter(), SortOrder.NEWEST, ViewSource.OUTBOX),
    _standard("open", "All open", "folder", ConversationFilter(statuses=ACTIVE, snoozed=False)),
    _standard("all", "All conversations", "archive", ConversationFilter(), SortOrder.NEWEST),
)


class ViewService:
    """All views of one user."""

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        inbox: InboxService,
        counts: "ViewCounts",
        directory: Directory,
        feed: ChangeFeed,
    ) -> None:
        self._database = database
        self._schema = schema
        self._inbox = inbox
        self._counts = counts
        self._directory = directory
        self._changed = 0
        """How many commits changed views."""
        self._read: tuple[int, list[View]] = (-1, [])
        """All saved views, and how many commits had changed views before they were read: good until the next one."""
        feed.subscribe(self._on_changes)

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.bulk or any(change.entity is View for change in changes.changes):
            self._changed += 1

    def saved(self) -> list[View]:
        """Saved views of the workspace, the user's teams and the user."""
        me = self._directory.me
        changed = self._changed
        read_at, views = self._read
        if read_at != changed:
            with self._database.read() as connection:
                views = SqlRows(connection, self._schema.tables).query(View)
            self._read = changed, views
        mine = [view for view in views if may_use(view.audience, view.owner_id, me)]
        return sorted(mine, key=lambda view: (view.position, view.name.casefold()))

    def items(self) -> list[ViewItem]:
        """Every view, without counts."""
        saved = [
            ViewItem(
                key=f"view:{view.id}",
                title=view.name,
                icon="filter",
                group=ViewGroup.SAVED,
                filter=view.filter,
                sort=view.sort,
                view_id=view.id,
            )
            for view in self.saved()
        ]
        channels = [
            ViewItem(
                key=f"channel:{channel.id}",
                title=channel.name,
                icon="",
                channel_kind=channel.kind,
                group=ViewGroup.CHANNELS,
                filter=ConversationFilter(statuses=_WORKED_ON, channel_id=channel.id, snoozed=False),
            )
            for channel in self._directory.channels()
        ]
        return [*STANDARD_VIEWS, *saved, *channels]

    def counted(self) -> list[ViewItem]:
        """Every view with its exact counts. The outbox is left out when nothing waits."""
        items = self.items()
        filters = [item.filter for item in items if item.source is ViewSource.FILTER]
        counts = iter(self._counts.of(filters))
        result = []
        for item in items:
            if item.source is ViewSource.FILTER:
                count = next(counts)
                # In a list of everything, what was due long ago says nothing.
                overdue = count.overdue if item.filter.statuses else 0
                result.append(replace(item, count=count.total, overdue=overdue))
            elif item.source is ViewSource.DRAFTS:
                result.append(replace(item, count=len(self._inbox.draft_ids()) + self._inbox.begun()))
            else:
                waiting = len(self._inbox.waiting_ids())
                if waiting:
                    result.append(replace(item, count=waiting))
        return result
