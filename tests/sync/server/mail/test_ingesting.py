"""Raw mails become messages exactly once, wherever a process stops; nothing is lost, and nobody waits for a flood."""

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Attachment, Delivery, Message
from agent_desktop.domain.operations.message import ReportDelivery
from agent_desktop.services.mail.head import references_of
from agent_desktop.services.mail.headers import Headers
from agent_desktop.services.mail.worker import TOO_COMPLEX
from sync.server.mail import ingesting
from sync.server.mail import reading as mail_reading
from sync.server.mail.deciding import MOST_FROM_PERSON, MOST_FROM_PROGRAM, MailDecisions
from sync.server.mail.held import held_mails, release_mails
from sync.server.mail.reading import ENDED_PROGRAM, NOT_READ, MailReading
from tests.sync.server.mailroom import CHANNEL, Mailroom, a_mail


class Stop(BaseException):
    """The process ends here."""


def test_a_mail_is_kept_before_anything_is_read_of_it(mailroom: Mailroom) -> None:
    raw = a_mail("1@a")
    assert mailroom.keep(raw)
    with mailroom.database.read() as connection:
        (blob,) = connection.execute("SELECT raw_blob FROM inbound").fetchone()
    assert mailroom.files.read(blob) == raw
    assert not mailroom.look().messages


def test_a_copy_is_nothing_new_by_whatever_way_it_came(mailroom: Mailroom) -> None:
    raw = a_mail("1@a")
    assert mailroom.keep(raw)
    assert not mailroom.keep(raw)
    assert not mailroom.keep(b"Received: by another server\r\n" + raw)
    mailroom.work()
    assert not mailroom.keep(raw)
    mailroom.work()
    assert len(mailroom.look().messages) == 1


def test_what_a_message_keeps_of_a_mail(mailroom: Mailroom) -> None:
    message, conversation = mailroom.one(
        a_mail("1@a", "Re: Kettle & lid", "New words.\r\n\r\n> old words", sender="Mia <mia@example.com>")
    )
    assert (message.text, message.quoted.strip()) == ("New words.", "> old words")
    assert (message.subject, conversation.subject) == ("Re: Kettle & lid", "Kettle & lid")
    assert message.external_id == "1@a"
    assert message.raw_blob is not None
    assert (conversation.channel_id, conversation.waiting_since) == (CHANNEL.id, message.created_at)


PLACES: tuple[tuple[type, str, int], ...] = (
    (MailReading, "read", 3),
    (MailDecisions, "expect", 1),
    (MailDecisions, "take", 2),
    (MailDecisions, "_receive", 3),
    (MailDecisions, "_answer", 4),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0].__name__}.{place[1]}")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_process_that_ends_anywhere_leaves_each_mail_once(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch, place: tuple[type, str, int], after: bool
) -> None:
    mailroom.configure(auto_reply="Thank you.")
    for number in range(4):
        mailroom.keep(a_mail(f"{number}@a", "Kettle", sender=f"c{number}@example.com"))
    owner, name, calls = place
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _stopping(getattr(owner, name), calls, after))
        with pytest.raises(Stop):
            mailroom.work()
    mailroom.work(mailroom.new_ingester())
    received = mailroom.look()
    assert sorted(str(message.external_id) for message in received.messages) == [f"{n}@a" for n in range(4)]
    assert mailroom.states() == {"done": 4}
    answers = [message for message in mailroom.rows(Message) if message.delivery is Delivery.QUEUED]
    assert len(answers) == 4


