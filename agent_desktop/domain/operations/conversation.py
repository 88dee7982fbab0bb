"""Operations on a conversation: create, status, assignment, priority, tags, snooze, read marks."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation, Priority, ReadMarker, Status, is_unread
from agent_desktop.domain.conversation_merging import need_conversation, survivor_of_conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.operations.base import Context, OperationKind, need, put_event
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.rows import Rows, user_scope
from agent_desktop.domain.sla import with_due
from agent_desktop.domain.workspace import Channel, Tag, Team, User, Workspace

STATUS_WORDS = {
    Status.OPEN: "Reopened",
    Status.PENDING: "Set to waiting on customer",
    Status.ON_HOLD: "Put on hold",
    Status.SOLVED: "Resolved",
    Status.CLOSED: "Closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversation:
    """Start a conversation with a customer on a channel. `suggested_id` is one that it may belong to instead,
    `follow_up_of` one that it goes on from.
    """

    conversation_id: Id
    customer_id: Id
    channel_id: Id
    subject: str
    assignee_id: Id | None = None
    team_id: Id | None = None
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    suggested_id: Id | None = None
    follow_up_of: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus:
    """Change the status. With `check_seen`, it is refused when the customer has written since `seen_in`, the last
    message of theirs that was seen. `solved_at` is given by an undo, which brings the old time back.
    """

    conversation_id: Id
    status: Status
    check_seen: bool = False
    seen_in: Id | None = None
    solved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignConversation:
    """Give the conversation to a user, or to nobody (None). With `check_seen`, it is refused when it belongs to
    somebody else than `seen_assignee_id` meanwhile: who takes a conversation must not take it from a colleague unseen.
    """

    conversation_id: Id
    assignee_id: Id | None
    check_seen: bool = False
    seen_assignee_id: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTeam:
    """Give the conversation to a team, or to none."""

    conversation_id: Id
    team_id: Id | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    """Change how urgent the conversation is."""

    conversation_id: Id
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTags:
    """Add and remove tags; what others add or remove at the same time stays."""

    conversation_id: Id
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeConversation:
    """Hide the conversation until a time or a message of the customer; None wakes it."""

    conversation_id: Id
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRead:
    """The acting user has read the conversation up to this time: that of the last message that was shown.

    The present would be wrong: a message may arrive in the meantime with an earlier time.
    """

    conversation_id: Id
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkUnread:
    """Show the conversation as unread to the acting user again."""

    conversation_id: Id


def take_number(rows: Rows, context: Context) -> int:
    """The next number of the workspace on the server; 0 elsewhere, until the server's row arrives."""
    if not context.authoritative:
        return 0
    workspace = next(iter(rows.query(Workspace)), None)
    if workspace is None:
        raise Rejected(Reason.GONE, Workspace.table)
    rows.put(replace(workspace, next_number=workspace.next_number + 1))
    return workspace.next_number


def _create(rows: Rows, payload: CreateConversation, context: Context) -> None:
    if rows.get(Conversation, payload.conversation_id) is not None:
        raise Rejected(Reason.EXISTS, "conversation")
    need(rows, Customer, payload.customer_id)
    need(rows, Channel, payload.channel_id)
    if payload.assignee_id is not None:
        need(rows, User, payload.assignee_id)
    if payload.team_id is not None:
        need(rows, Team, payload.team_id)
    tags = tag_names(payload.tags)
    _refuse_hold(tags)
    ensure_tags(rows, tags)
    rows.put(
        Conversation(
            id=payload.conversation_id,
            number=take_number(rows, context),
            subject=payload.subject,
            customer_id=payload.customer_id,
            channel_id=payload.channel_id,
            assignee_id=payload.assignee_id,
            team_id=payload.team_id,
            priority=payload.priority,
            tags=tags,
            created_at=context.at,
            last_message_at=context.at,
            external_id=payload.external_id,
            suggested_id=payload.suggested_id,
            follow_up_of=payload.follow_up_of,
        )
    )


