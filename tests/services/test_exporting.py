"""What is exported holds everything, and comes in again as it was."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_desktop.cli.demo_profile import make_demo
from agent_desktop.cli.desk import open_desk
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.knowledge import Article, CannedResponse
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.operations.importing import NOT_LEFT
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.domain.operations.merging import MergeConversations, UnmergeConversation
from agent_desktop.domain.workspace import Channel
from agent_desktop.profile import Profile
from agent_desktop.services.administration import AuditWanted
from agent_desktop.services.exporting import Exporter, ExportProgress
from agent_desktop.services.importing.report import ItemKind
from agent_desktop.services.mail.names import clean_file_name
from tests.services.targets import NOW, Target

CONVERSATIONS = 40


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A small demo workspace; tests only read it."""
    clock = ManualClock(NOW)
    profile = Profile(tmp_path_factory.mktemp("demo") / "profile")
    make_demo(profile, CONVERSATIONS, 1, clock, TimeOrderedIds(clock))
    desk = open_desk(profile, clock, background=False)
    yield Target(desk)
    desk.close()


def said(target: Target) -> dict[str, object]:
    """The conversations as a reader sees them."""
    channels = {row.id: row.kind for row in target.rows(Channel)}
    names = {row.id: row.name for row in target.rows(Customer)}
    files: dict[str, list[tuple[str, str]]] = {}
    for attachment in target.rows(Attachment):
        files.setdefault(attachment.message_id, []).append((attachment.name, attachment.sha256))
    messages: dict[str, list[object]] = {}
    for row in sorted(target.rows(Message), key=lambda row: (row.created_at, row.id)):
        content = (
            row.kind,
            row.direction,
            row.created_at,
            row.text,
            row.quoted,
            row.subject,
            row.to,
            row.html_blob,
            row.bcc,
            channels.get(row.channel_id or ""),
            row.delivery,
            row.delivery_detail,
            row.automatic,
            row.mail_kind,
            row.sender,
        )
        messages.setdefault(row.conversation_id, []).append((*content, sorted(files.get(row.id, []))))
    return {
        row.id: (
            row.subject,
            row.status,
            row.priority,
            sorted(row.tags),
            names[row.customer_id],
            row.message_count,
            row.preview,
            row.waiting_since,
            row.snoozed_until,
            messages[row.id],
        )
        for row in target.rows(Conversation)
    }


def written(target: Target) -> set[tuple[str, ...]]:
    """The articles."""
    return {
        (row.id, row.title, row.body.strip(), row.locale, row.category, row.state)
        for row in target.rows(Article)
    }


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz", "everything"])
def test_an_empty_profile_gets_the_same_conversations(
    demo: Target, new_target: Callable[[], Target], tmp_path: Path, name: str
) -> None:
    report = Exporter(demo.desk).run(tmp_path / name)
    assert report.missing_files == 0
    target = new_target()
    imported = target.run(tmp_path / name)
    assert imported.skipped == []
    assert imported.added[ItemKind.CONVERSATION] == CONVERSATIONS
    assert said(target) == said(demo)
    assert {row.name for row in target.rows(Customer)} == {row.name for row in demo.rows(Customer)}
    assert {(row.kind, row.address) for row in target.rows(Identity)} == {
        (row.kind, row.address) for row in demo.rows(Identity)
    }
    articles = {
        (row.id, row.title, row.body.strip(), row.locale, row.category, row.state)
        for row in demo.rows(Article)
    }
    assert articles == {
        (row.id, row.title, row.body.strip(), row.locale, row.category, row.state)
        for row in target.rows(Article)
    }
    assert {row.body for row in target.rows(CannedResponse)} == {
        row.body for row in demo.rows(CannedResponse)
    }
    for attachment in target.rows(Attachment):
        assert target.desk.blobs.read(attachment.sha256) == demo.desk.blobs.read(attachment.sha256)
    assert target.run(tmp_path / name).nothing_new


