"""What holds for every kind of operation: payloads survive the wire, handlers are pure, roles and targets count."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.access import SYSTEM_ACTOR, Actor
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import SENTENCES, Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message, MessageKind
from agent_desktop.domain.operations import (
    KINDS,
    decode_payload,
    encode_payload,
    inverse_of,
    kind_of,
    perform,
)
from agent_desktop.domain.operations.base import OperationKind
from agent_desktop.domain.operations.workspace import CreateWorkspace
from agent_desktop.domain.permissions import BUILT_IN
from agent_desktop.domain.workspace import Role, Workspace
from tests.factories import ADMIN, small_workspace
from tests.fakes import DictRows
from tests.payloads import MAKERS
from tests.strategies import EVERY_KIND, History, many_histories, records
from tests.world import Step, World

kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)

TARGETLESS = {
    "workspace.create",
    "role.save",
    "retention.save",
    "user.save",
    "team.save",
    "channel.save",
    "customer.create",
    "article.save",
    "canned_response.save",
    "macro.save",
    "view.save",
}
"""Kinds that make what they are about."""
SILENT = {
    "conversation.withdraw",
    "conversation.rescope",
    "conversation.mark_read",
    "conversation.mark_unread",
    "draft.share",
    "canned_response.count",
    "canned_response.delete",
    "macro.delete",
    "view.delete",
    "customer.remove_identity",
    "result.discard",
    "export.record",
}
"""Kinds that have nothing to say, and nothing to do, when their target is gone."""


@kinds
def test_each_kind_has_a_maker_of_payloads(kind: OperationKind[Any]) -> None:
    assert kind.payload in MAKERS


def test_names_and_payloads_are_unique() -> None:
    assert len({kind.name for kind in KINDS}) == len({kind.payload for kind in KINDS}) == len(KINDS)


@kinds
def test_each_kind_can_be_named_to_people_and_has_its_upcasters(kind: OperationKind[Any]) -> None:
    assert kind.title
    assert kind.title[0].isupper()
    assert len(kind.upcasters) == kind.version - 1
    assert kind.permission is None or not _may(Role.AUDITOR, kind), "auditors only read"
    assert _may(Role.SYSTEM, kind)


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


@settings(max_examples=20)
@given(st.data())
@kinds
def test_payloads_survive_the_wire(kind: OperationKind[Any], data: st.DataObject) -> None:
    payload = data.draw(records(kind.payload))
    text = encode_payload(payload)
    assert decode_payload(kind.name, kind.version, text) == payload
    assert json.loads(text).keys() == {*kind.payload.__dataclass_fields__}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "5",
        '"text"',
        "{}",
        "[" * 100_000,
        '{"conversation_id": 5, "message_id": "a", "channel_id": "b", "text": "c"}',
        '{"conversation_id": null, "message_id": "a", "channel_id": "b", "text": "c"}',
        '{"conversation_id": "a", "message_id": "a", "channel_id": "b", "text": "\\u0000"}',
        '{"conversation_id": "a", "message_id": "a", "channel_id": "b", "text": "\\ud800"}',
        '{"conversation_id": "a", "message_id": "a", "channel_id": "b", "text": "c", "to": [1]}',
        '{"conversation_id": "a", "message_id": "a", "channel_id": "b", "text": "c", "to": [null]}',
        '{"conversation_id": "a", "message_id": "a", "channel_id": "b", "text": "c", "files": [5]}',
        '{"conversation_id": "a", "message_id": "a", "channel_id": "b", "text": "c", "send_at": 1e400}',
        '{"conversation_id": "a", "message_id": "a", "channel_id": "b", "text": "c", "send_at": 999999999999999999}',
    ],
)
def test_payloads_that_are_not_valid_are_rejected_as_such(text: str) -> None:
    with pytest.raises(Rejected) as caught:
        decode_payload("message.reply", 1, text)
    assert caught.value.reason is Reason.INVALID


@pytest.mark.parametrize(("name", "version"), [("message.reply", 3), ("message.reply", 0), ("no.such", 1)])
def test_operations_of_a_newer_version_are_unknown(name: str, version: int) -> None:
    with pytest.raises(Rejected) as caught:
        decode_payload(name, version, "{}")
    assert caught.value.reason is Reason.UNKNOWN_OPERATION


def test_the_same_operation_on_the_same_rows_gives_the_same_rows() -> None:
    for history in many_histories(100):
        rows = history.start
        for step in history.steps:
            before = rows.copy()
            inverse = inverse_of(rows, step.operation, step.context())
            assert inverse == inverse_of(rows, step.operation, step.context())
            after = step.perform(rows)
            assert after == step.perform(rows)
            assert rows == before, "asking for the inverse, or an attempt, changes nothing"
            rows = after
        assert rows == history.end


def test_many_histories_use_every_kind_and_survive_the_wire() -> None:
    used = set()
    for history in many_histories(400):
        for step in history.steps:
            kind = kind_of(step.operation.payload)
            text = encode_payload(step.operation.payload)
            assert decode_payload(kind.name, kind.version, text) == step.operation.payload
            used.add(kind.payload)
    assert set(EVERY_KIND) - used == {CreateWorkspace}, "there is a workspace already"


def _may(role: Role, kind: OperationKind[Any]) -> bool:
    return Actor(user_id=ADMIN.id, held=BUILT_IN[role]).may(kind.permission)


@settings(max_examples=5)
@given(st.data())
@kinds
def test_roles_without_the_permission_are_refused(kind: OperationKind[Any], data: st.DataObject) -> None:
    step = World().step(data.draw(records(kind.payload)), ADMIN)
    for role in (role for role in Role if not _may(role, kind)):
        rows = small_workspace()
        actor = Actor(user_id=ADMIN.id, held=BUILT_IN[role])
        with pytest.raises(Rejected) as caught:
            perform(rows, step.operation, Step(step.operation, actor).context())
        assert caught.value.reason is Reason.FORBIDDEN
        assert rows == small_workspace()


@settings(max_examples=8)
@given(st.data())
@kinds
def test_what_is_about_something_that_is_gone_is_rejected_or_does_nothing(
    kind: OperationKind[Any], data: st.DataObject
) -> None:
    step = World().step(data.draw(records(kind.payload)), ADMIN)
    context = Step(step.operation, SYSTEM_ACTOR).context()
    rows = DictRows()
    if kind.name in TARGETLESS:
        return
    if kind.name in SILENT:
        perform(rows, step.operation, context)
        assert not inverse_of(rows, step.operation, context)
    else:
        with pytest.raises(Rejected) as caught:
            perform(rows, step.operation, context)
        nothing_to_import = kind.name == "conversation.import" and not step.operation.payload.messages
        assert caught.value.reason is (Reason.INVALID if nothing_to_import else Reason.GONE)
    assert rows == DictRows()


def test_on_a_client_only_the_numbers_are_missing() -> None:
    """Client and server run the same handlers; the number of a new conversation comes from the server."""
    for history in many_histories(100):
        check_numbers(history)


def check_numbers(history: History) -> None:
    server = client = history.start
    for step in history.steps:
        server, client = step.perform(server), step.perform(client, authoritative=False)
    assert _without_numbers(server) == _without_numbers(client)
    start = history.start.query(Workspace)[0].next_number
    new = len(numbers(server)) - len(numbers(history.start))
    assert server.query(Workspace)[0].next_number == start + new
    assert len(set(numbers(server).values())) == len(numbers(server))
    assert all(numbers(server).values())


def numbers(rows: DictRows) -> dict[Id, int]:
    return {row.id: row.number for row in rows.query(Conversation)}


def _without_numbers(rows: DictRows) -> DictRows:
    left = rows.copy()
    for conversation in rows.query(Conversation):
        left.put(replace(conversation, number=0))
    for event in rows.query(Message, kind=MessageKind.EVENT.value):
        left.put(replace(event, text=re.sub(r"#\d+|a new conversation", "#", event.text)))
    for workspace in rows.query(Workspace):
        left.put(replace(workspace, next_number=0))
    return left