def _set_status(rows: Rows, payload: SetStatus, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if payload.check_seen and conversation.last_in_id != payload.seen_in:
        raise Rejected(Reason.CUSTOMER_WROTE_AGAIN)
    if conversation.status is payload.status:
        return
    solved_at = conversation.solved_at
    if payload.status in (Status.SOLVED, Status.CLOSED):
        solved_at = solved_at or payload.solved_at or context.at
    else:
        solved_at = None
    rows.put(with_due(replace(conversation, status=payload.status, solved_at=solved_at)))
    put_event(rows, conversation.id, STATUS_WORDS[payload.status], context)


def _assign(rows: Rows, payload: AssignConversation, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if conversation.assignee_id == payload.assignee_id:
        return
    if payload.check_seen and conversation.assignee_id not in (None, payload.seen_assignee_id):
        raise Rejected(Reason.TAKEN, "conversation")
    text = "Unassigned"
    if payload.assignee_id is not None:
        user = need(rows, User, payload.assignee_id)
        if not user.active:
            raise Rejected(Reason.INVALID, "assignee is not active")
        text = f"Assigned to {user.name}"
    rows.put(replace(conversation, assignee_id=payload.assignee_id))
    put_event(rows, conversation.id, text, context)


def _set_team(rows: Rows, payload: SetTeam, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if conversation.team_id == payload.team_id:
        return
    text = "Removed from its team"
    if payload.team_id is not None:
        text = f"Moved to {need(rows, Team, payload.team_id).name}"
    rows.put(replace(conversation, team_id=payload.team_id))
    put_event(rows, conversation.id, text, context)


def _set_priority(rows: Rows, payload: SetPriority, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if conversation.priority is payload.priority:
        return
    rows.put(with_due(replace(conversation, priority=payload.priority)))
    put_event(rows, conversation.id, f"Priority set to {payload.priority.value}", context)


def tag_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as tags are written: one space between words, nothing empty, nothing twice."""
    return tuple(dict.fromkeys(name for name in (" ".join(name.split()) for name in names) if name))


def _refuse_hold(tags: tuple[str, ...]) -> None:
    """It is not a word among others: see `HoldConversation`."""
    if LEGAL_HOLD in tags:
        raise Rejected(Reason.FORBIDDEN, LEGAL_HOLD)


def ensure_tags(rows: Rows, names: tuple[str, ...]) -> None:
    """Make the tags that do not exist yet, of names from `tag_names`."""
    for name in names:
        tag_id = derived_id(EPOCH, "tag", name)
        if rows.get(Tag, tag_id) is None:
            rows.put(Tag(id=tag_id, name=name))


def _change_tags(rows: Rows, payload: ChangeTags, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    add, remove = tag_names(payload.add), tag_names(payload.remove)
    _refuse_hold((*add, *remove))
    ensure_tags(rows, add)
    kept = [tag for tag in conversation.tags if tag not in remove]
    tags = tuple(dict.fromkeys([*kept, *add]))
    if tags != conversation.tags:
        rows.put(replace(conversation, tags=tags))


def _inverse_tags(rows: Rows, payload: ChangeTags, context: Context) -> tuple[ChangeTags, ...]:
    conversation = survivor_of_conversation(rows, payload.conversation_id)
    had = set(conversation.tags) if conversation else set()
    add, remove = tag_names(payload.add), tag_names(payload.remove)
    return (
        ChangeTags(
            conversation_id=payload.conversation_id,
            add=tuple(tag for tag in remove if tag in had and tag not in add),
            remove=tuple(tag for tag in add if tag not in had),
        ),
    )


def _snooze(rows: Rows, payload: SnoozeConversation, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if conversation.snoozed_until == payload.until:
        return
    rows.put(replace(conversation, snoozed_until=payload.until))
    put_event(rows, conversation.id, "Snoozed" if payload.until else "Woken", context)


def read_marker_id(user_id: Id, conversation_id: Id) -> Id:
    """The id of the mark how far this user has read this conversation."""
    return derived_id(EPOCH, "read", user_id, conversation_id)


def _put_marker(rows: Rows, conversation_id: Id, read_at: datetime, context: Context) -> None:
    rows.put(
        ReadMarker(
            id=read_marker_id(context.actor_id, conversation_id),
            scope=user_scope(context.actor_id),
            conversation_id=conversation_id,
            user_id=context.actor_id,
            read_at=read_at,
        )
    )


def _mark_read(rows: Rows, payload: MarkRead, context: Context) -> None:
    conversation = survivor_of_conversation(rows, payload.conversation_id)
    if conversation is None:
        return  # nobody needs to hear that what they read is gone
    marker = _marker(rows, conversation.id, context)
    if marker is None or marker.read_at < payload.read_at:
        _put_marker(rows, conversation.id, payload.read_at, context)


def _mark_unread(rows: Rows, payload: MarkUnread, context: Context) -> None:
    conversation = survivor_of_conversation(rows, payload.conversation_id)
    if conversation is not None and conversation.last_in_at is not None:
        before = conversation.last_in_at - timedelta(microseconds=1)
        _put_marker(rows, conversation.id, before, context)


def _marker(rows: Rows, conversation_id: Id, context: Context) -> ReadMarker | None:
    return rows.get(ReadMarker, read_marker_id(context.actor_id, conversation_id))


def _inverse_status(rows: Rows, payload: SetStatus, context: Context) -> tuple[SetStatus, ...] | None:
    before = survivor_of_conversation(rows, payload.conversation_id)
    if before is None:
        return None
    return (SetStatus(conversation_id=before.id, status=before.status, solved_at=before.solved_at),)


def _inverse_assign(
    rows: Rows, payload: AssignConversation, context: Context
) -> tuple[AssignConversation, ...] | None:
    before = survivor_of_conversation(rows, payload.conversation_id)
    if before is None:
        return None
    return (
        AssignConversation(
            conversation_id=before.id,
            assignee_id=before.assignee_id,
            check_seen=True,
            seen_assignee_id=payload.assignee_id,
        ),
    )


def _inverse_team(rows: Rows, payload: SetTeam, context: Context) -> tuple[SetTeam, ...] | None:
    before = survivor_of_conversation(rows, payload.conversation_id)
    return (SetTeam(conversation_id=before.id, team_id=before.team_id),) if before else None


def _inverse_priority(rows: Rows, payload: SetPriority, context: Context) -> tuple[SetPriority, ...] | None:
    before = survivor_of_conversation(rows, payload.conversation_id)
    return (SetPriority(conversation_id=before.id, priority=before.priority),) if before else None


def _inverse_snooze(
    rows: Rows, payload: SnoozeConversation, context: Context
) -> tuple[SnoozeConversation, ...] | None:
    before = survivor_of_conversation(rows, payload.conversation_id)
    return (SnoozeConversation(conversation_id=before.id, until=before.snoozed_until),) if before else None


def _inverse_read(rows: Rows, payload: MarkRead, context: Context) -> tuple[MarkUnread, ...]:
    before = survivor_of_conversation(rows, payload.conversation_id)
    if before is None:
        return ()
    marker = _marker(rows, before.id, context)
    unread = is_unread(before, marker.read_at if marker else None)
    return (MarkUnread(conversation_id=before.id),) if unread else ()


def _inverse_unread(rows: Rows, payload: MarkUnread, context: Context) -> tuple[MarkRead, ...]:
    conversation = survivor_of_conversation(rows, payload.conversation_id)
    marker = _marker(rows, conversation.id, context) if conversation else None
    return (MarkRead(conversation_id=marker.conversation_id, read_at=marker.read_at),) if marker else ()


CREATE_CONVERSATION = OperationKind(
    name="conversation.create",
    permission=Permission.CONVERSATION_REPLY,
    title="New conversation",
    payload=CreateConversation,
    apply=_create,
    about=lambda payload: payload.conversation_id,
    version=2,
    upcasters=(lambda plain: plain,),  # what it may belong to, or goes on from, was not known
)
SET_STATUS = OperationKind(
    name="conversation.set_status",
    permission=Permission.CONVERSATION_EDIT,
    title="Change status",
    payload=SetStatus,
    apply=_set_status,
    inverse=_inverse_status,
    about=lambda payload: payload.conversation_id,
)
ASSIGN_CONVERSATION = OperationKind(
    name="conversation.assign",
    permission=Permission.CONVERSATION_ASSIGN,
    title="Assign",
    payload=AssignConversation,
    apply=_assign,
    inverse=_inverse_assign,
    about=lambda payload: payload.conversation_id,
)
SET_TEAM = OperationKind(
    name="conversation.set_team",
    permission=Permission.CONVERSATION_ASSIGN,
    title="Change team",
    payload=SetTeam,
    apply=_set_team,
    inverse=_inverse_team,
    about=lambda payload: payload.conversation_id,
)
SET_PRIORITY = OperationKind(
    name="conversation.set_priority",
    permission=Permission.CONVERSATION_EDIT,
    title="Change priority",
    payload=SetPriority,
    apply=_set_priority,
    inverse=_inverse_priority,
    about=lambda payload: payload.conversation_id,
)
CHANGE_TAGS = OperationKind(
    name="conversation.change_tags",
    permission=Permission.CONVERSATION_EDIT,
    title="Change tags",
    payload=ChangeTags,
    apply=_change_tags,
    inverse=_inverse_tags,
    about=lambda payload: payload.conversation_id,
)
SNOOZE_CONVERSATION = OperationKind(
    name="conversation.snooze",
    permission=Permission.CONVERSATION_EDIT,
    title="Snooze",
    payload=SnoozeConversation,
    apply=_snooze,
    inverse=_inverse_snooze,
    about=lambda payload: payload.conversation_id,
)
MARK_READ = OperationKind(
    name="conversation.mark_read",
    permission=None,
    title="Mark as read",
    payload=MarkRead,
    apply=_mark_read,
    inverse=_inverse_read,
    about=lambda payload: payload.conversation_id,
)
MARK_UNREAD = OperationKind(
    name="conversation.mark_unread",
    permission=None,
    title="Mark as unread",
    payload=MarkUnread,
    apply=_mark_unread,
    inverse=_inverse_unread,
    about=lambda payload: payload.conversation_id,
)
KINDS = (
    CREATE_CONVERSATION,
    SET_STATUS,
    ASSIGN_CONVERSATION,
    SET_TEAM,
    SET_PRIORITY,
    CHANGE_TAGS,
    SNOOZE_CONVERSATION,
    MARK_READ,
    MARK_UNREAD,
)
