"""Raw mails that no message names go after their time; a mail that comes again is known all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.policy import HoldConversation, SaveRetention
from agent_desktop.domain.policy import POLICY_ID, Policy
from sync.server.erasing import Eraser
from sync.server.mail.held import held_mails
from sync.server.mail.raw_mails import DAYS, UnnamedRawMails
from sync.server.retention import preview
from tests.sync.server.mailroom import Mailroom, a_mail

OURS = "Support <support@example.org>"


class Scene:
    """A conversation, and a copy of our answer to it that came back."""

    def __init__(self, room: Mailroom) -> None:
        self.room = room
        self.eraser = Eraser(room.store, room.files)
        self.job = UnnamedRawMails(room.store, room.clock)
        _, self.conversation = room.one(a_mail("1@a"))
        self.copy = a_mail(room.reply(self.conversation), "Re: Kettle", sender=OURS)
        room.arrive(self.copy)

    def days_later(self, days: int) -> None:
        self.room.clock.advance(timedelta(days=days, minutes=1))
        while self.job.run():
            pass
        while self.eraser.run():
            pass

    def rows(self, state: str) -> list[tuple[Id, str]]:
        with self.room.database.read() as connection:
            found = connection.execute("SELECT inbound_id, raw_blob FROM inbound WHERE state = ?", (state,))
            return [(str(row_id), str(blob)) for row_id, blob in found.fetchall()]

    def files(self) -> int:
        return len(list(self.room.files.all_paths()))


@pytest.fixture
def scene(mailroom: Mailroom) -> Scene:
    return Scene(mailroom)


def test_a_copy_of_our_own_mail_goes_after_its_time_and_is_known_still(scene: Scene) -> None:
    ((_, copy),) = scene.rows("own")
    scene.days_later(DAYS - 1)
    assert scene.room.files.has(copy)
    scene.days_later(2)
    assert not scene.room.files.has(copy)
    assert [blob for _, blob in scene.rows("own")] == [""]
    files = scene.files()
    assert not scene.room.keep(scene.copy), "it is known by its key"
    assert scene.files() == files


def test_what_a_message_names_stays(scene: Scene) -> None:
    (message,) = scene.room.look().messages
    scene.days_later(DAYS * 10)
    (kept,) = scene.room.look().messages
    assert kept.raw_blob == message.raw_blob
    assert message.raw_blob is not None
    assert scene.room.files.has(message.raw_blob)
    assert [blob for _, blob in scene.rows("done")] == [message.raw_blob]


@pytest.mark.parametrize("days", [10, 400])
def test_the_time_is_that_of_the_workspace_where_it_has_chosen_one(scene: Scene, days: int) -> None:
    scene.room.commit(SaveRetention(conversations_days=0, files_days=0, raw_days=days))
    ((_, copy),) = scene.rows("own")
    scene.days_later(days - 1)
    assert scene.room.files.has(copy)
    scene.days_later(2)
    assert not scene.room.files.has(copy)


def test_what_would_go_is_counted_before_it_is_decided(scene: Scene) -> None:
    scene.room.clock.advance(timedelta(days=11))
    policy = Policy(id=POLICY_ID, raw_days=10)
    with scene.room.database.read() as sql:
        assert preview(sql, policy, scene.room.clock.now()).raw == 2, "that of the message, and the copy"
        assert preview(sql, replace(policy, raw_days=20), scene.room.clock.now()).raw == 0
        assert preview(sql, replace(policy, raw_days=0), scene.room.clock.now()).raw == 0


def test_what_waits_or_is_held_stays_however_long(scene: Scene) -> None:
    name = scene.room.reply(scene.conversation)
    for number in range(12):
        scene.room.keep(a_mail(f"{number}@loop", "Re: Kettle", answers=name, auto_submitted="auto-replied"))
    scene.room.work()
    held = held_mails(scene.room.database)
    scene.room.keep(a_mail("late@a", sender="bo@example.com"))
    scene.days_later(DAYS * 2)
    assert held
    assert all(scene.room.files.has(mail.raw_blob) for mail in held)
    scene.room.work()
    assert "late@a" in {message.external_id for message in scene.room.rows(Message)}


def test_what_was_told_in_a_conversation_that_is_held_for_the_law_stays(scene: Scene) -> None:
    ((row_id, copy),) = scene.rows("own")
    with scene.room.database.write() as connection:
        connection.execute(
            "UPDATE inbound SET conversation_id = ? WHERE inbound_id = ?", (scene.conversation.id, row_id)
        )
    scene.room.commit(HoldConversation(conversation_id=scene.conversation.id, held=True))
    scene.days_later(DAYS * 2)
    assert scene.room.files.has(copy)
    scene.room.commit(HoldConversation(conversation_id=scene.conversation.id, held=False))
    scene.days_later(2)
    assert not scene.room.files.has(copy)


def test_the_same_file_of_two_mailboxes_goes_when_nobody_needs_it(scene: Scene) -> None:
    ((row_id, copy),) = scene.rows("own")
    with scene.room.database.write() as connection:
        # Another mailbox has the same mail, and it waits there.
        connection.execute(
            "INSERT INTO inbound (inbound_id, channel_id, key, raw_blob, size, received_at, sender, state, turn,"
            " lease_until, attempts) SELECT 'other', 'elsewhere', key, raw_blob, size, received_at, sender, 'held',"
            " turn, 0, 0 FROM inbound WHERE inbound_id = ?",
            (row_id,),
        )
    scene.days_later(DAYS + 1)
    assert scene.room.files.has(copy)