def _stopping(call: Callable[..., Any], calls: int, after: bool) -> Callable[..., Any]:
    left = [calls]

    def stopping(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            raise Stop
        result = call(*arguments, **options)
        if left[0] == 0:
            raise Stop
        return result

    return stopping


def test_a_process_that_ends_after_the_commit_does_nothing_twice(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailroom.keep(a_mail("1@a"))
    store = type(mailroom.store)
    with monkeypatch.context() as patch:
        listeners: list[Callable[[int], None]] = []
        patch.setattr(mailroom.store, "_listeners", listeners)

        def stop(version: int) -> None:
            raise Stop

        listeners.append(stop)
        with pytest.raises(Stop):
            mailroom.work()
    assert isinstance(mailroom.store, store)
    mailroom.work(mailroom.new_ingester())
    assert len(mailroom.look().messages) == 1


def test_another_process_leaves_alone_what_one_has_begun(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailroom.keep(a_mail("1@a"))
    with monkeypatch.context() as patch:
        patch.setattr(MailReading, "read", _stopping(MailReading.read, 1, True))
        patch.setattr(ingesting.Ingester, "_give_back", lambda self, left: None)  # it was killed
        with pytest.raises(Stop):
            mailroom.work()
    other = mailroom.new_ingester(alone=False)
    assert not other.run()
    mailroom.clock.advance(ingesting.LEASE + timedelta(seconds=1))
    mailroom.work(other)
    assert len(mailroom.look().messages) == 1


def test_two_processes_that_read_the_same_mail_make_one_message(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailroom.keep(a_mail("1@a"))
    other = mailroom.new_ingester(alone=False)
    finish = ingesting.Ingester._finish

    def late(self: ingesting.Ingester, read: Any) -> None:
        monkeypatch.setattr(ingesting.Ingester, "_finish", finish)
        mailroom.clock.advance(2 * ingesting.LEASE)  # the lease is over before the mail was read
        mailroom.work(other)
        finish(self, read)

    monkeypatch.setattr(ingesting.Ingester, "_finish", late)
    mailroom.work()
    assert len(mailroom.look().messages) == 1
    assert len(mailroom.look().conversations) == 2


def test_several_processes_share_the_work(mailroom: Mailroom) -> None:
    for number in range(150):
        mailroom.keep(a_mail(f"{number}@a", f"Order {number % 7}", sender=f"c{number % 30}@example.com"))
    others = [mailroom.new_ingester(alone=False) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(mailroom.work, other) for other in others]:
            done.result()
    received = mailroom.look()
    assert sorted(str(message.external_id) for message in received.messages) == sorted(
        f"{number}@a" for number in range(150)
    )
    assert mailroom.states() == {"done": 150}
    assert len({message.author_id for message in received.messages}) == 30, "each of them is one customer"


def test_a_full_disk_loses_nothing(sqlite_mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    room = sqlite_mailroom
    room.keep(a_mail("1@a"))

    def full(self: object, content: bytes) -> str:
        raise StoreError("There is no room.", "full")

    with monkeypatch.context() as patch:
        patch.setattr(type(room.files), "put", full)
        with pytest.raises(StoreError):
            room.keep(a_mail("2@a"))
        with pytest.raises(StoreError):
            room.keep(b"Content-Type: text/html\r\n\r\n<p>Hello")
    room.work()
    assert len(room.look().messages) == 1
    with monkeypatch.context() as patch:
        room.keep(a_mail("3@a", "Photo", "<p>x</p>", content_type="text/html"))
        patch.setattr(type(room.files), "put", full)
        with pytest.raises(StoreError):
            room.work(room.new_ingester())
    assert room.states() == {"done": 1, "waiting": 1}
    room.work()
    assert room.states() == {"done": 2}


def test_one_mail_that_makes_a_handler_fail_stops_no_other(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("could not become a message")
    for number in range(5):
        mailroom.keep(a_mail(f"{number}@a", sender=f"c{number}@example.com"))
    take = MailDecisions.take

    def failing(self: MailDecisions, arrived: Any) -> Any:
        if arrived.mail.message_id == "3@a":
            raise ZeroDivisionError
        return take(self, arrived)

    monkeypatch.setattr(MailDecisions, "take", failing)
    mailroom.work()
    assert mailroom.states() == {"done": 4, "waiting": 1}
    for _ in range(ingesting.MOST_ATTEMPTS):
        mailroom.clock.advance(ingesting.LEASE + timedelta(seconds=1))
        mailroom.work()
    assert mailroom.states() == {"done": 4, "held": 1}, "it is kept for an administrator"


def test_one_mail_that_makes_reading_fail_stops_no_other(
    sqlite_mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("could not become a message")
    for number in range(5):
        sqlite_mailroom.keep(a_mail(f"{number}@a", f"Mail {number}", sender=f"c{number}@example.com"))

    def failing(headers: Headers) -> tuple[str, ...]:
        if headers.text("subject") == "Mail 1":
            raise ZeroDivisionError
        return references_of(headers)

    monkeypatch.setattr(mail_reading, "references_of", failing)
    sqlite_mailroom.work()
    assert sqlite_mailroom.states() == {"done": 4, "waiting": 1}
    for _ in range(ingesting.MOST_ATTEMPTS):
        sqlite_mailroom.clock.advance(ingesting.LEASE + timedelta(seconds=1))
        sqlite_mailroom.work()
    assert sqlite_mailroom.states() == {"done": 4, "held": 1}, "it is kept for an administrator"


def test_a_mail_that_cannot_be_read_is_a_message_with_its_raw_form(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent_desktop.services.mail.parse import salvage_mail
    from agent_desktop.services.mail.worker import MailParser

    monkeypatch.setattr(MailParser, "parse", lambda self, raw: salvage_mail(raw, TOO_COMPLEX))
    message, conversation = mailroom.one(a_mail("1@a"))
    assert message.text.startswith(NOT_READ)
    assert message.mail_kind is MailKind.PERSONAL, "nobody knows that nobody wrote it"
    (file,) = mailroom.rows(Attachment, message_id=message.id)
    assert (file.name, file.media_type, file.sha256) == ("message.eml", "message/rfc822", message.raw_blob)
    assert mailroom.events(conversation.id) == [TOO_COMPLEX]


def test_a_mail_that_ends_the_program_is_not_read_for_ever(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent_desktop.services.mail.worker import MailParser

    mailroom.one(a_mail("0@a", cc="bob@example.com"))
    mailroom.keep(a_mail("1@a", "Re: Kettle", refers=["0@a"], sender="bob@example.com"))
    monkeypatch.setattr(ingesting.Ingester, "_give_back", lambda self, left: None)
    with monkeypatch.context() as patch:

        def ends(self: MailParser, raw: bytes) -> None:
            raise Stop

        patch.setattr(MailParser, "parse", ends)
        for _ in range(3):
            with pytest.raises(Stop):
                mailroom.work(mailroom.new_ingester())
        mailroom.work(mailroom.new_ingester())
    first, message = sorted(mailroom.look().messages, key=lambda message: message.external_id or "")
    assert message.text.startswith(NOT_READ)
    assert message.conversation_id == first.conversation_id, "it belongs where it belongs all the same"
    assert mailroom.events(message.conversation_id) == [ENDED_PROGRAM]


def test_a_program_that_is_killed_again_and_again_reads_mails_in_full(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill says nothing of the mails that were taken together with the one that was being read."""
    for number in range(12):
        mailroom.keep(a_mail(f"{number}@a", sender=f"c{number}@example.com"))
    for reading in (3, 2, 2, 2):
        with monkeypatch.context() as patch:
            patch.setattr(ingesting.Ingester, "_give_back", lambda self, left: None)
            patch.setattr(MailReading, "read", _stopping(MailReading.read, reading, False))
            with pytest.raises(Stop):
                mailroom.work(mailroom.new_ingester())
    mailroom.work(mailroom.new_ingester())
    received = mailroom.look()
    assert len(received.messages) == 12
    assert not [message for message in received.messages if message.text.startswith(NOT_READ)]


def test_a_raw_mail_that_the_disk_lost_is_held(mailroom: Mailroom, expect_log: Callable[[str], None]) -> None:
    expect_log("not where it was stored")
    mailroom.keep(a_mail("1@a"))
    mailroom.keep(a_mail("2@a"))
    with mailroom.database.read() as connection:
        (blob,) = connection.execute("SELECT raw_blob FROM inbound ORDER BY turn LIMIT 1").fetchone()
    mailroom.files.remove(blob)
    mailroom.work()
    assert mailroom.states() == {"done": 1, "held": 1}


def test_problems_of_a_mail_are_told_in_words(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a", sender="Mia <mia@example.com>, Bo <bo@example.com>"))
    (line,) = mailroom.events(conversation.id)
    assert "more than one sender" in line


class TestFairness:
    """A flood of one sender."""

    def test_others_come_first(self, mailroom: Mailroom) -> None:
        for number in range(300):
            mailroom.keep(a_mail(f"{number}@flood", f"Buy {number}", sender="flood@example.net"))
        for number in range(20):
            mailroom.keep(a_mail(f"{number}@a", sender=f"c{number}@example.com"))
        # Taking the first hundred of 320 is enough for everybody who wrote once.
        mailroom.ingester.run()
        mailroom.ingester.run()
        names = {str(message.external_id) for message in mailroom.look().messages}
        assert {f"{number}@a" for number in range(20)} <= names
        mailroom.work()
        assert mailroom.states() == {"done": 320}, "and the flood is not lost"

    def test_a_sender_alone_need_not_wait(self, mailroom: Mailroom) -> None:
        for number in range(60):
            mailroom.keep(a_mail(f"{number}@a", f"Order {number}"))
        mailroom.work()
        assert mailroom.states() == {"done": 60}

    @pytest.mark.parametrize(
        ("headers", "most"),
        [({}, MOST_FROM_PERSON), ({"auto_submitted": "auto-generated"}, MOST_FROM_PROGRAM)],
    )
    def test_a_loop_is_cut_and_told_once(
        self, mailroom: Mailroom, headers: dict[str, str], most: int
    ) -> None:
        _, conversation = mailroom.one(a_mail("1@a", **headers))
        name = mailroom.reply(conversation)
        for number in range(most + 5):
            mailroom.keep(a_mail(f"{number}@loop", "Re: Kettle", answers=name, **headers))
        mailroom.work()
        assert mailroom.states() == {"done": most, "held": 6}
        (line,) = mailroom.events(conversation.id)
        assert "held back" in line
        held = held_mails(mailroom.database)
        assert {mail.reason for mail in held} == {"loop"}
        assert release_mails(mailroom.database, [mail.inbound_id for mail in held[:2]]) == 2
        mailroom.work()
        assert mailroom.states() == {"done": most + 2, "held": 4}, "an administrator has let them through"
        mailroom.clock.advance(timedelta(hours=2))
        _, found = mailroom.one(a_mail("later@loop", "Re: Kettle", answers=name, **headers))
        assert found.id == conversation.id, "after an hour they may write again"


class TestReports:
    """What mail servers say about mails of ours."""

    BOUNCE = (
        "This is the mail system. I'm sorry: your message could not be delivered.\r\n\r\n"
        "<mia@example.com>: host mx.example.com said: 550 5.1.1 User unknown"
    )

    def test_they_are_given_to_whom_they_concern(self, mailroom: Mailroom) -> None:
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        message_id = name.partition(".")[0]
        seen: list[object] = []

        def on_ours(rows: object, reports: Any) -> list[Any]:
            seen.extend(reports)
            return [
                ReportDelivery(
                    conversation_id=conversation.id,
                    message_id=message_id,
                    delivery=Delivery.FAILED,
                    detail="mia@example.com: User unknown",
                )
            ]

        before = len(mailroom.look().messages)
        mailroom.keep(self._bounce(name))
        mailroom.work(mailroom.new_ingester(on_ours=on_ours))
        assert seen
        assert len(mailroom.look().messages) == before
        (reply,) = mailroom.rows(Message, id=message_id)
        assert (reply.delivery, reply.delivery_detail) == (Delivery.FAILED, "mia@example.com: User unknown")

    def test_of_others_mails_they_are_mails(self, mailroom: Mailroom) -> None:
        message, conversation = mailroom.one(self._bounce("unknown@elsewhere.example"))
        assert message.automatic
        assert message.mail_kind is MailKind.BOUNCE
        assert conversation.waiting_since is None

    def _bounce(self, name: str) -> bytes:
        return a_mail(
            "b@mx",
            "Undelivered Mail Returned to Sender",
            self.BOUNCE,
            sender="Mail Delivery System <MAILER-DAEMON@mx.example.com>",
            answers=name,
            auto_submitted="auto-replied",
        )


@pytest.mark.parametrize("folder", ["parse", "robust", "bounces"])
def test_each_real_mail_is_a_message(sqlite_mailroom: Mailroom, shared: Path, folder: str) -> None:
    mails = {path.read_bytes() for path in sorted((shared / "data" / "mail" / folder).glob("*.eml"))}
    _check_each_is_one(sqlite_mailroom, sorted(mails))


def test_each_real_spam_is_a_message(sqlite_mailroom: Mailroom, shared: Path) -> None:
    with gzip.open(shared / "data" / "mail" / "spam_ham" / "mails.jsonl.gz", "rt", encoding="utf-8") as file:
        mails = {json.loads(line)["raw"].encode("latin-1") for line in file}
    _check_each_is_one(sqlite_mailroom, sorted(mails))


def _check_each_is_one(room: Mailroom, mails: list[bytes]) -> None:
    kept = sum(room.keep(raw) for raw in mails)
    room.work()
    states = room.states()
    assert set(states) <= {"done", "held"}
    assert len(room.look().messages) == states["done"]
    assert sum(states.values()) == kept
    assert kept >= len(mails) * 0.98, "what its author wrote tells mails apart"