def test_what_became_of_each_message_comes_along(new_target: Callable[[], Target], tmp_path: Path) -> None:
    event = {"from": "agent", "text": "A lid is on its way.", "bcc": ["boss@larkfield.example"]}
    states = (
        "sent",
        "delivered",
        "read",
        "failed",
        "held",
        "unknown",
        "cancelled",
        "queued",
        "sending",
        "odd",
    )
    replies = [
        {**event, "at": 1740823200 + place, "delivery": state, "delivery_detail": "Why"}
        for place, state in enumerate(states)
    ]
    record = {
        "id": "T-1",
        "channel": "email",
        "status": "pending",
        "snoozed_until": "2026-05-01T09:00:00+00:00",
        "customer": {"email": "amelia@novak.example"},
        "events": [
            {"at": 1740823000, "from": "customer", "text": "Where is it?"},
            {"at": 1740823100, "from": "customer", "text": "And by text?", "channel": {"kind": "sms"}},
            {"at": 1740823150, "from": "customer", "text": "Out of office", "automatic": True},
            {
                "at": 1740823160,
                "from": "customer",
                "text": "Not delivered",
                "mail_kind": "bounce",
                "sender": "Mail server <postmaster@novak.example>",
            },
            *replies,
        ],
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(record), "utf-8")
    first, second = new_target(), new_target()
    first.run(tmp_path / "in.jsonl")
    Exporter(first.desk).run(tmp_path / "out.jsonl")
    second.run(tmp_path / "out.jsonl")
    assert said(second) == said(first)
    assert second.rows(Conversation)[0].snoozed_until == datetime(2026, 5, 1, 9, tzinfo=UTC)
    messages = sorted(second.rows(Message), key=lambda row: row.created_at)
    kinds = {row.id: row.kind for row in second.rows(Channel)}
    assert [kinds[row.channel_id or ""].value for row in messages[:4]] == ["email", "sms", "email", "email"]
    assert messages[2].automatic
    bounce = messages.pop(3)
    assert (bounce.mail_kind, bounce.sender) == (
        MailKind.BOUNCE,
        "Mail server <postmaster@novak.example>",
    )
    assert bounce.automatic
    assert {row.bcc for row in messages[3:]} == {("boss@larkfield.example",)}
    assert [row.delivery.value for row in messages[3:]] == [*states[:7], "held", "held", "none"]
    assert {row.delivery_detail for row in messages[3:8]} == {"Why"}
    assert {row.delivery_detail for row in messages[10:12]} == {NOT_LEFT}, "an import never sends anything"


