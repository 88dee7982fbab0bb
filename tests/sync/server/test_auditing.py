"""Every operation that needs a right which not everybody has leaves one entry, whether it was allowed or not."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from agent_desktop.domain.audit import AuditAction, AuditEntry
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import KINDS, encode_payload, kind_of
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.exporting import ExportFormat, RecordExport
from agent_desktop.domain.operations.policy import HoldConversation, SaveRetention, SaveWorkspace
from agent_desktop.domain.operations.workspace import (
    CreateWorkspace,
    SaveChannel,
    SaveRole,
    SaveTeam,
    SaveUser,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind, Grant, Role
from sync.protocol.messages import PushRequest, WireOperation
from sync.server.audit import AuditFilter
from sync.server.auditing import AUDITED, told
from tests.factories import ADMIN, ANNA, make_conversation, make_team, make_workspace
from tests.sync.cluster import Cluster

SECRET = "Zanzibar"
"""Text that somebody wrote, which the log must not hold."""
PAYLOADS: Mapping[str, Record] = {
    "workspace.create": CreateWorkspace(workspace_id="0" * 32, name=SECRET),
    "role.save": SaveRole(role_id="4" * 32, name=SECRET, permissions=("conversation.reply",)),
    "user.save": SaveUser(
        user_id="1" * 32,
        name=SECRET,
        email=f"{SECRET}@example.com",
        role=Role.FIELD,
        team_ids=(make_team().id,),
        signature=SECRET,
        grants=(Grant(place_id=make_team().id, role=Role.AGENT),),
    ),
    "workspace.save": SaveWorkspace(workspace_id=make_workspace().id, name=SECRET, lease_days=30),
    "retention.save": SaveRetention(conversations_days=730, files_days=0, raw_days=90),
    "conversation.hold": HoldConversation(conversation_id=make_conversation().id, held=True),
    "team.save": SaveTeam(team_id="2" * 32, name=SECRET, private=True),
    "channel.save": SaveChannel(channel_id="3" * 32, kind=ChannelKind.SMS, name=SECRET, address=SECRET),
    "export.record": RecordExport(
        format=ExportFormat.SQLITE,
        customers=3,
        conversations=5,
        messages=40,
        attachments=2,
        articles=0,
        canned_responses=1,
        other_rows=17,
    ),
}
FOR_EVERYBODY = ChangeTags(conversation_id=make_conversation().id, add=("a",))


def push(cluster: Cluster, user_id: Id, payload: Record, number: int = 1) -> None:
    kind = kind_of(payload)
    wire = WireOperation(
        id=cluster.ids.new(),
        number=number,
        kind=kind.name,
        version=kind.version,
        at=1_000_000,
        seen=0,
        payload=encode_payload(payload),
    )
    epoch = cluster.backend.hello().epoch
    cluster.backend.push(user_id, PushRequest(client_id=f"of {user_id}", epoch=epoch, operations=[wire]))


def entries(cluster: Cluster) -> list[AuditEntry]:
    with cluster.database.read() as connection:
        log = cluster.backend.store.audit
        assert log.wrong(connection) == []
        return log.page(connection, AuditFilter())


def test_every_kind_of_the_log_is_tested() -> None:
    assert set(PAYLOADS) == set(AUDITED)
    assert {kind.name for kind in KINDS} >= set(AUDITED)


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_what_is_done_leaves_one_entry(cluster: Cluster, name: str) -> None:
    payload: Any = PAYLOADS[name]
    push(cluster, ADMIN.id, payload)
    (entry,) = entries(cluster)
    assert entry.action == name
    assert entry.actor_id == ADMIN.id
    assert entry.about == kind_of(payload).about(payload)
    assert SECRET not in entry.details
    assert json.loads(entry.details).items() >= told(payload).items()


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_what_is_refused_leaves_one_entry_that_says_so(cluster: Cluster, name: str) -> None:
    push(cluster, ANNA.id, PAYLOADS[name])
    (entry,) = entries(cluster)
    assert entry.actor_id == ANNA.id
    assert json.loads(entry.details).items() >= {"verdict": "rejected", "reason": "forbidden"}.items()
    assert SECRET not in entry.details


def test_what_everybody_may_do_leaves_none(cluster: Cluster) -> None:
    push(cluster, ADMIN.id, FOR_EVERYBODY)
    assert entries(cluster) == []


def test_what_the_server_itself_does_is_told_too(cluster: Cluster) -> None:
    cluster.commit(PAYLOADS["team.save"], PAYLOADS["user.save"])
    assert [entry.action for entry in entries(cluster)] == ["user.save", "team.save"]


def test_the_log_says_which_role_and_teams_somebody_was_given(cluster: Cluster) -> None:
    push(cluster, ADMIN.id, PAYLOADS["user.save"])
    details = json.loads(entries(cluster)[0].details)
    assert details["role"] == "field"
    assert details["team_ids"] == [make_team().id]
    assert details["active"] is True
    assert details["grants"] == [f"{make_team().id} agent"]


def test_the_log_says_as_what_and_how_much_was_exported_and_nobody_else_hears_of_it(cluster: Cluster) -> None:
    before = cluster.rows()
    push(cluster, ADMIN.id, PAYLOADS["export.record"])
    assert cluster.rows() == before
    (entry,) = entries(cluster)
    details = json.loads(entry.details)
    assert (details["format"], details["messages"], details["other_rows"]) == ("sqlite", 40, 17)


def test_actions_of_operations_have_the_names_of_their_kinds() -> None:
    assert AuditAction.USER_SAVED.value in AUDITED
