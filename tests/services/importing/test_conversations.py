"""Conversations from JSON lines: our own format, formats of others, and whatever is missing."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.message import Direction, MessageKind
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.services.importing.records import time_of
from agent_desktop.services.importing.report import ItemKind
from tests.services.targets import Target

FULL: dict[str, Any] = {
    "id": "T-17",
    "subject": "Where is my kettle?",
    "channel": "email",
    "status": "resolved",
    "priority": "high",
    "tags": ["order", "late"],
    "assignee": {"email": "help@lighthouse.example", "name": "Maya Keller"},
    "customer": {
        "name": "Amelia Novak",
        "email": "amelia@novak.example",
        "phone": "+386 31 555 0142",
        "tier": "Gold",
    },
    "events": [
        {"at": "2025-03-01T09:00:00Z", "from": "customer", "text": "Where is it?"},
        {"at": "2025-03-01T10:00:00+01:00", "from": "note", "text": "Lost.", "author": "Maya Keller"},
        {
            "at": 1740823200,
            "from": "agent",
            "author": "Maya Keller",
            "text": "Here is the label.",
            "attachments": [
                {
                    "name": "label.pdf",
                    "media_type": "application/pdf",
                    "content": base64.b64encode(b"%PDF").decode(),
                }
            ],
        },
        {"at": 1740823260000, "from": "system", "text": "Resolved"},
    ],
    "something_else": {"nobody": "knows"},
}


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def test_a_full_conversation(target: Target, tmp_path: Path) -> None:
    report = target.run(lines(tmp_path / "a.jsonl", FULL))
    assert report.added == {ItemKind.CONVERSATION: 1, ItemKind.MESSAGE: 4, ItemKind.CUSTOMER: 1}
    assert report.skipped == []
    conversation = target.conversation("Where is my kettle?")
    assert (conversation.status, conversation.priority) == (Status.SOLVED, Priority.HIGH)
    assert conversation.tags == ("order", "late")
    assert conversation.assignee_id == target.desk.user_id
    assert conversation.external_id == "T-17"
    channel = next(row for row in target.rows(Channel) if row.id == conversation.channel_id)
    assert channel.kind is ChannelKind.EMAIL
    messages = target.messages(conversation)
    assert [row.kind for row in messages] == [
        MessageKind.REPLY,
        MessageKind.NOTE,
        MessageKind.REPLY,
        MessageKind.EVENT,
    ]
    assert messages[2].author_id == target.desk.user_id
    (attachment,) = target.attachments()
    assert target.desk.blobs.read(attachment.sha256) == b"%PDF"
    (customer,) = target.rows(Customer)
    assert (customer.name, customer.tier) == ("Amelia Novak", "Gold")
    assert {row.kind for row in target.rows(Identity)} == {ChannelKind.EMAIL, ChannelKind.PHONE}


def test_what_came_later_is_added_to_the_same_conversation(target: Target, tmp_path: Path) -> None:
    target.run(lines(tmp_path / "a.jsonl", FULL))
    longer = {**FULL, "events": [*FULL["events"], {"at": 1740909600, "from": "customer", "text": "Thanks"}]}
    report = target.run(lines(tmp_path / "b.jsonl", longer))
    assert report.added == {ItemKind.MESSAGE: 1}
    assert len(target.messages(target.conversation("Where is my kettle?"))) == 5


@pytest.mark.parametrize(
    "events",
    [
        {"events": [{"from": "customer", "text": "Hello"}, {"from": "agent", "text": "Hi"}]},
        {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]},
        {"turns": [{"speaker": "client", "utterance": "Hello"}, {"speaker": "operator", "utterance": "Hi"}]},
        {"messages": [{"direction": "incoming", "body": "Hello"}, {"direction": "outgoing", "body": "Hi"}]},
    ],
)
def test_names_that_others_use(target: Target, tmp_path: Path, events: dict[str, Any]) -> None:
    target.run(lines(tmp_path / "a.jsonl", events))
    (conversation,) = target.rows(Conversation)
    messages = target.messages(conversation)
    assert [(row.direction, row.text) for row in messages] == [(Direction.IN, "Hello"), (Direction.OUT, "Hi")]
    assert conversation.subject == "Hello"
    assert conversation.status is Status.SOLVED


def test_missing_times_keep_the_order(target: Target, tmp_path: Path) -> None:
    events = [{"text": "a"}, {"text": "b", "at": 1740823200}, {"text": "c", "at": None}, {"text": "d"}]
    target.run(lines(tmp_path / "a.jsonl", {"id": 1, "events": events}))
    (conversation,) = target.rows(Conversation)
    messages = target.messages(conversation)
    assert [row.text for row in messages] == ["a", "b", "c", "d"]
    anchor = datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert messages[0].created_at == anchor - timedelta(minutes=1)
    assert anchor < messages[3].created_at < anchor + timedelta(seconds=1)


def test_what_cannot_be_read_is_listed_and_the_rest_comes_in(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps({"id": 1, "events": [{"text": "Good"}]})
    empty = json.dumps({"id": 2, "events": []})
    broken = json.dumps(
        {"id": 3, "events": [{"text": "x", "attachments": [{"name": "a.png", "content": "%%%"}]}]}
    )
    path.write_text(f"{good}\nnot json\n{empty}\n{broken}\n[1]\n", "utf-8")
    report = target.run(path)
    assert report.added[ItemKind.CONVERSATION] == 2
    assert sorted(item.position for item in report.skipped) == ["line 2", "line 3", "line 4", "line 5"]


def test_a_cut_off_archive_gives_what_can_be_read(target: Target, tmp_path: Path) -> None:
    content = "".join(
        json.dumps({"id": n, "events": [{"text": f"number {n} {n * 7919}"}]}) + "\n" for n in range(3_000)
    )
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(content.encode())[:5_000])
    report = target.run(tmp_path / "a.jsonl.gz")
    assert report.added[ItemKind.CONVERSATION] > 100
    assert "damaged" in report.skipped[-1].sentence


@pytest.mark.parametrize(
    ("name", "conversations"),
    [("star", 25), ("multidogo_customer_turns", 25), ("abcd_sample", 3)],
)
def test_material_of_others_comes_in_as_it_is(
    target: Target, shared_data: Path, tmp_path: Path, name: str, conversations: int
) -> None:
    source = tmp_path / f"{name}.jsonl"
    with gzip.open(shared_data / "conversations" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        source.write_text("".join(line for line, _ in zip(file, range(conversations), strict=False)), "utf-8")
    report = target.run(source)
    assert report.skipped == []
    assert report.added[ItemKind.CONVERSATION] == conversations
    for conversation in target.rows(Conversation):
        assert conversation.subject.strip()
        assert conversation.message_count > 0
    assert target.run(source).nothing_new


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1740823200, 1740823200),
        (1740823200.5, 1740823200.5),
        (1740823200123, 1740823200.123),
        (1740823200123456, 1740823200.123456),
        ("1740823200", 1740823200),
        ("2025-03-01T10:00:00Z", 1740823200),
        ("2025-03-01 11:00:00+01:00", 1740823200),
        ("2025-03-01T10:00:00", 1740823200),
        ("Sat, 01 Mar 2025 10:00:00 +0000", 1740823200),
        ("yesterday", None),
        (True, None),
        (float("nan"), None),
        (1e300, None),
        (-5, None),
        ({}, None),
        (None, None),
    ],
)
def test_times_however_they_are_written(value: object, seconds: float | None) -> None:
    moment = time_of(value)
    assert (moment and moment.timestamp()) == (seconds and pytest.approx(seconds, abs=1e-5))