def test_what_was_merged_is_part_of_the_same_again(new_target: Callable[[], Target], tmp_path: Path) -> None:
    ids = [character * 32 for character in "abc"]
    records = [
        {
            "id": row_id,
            "channel": "email",
            "customer": {"email": f"{row_id[0]}@novak.example"},
            "events": [{"at": 1740823000 + place, "from": "customer", "text": f"Mail {row_id[0]}"}],
        }
        for place, row_id in enumerate(ids)
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    first, second, third = new_target(), new_target(), new_target()
    first.run(tmp_path / "in.jsonl")
    one, two, three = ids
    first.desk.apply(MergeConversations(conversation_id=one, into_id=two))
    first.desk.apply(MergeConversations(conversation_id=two, into_id=three))
    Exporter(first.desk).run(tmp_path / "out.jsonl")

    def merges(target: Target) -> dict[Id, tuple[Id | None, datetime | None, int]]:
        return {
            row.id: (row.merged_into, row.merged_at, row.message_count) for row in target.rows(Conversation)
        }

    report = second.run(tmp_path / "out.jsonl")
    assert report.skipped == []
    assert merges(second) == merges(first)
    assert [row for row, _, _ in merges(first).values()].count(None) == 1
    second.desk.apply(UnmergeConversation(conversation_id=one, into_id=three))
    assert second.run(tmp_path / "out.jsonl").nothing_new
    assert merges(second)[one][0] is None, "what was taken apart here stays apart"

    parts = [
        line for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines() if three not in line[:80]
    ]
    (tmp_path / "parts.jsonl").write_text("\n".join(parts), "utf-8")
    report = third.run(tmp_path / "parts.jsonl")
    assert [item.sentence for item in report.skipped] == [
        "The conversation that it was part of is not here, so it came in as one of its own."
    ]
    assert (merges(third)[one][0], merges(third)[two][0]) == (two, None)


def test_importing_an_export_where_it_came_from_adds_nothing(demo: Target, tmp_path: Path) -> None:
    Exporter(demo.desk).run(tmp_path / "all.jsonl")
    assert demo.run(tmp_path / "all.jsonl", dry_run=True).nothing_new


def test_a_sqlite_file_has_a_plain_table_for_everything(demo: Target, tmp_path: Path) -> None:
    report = Exporter(demo.desk).run(tmp_path / "all.sqlite")
    with closing(sqlite3.connect(tmp_path / "all.sqlite")) as connection:
        for table, count in report.written.items():
            assert connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (count,)
        subject, at, tags = connection.execute(
            "SELECT subject, created_at, tags FROM conversation WHERE subject LIKE 'Where is my replacement%'"
        ).fetchone()
    assert subject == "Where is my replacement kettle?"
    assert at.startswith("2025-03-")
    assert json.loads(tags) == ["order", "VIP"]


def told(target: Target) -> list[dict[str, object]]:
    """What the audit log says of exports."""
    entries = target.desk.administration.audit(AuditWanted(actions=(AuditAction.EXPORTED,))).entries
    assert {entry.actor_id for entry in entries} <= {target.desk.user_id}
    return [json.loads(entry.details) for entry in entries]


def test_the_audit_log_is_told_before_anything_is_written(
    new_target: Callable[[], Target], tmp_path: Path
) -> None:
    target = new_target()
    (tmp_path / "in.jsonl").write_text('{"id": 1, "events": [{"text": "Zanzibar"}]}', "utf-8")
    target.run(tmp_path / "in.jsonl")
    target.desk.sync.exchange()
    waiting: list[str] = []

    def look(progress: ExportProgress) -> None:
        waiting.extend(
            item.kind for item in target.desk.replica.outbox.pending(target.desk.replica.state().ack)
        )
        assert waiting, "a row is about to be written that the outbox knows nothing of"

    report = Exporter(target.desk).run(
        tmp_path / "Zanzibar.sqlite", progress=look, cancelled=lambda: bool(waiting)
    )
    assert report.cancelled, "what is broken off is told of, too"
    assert waiting == ["export.record"]
    assert told(target) == [], "the server has not been reached"
    target.desk.sync.exchange()
    (details,) = told(target)
    counted = {
        name: value for name, value in details.items() if value and name not in ("operation", "client")
    }
    assert counted.items() >= {"format": "sqlite", "customers": 1, "conversations": 1, "messages": 1}.items()
    assert "Zanzibar" not in repr(details)


def test_an_export_that_cannot_be_told_of_is_not_made(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(target.desk.replica.outbox, "append", fail)
    with pytest.raises(StoreError, match="disk is full"):
        Exporter(target.desk).run(tmp_path / "all.jsonl")
    assert not (tmp_path / "all.jsonl").exists()


def test_nothing_is_written_over(demo: Target, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text("mine", "utf-8")
    with pytest.raises(InputError):
        Exporter(demo.desk).run(tmp_path / "all.jsonl")
    assert (tmp_path / "all.jsonl").read_text("utf-8") == "mine"


def test_the_name_must_tell_the_format(demo: Target, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Exporter(demo.desk).run(tmp_path / "all.xlsx")


@pytest.mark.parametrize("name", ["all.jsonl", "all.sqlite", "everything"])
def test_what_is_broken_off_leaves_nothing(demo: Target, tmp_path: Path, name: str) -> None:
    report = Exporter(demo.desk).run(tmp_path / name, cancelled=lambda: True)
    assert report.cancelled
    assert list(tmp_path.iterdir()) == []


def test_articles_have_names_that_every_system_can_hold(target: Target, tmp_path: Path) -> None:
    for number, title in enumerate(
        ("CON", "nul", "Con", "../../up", "::$DATA", "\U0001f642" * 90, "語" * 90)
    ):
        payload = SaveArticle(article_id=f"{number}", base_revision=0, title=title, body="Text")
        target.desk.apply(payload)
    Exporter(target.desk).run(tmp_path / "all")
    names = sorted(path.stem for path in (tmp_path / "all" / "articles").iterdir())
    assert len(names) == 7
    assert [name for name in names if clean_file_name(f"{name}.md") != f"{name}.md"] == []


def test_a_file_that_is_not_here_is_counted(
    demo: Target, new_target: Callable[[], Target], tmp_path: Path
) -> None:
    Exporter(demo.desk).run(tmp_path / "all.jsonl")
    target = new_target()
    target.run(tmp_path / "all.jsonl")
    lost = target.rows(Attachment)[0].sha256
    target.desk.blobs.path(lost).unlink()
    assert Exporter(target.desk).run(tmp_path / "again.jsonl").missing_files > 0
