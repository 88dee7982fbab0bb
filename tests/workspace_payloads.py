"""Random payloads of the operations about the workspace, its people, and what they decide for all of it."""

from collections.abc import Callable

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.operations import exporting, policy, scopes, workspace
from agent_desktop.domain.records import Record
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.workspace import (
    Channel,
    ChannelKind,
    CustomRole,
    Reopening,
    Role,
    Team,
    User,
    Workspace,
)
from tests.drawing import Draw


def _create_workspace(d: Draw) -> Record:
    return workspace.CreateWorkspace(workspace_id=d.world.ids.new(), name="Another")


def _save_user(d: Draw) -> Record:
    row = d.world.rows.get(User, d.new_or(User))
    return workspace.SaveUser(
        user_id=row.id if row else d.world.ids.new(),
        name=d.one(("Cleo Park", "Dan Wu", " ")),
        role=row.role if row else d.one((Role.AGENT, Role.FIELD, Role.ADMIN)),
        team_ids=d.some([d.need(Team)]),
        signature=d.one(("", "Kind regards\nCleo")),
        active=True if row else d.chance(),
    )


def _save_role(d: Draw) -> Record:
    row = d.world.rows.get(CustomRole, d.new_or(CustomRole))
    return workspace.SaveRole(
        role_id=row.id if row else d.world.ids.new(),
        name=d.one(("Night shift", "Trainee", " ")),
        permissions=d.some(
            ("conversation.reply", "conversation.read_all", "customer.read", "private.read", "import")
        ),
        active=d.chance(),
    )


def _edit_profile(d: Draw) -> Record:
    return workspace.EditProfile(
        user_id=d.actor.id,
        name=d.one((None, "Cleo Park-Lee", " Dan ", " ")),
        signature=d.one((None, "", "Kind regards\nCleo")),
    )


def _save_team(d: Draw) -> Record:
    return workspace.SaveTeam(
        team_id=d.new_or(Team), name=d.one(("Returns", "Support", " ")), private=d.one((None, True, False))
    )


def _save_channel(d: Draw) -> Record:
    return workspace.SaveChannel(
        channel_id=d.new_or(Channel),
        kind=d.one(tuple(ChannelKind)),
        name=d.one(("Mail", "Chat", "")),
        private=d.one((None, True, False)),
        member_ids=d.one((None, d.some([d.need(User)]))),
        reopening=d.one((None, *Reopening)),
        reopen_days=d.one((None, 0, 14, -1)),
        auto_reply=d.one((None, "", "Thank you, {{ customer.first_name }}.")),
    )


def _save_workspace(d: Draw) -> Record:
    return policy.SaveWorkspace(
        workspace_id=d.need(Workspace),
        name=d.one((None, "Kettles", " ")),
        lease_days=d.one((None, 0, 14)),
        undo_seconds=d.one((None, 0, 30, 121)),
    )


def _save_retention(d: Draw) -> Record:
    return policy.SaveRetention(
        conversations_days=d.one((0, 730, 3)), files_days=d.one((0, 365)), raw_days=d.one((0, 90))
    )


def _hold(d: Draw) -> Record:
    return policy.HoldConversation(conversation_id=d.need(Conversation), held=d.chance())


def _rescope(d: Draw) -> Record:
    return scopes.Rescope(conversation_ids=(d.need(Conversation),))


def _discard(d: Draw) -> Record:
    return workspace.DiscardResult(operation_id=d.new_or(OperationResult))


def _record_export(d: Draw) -> Record:
    return exporting.RecordExport(
        format=d.one(tuple(exporting.ExportFormat)),
        customers=d.number(0, 9),
        conversations=d.number(0, 9),
        messages=d.number(0, 99),
        attachments=d.number(0, 9),
        articles=d.number(0, 9),
        canned_responses=d.number(0, 9),
        other_rows=d.number(0, 99),
    )


WORKSPACE_MAKERS: dict[type[Record], Callable[[Draw], Record | None]] = {
    workspace.CreateWorkspace: _create_workspace,
    workspace.SaveRole: _save_role,
    workspace.SaveUser: _save_user,
    workspace.EditProfile: _edit_profile,
    workspace.SaveTeam: _save_team,
    workspace.SaveChannel: _save_channel,
    workspace.DiscardResult: _discard,
    policy.SaveWorkspace: _save_workspace,
    policy.SaveRetention: _save_retention,
    policy.HoldConversation: _hold,
    scopes.Rescope: _rescope,
    exporting.RecordExport: _record_export,
}
