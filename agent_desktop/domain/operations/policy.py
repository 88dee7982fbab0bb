"""Operations that decide for the whole workspace: its name, how long what is kept, and what is held for the law."""

from dataclasses import dataclass, replace

from agent_desktop.domain.conversation_merging import need_conversation, survivor_of_conversation
from agent_desktop.domain.delivery import MAXIMUM_UNDO_SECONDS
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Context, OperationKind, need, put_event
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD, LONGEST_LEASE, POLICY_ID, days_problem, policy_of
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveWorkspace:
    """Name the workspace, and say for how many days a computer may work without the server, and how long replies wait
    for their author to think again. None leaves it.
    """

    workspace_id: Id
    name: str | None = None
    lease_days: int | None = None
    undo_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRetention:
    """For how many days what is kept; 0: for ever."""

    conversations_days: int
    files_days: int
    raw_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldConversation:
    """Keep a conversation whatever the policy says, or no longer."""

    conversation_id: Id
    held: bool


def _save_workspace(rows: Rows, payload: SaveWorkspace, context: Context) -> None:
    workspace = need(rows, Workspace, payload.workspace_id)
    if payload.name is not None:
        name = " ".join(payload.name.split())
        if not name:
            raise Rejected(Reason.INVALID, "empty name")
        rows.put(replace(workspace, name=name))
    if payload.lease_days is not None:
        if not 0 <= payload.lease_days <= LONGEST_LEASE:
            raise Rejected(Reason.INVALID, "days")
        rows.put(replace(policy_of(rows), lease_days=payload.lease_days))
    if payload.undo_seconds is not None:
        if not 0 <= payload.undo_seconds <= MAXIMUM_UNDO_SECONDS:
            raise Rejected(Reason.INVALID, "seconds")
        rows.put(replace(policy_of(rows), undo_seconds=payload.undo_seconds))


def _inverse_workspace(rows: Rows, payload: SaveWorkspace, context: Context) -> tuple[SaveWorkspace, ...]:
    workspace = rows.get(Workspace, payload.workspace_id)
    if workspace is None:
        return ()
    return (
        SaveWorkspace(
            workspace_id=workspace.id,
            name=None if payload.name is None else workspace.name,
            lease_days=None if payload.lease_days is None else policy_of(rows).lease_days,
            undo_seconds=None if payload.undo_seconds is None else policy_of(rows).undo_seconds,
        ),
    )


def _save_retention(rows: Rows, payload: SaveRetention, context: Context) -> None:
    days = (payload.conversations_days, payload.files_days, payload.raw_days)
    if any(number < 0 or days_problem(number) for number in days):
        raise Rejected(Reason.INVALID, "days")
    conversations_days, files_days, raw_days = days
    rows.put(
        replace(
            policy_of(rows),
            conversations_days=conversations_days,
            files_days=files_days,
            raw_days=raw_days,
        )
    )


def _inverse_retention(rows: Rows, payload: SaveRetention, context: Context) -> tuple[SaveRetention, ...]:
    now = policy_of(rows)
    return (
        SaveRetention(
            conversations_days=now.conversations_days, files_days=now.files_days, raw_days=now.raw_days
        ),
    )


def _hold(rows: Rows, payload: HoldConversation, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if payload.held is (LEGAL_HOLD in conversation.tags):
        return
    others = tuple(tag for tag in conversation.tags if tag != LEGAL_HOLD)
    rows.put(replace(conversation, tags=(*others, LEGAL_HOLD) if payload.held else others))
    put_event(rows, conversation.id, "Held for the law" if payload.held else "Legal hold ended", context)


def _inverse_hold(rows: Rows, payload: HoldConversation, context: Context) -> tuple[HoldConversation, ...]:
    conversation = survivor_of_conversation(rows, payload.conversation_id)
    if conversation is None or payload.held is (LEGAL_HOLD in conversation.tags):
        return ()
    return (HoldConversation(conversation_id=conversation.id, held=not payload.held),)


SAVE_WORKSPACE = OperationKind(
    name="workspace.save",
    permission=Permission.WORKSPACE_MANAGE,
    title="Save workspace",
    payload=SaveWorkspace,
    apply=_save_workspace,
    inverse=_inverse_workspace,
    version=2,
    upcasters=(lambda plain: plain,),  # it has no word for how long replies wait, and leaves that
    about=lambda payload: payload.workspace_id,
)
SAVE_RETENTION = OperationKind(
    name="retention.save",
    permission=Permission.RETENTION_MANAGE,
    title="Save retention",
    payload=SaveRetention,
    apply=_save_retention,
    inverse=_inverse_retention,
    about=lambda payload: POLICY_ID,
)
HOLD_CONVERSATION = OperationKind(
    name="conversation.hold",
    permission=Permission.RETENTION_MANAGE,
    title="Hold for the law",
    payload=HoldConversation,
    apply=_hold,
    inverse=_inverse_hold,
    about=lambda payload: payload.conversation_id,
)
KINDS = (SAVE_WORKSPACE, SAVE_RETENTION, HOLD_CONVERSATION)
