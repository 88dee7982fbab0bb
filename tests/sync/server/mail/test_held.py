"""Administrators look at what was held back: those who would see it read whom it is from, and nobody else."""

from datetime import timedelta

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.workspace import CustomRole, Role
from sync.protocol.administration import HeldMail
from sync.server.administration import Administration
from sync.server.answering import CONSOLE, Asker
from sync.server.audit import AuditFilter
from sync.server.erasing import Eraser
from sync.server.mail.raw_mails import UnnamedRawMails
from tests.factories import ADMIN, ANNA, an_id
from tests.sync.server.mailroom import CHANNEL, Mailroom, a_mail, hold

MANAGER = an_id("who manages channels")


class Office:
    """Administrators of a server that holds one mail of Mia's."""

    def __init__(self, room: Mailroom) -> None:
        self.room = room
        self.server = Administration(
            room.store, room.clock, room.ids, Eraser(room.store, room.files), room.files
        )
        room.commit(SaveUser(user_id=MANAGER, name="Mona", role=Role.SUPERVISOR))
        self.raw = room.files.put(a_mail("1@a", "Re: My \u202ekettle"))
        self.held = hold(room.database, self.raw)

    def shown(self, user_id: Id = ADMIN.id) -> HeldMail:
        (mail,) = self.server.held_mails(Asker(user_id)).mails
        return mail


@pytest.fixture
def office(mailroom: Mailroom) -> Office:
    return Office(mailroom)


def test_it_is_shown_with_sender_subject_and_why(office: Office) -> None:
    mail = office.shown()
    assert (mail.id, mail.sender, mail.reason) == (office.held, "mia@example.com", "loop")
    assert mail.subject is not None
    assert mail.subject.startswith("Re: My")
    assert "\u202e" not in mail.subject, "nothing that turns text around"
    assert "within an hour" in mail.why


def test_whoever_may_not_see_a_channel_is_not_told_who_wrote_there(office: Office) -> None:
    office.room.configure(private=True, member_ids=(ANNA.id,))
    with office.room.store.transaction() as transaction:
        role = CustomRole(
            id=an_id("keeps channels"), name="Keeper", permissions=(Permission.CHANNELS_MANAGE,)
        )
        transaction.rows.put(role)
    office.room.commit(
        SaveUser(user_id=MANAGER, name="Mona", role=Role.AGENT, custom_role_id=an_id("keeps channels"))
    )
    mail = office.shown(MANAGER)
    assert (mail.sender, mail.subject) == (None, None)
    assert (mail.id, mail.reason) == (office.held, "loop"), "they may decide on it"
    assert office.shown(ADMIN.id).sender == "mia@example.com"
    assert office.server.held_mails(CONSOLE).mails[0].sender == "mia@example.com"


def test_what_is_discarded_becomes_nothing_and_its_raw_mail_goes_when_its_time_is_over(
    office: Office,
) -> None:
    office.server.discard_mail(Asker(ADMIN.id), office.held)
    office.room.work()
    assert office.room.states() == {"discarded": 1}
    assert office.room.look().messages == []
    assert office.server.held_mails(CONSOLE).count == 0
    assert office.room.files.has(office.raw)
    job, eraser = (
        UnnamedRawMails(office.room.store, office.room.clock),
        Eraser(office.room.store, office.room.files),
    )
    office.room.clock.advance(timedelta(days=91))
    while job.run() or eraser.run():
        pass
    assert not office.room.files.has(office.raw)


def test_what_is_let_through_becomes_a_message(office: Office) -> None:
    office.server.release_mail(Asker(ADMIN.id), office.held)
    office.room.work()
    assert office.room.states() == {"done": 1}
    assert [message.external_id for message in office.room.look().messages] == ["1@a"]


def test_what_is_decided_is_told_once_and_cannot_be_decided_again(office: Office) -> None:
    office.server.discard_mail(Asker(ADMIN.id, "laptop"), office.held)
    for ask in (office.server.discard_mail, office.server.release_mail):
        with pytest.raises(Rejected) as caught:
            ask(Asker(ADMIN.id), office.held)
        assert caught.value.reason is Reason.GONE
    with office.room.database.read() as connection:
        entries = office.room.store.audit.page(
            connection, AuditFilter(actions=(AuditAction.MAIL_RELEASED, AuditAction.MAIL_DISCARDED)), None
        )
    assert [(entry.actor_id, entry.device_id, entry.about) for entry in entries] == [
        (ADMIN.id, "laptop", office.held)
    ]


def test_agents_are_neither_shown_nor_asked(office: Office) -> None:
    for ask in (
        lambda: office.server.held_mails(Asker(ANNA.id)),
        lambda: office.server.release_mail(Asker(ANNA.id), office.held),
        lambda: office.server.discard_mail(Asker(ANNA.id), office.held),
    ):
        with pytest.raises(Rejected) as caught:
            ask()
        assert caught.value.reason is Reason.FORBIDDEN
    assert office.room.states() == {"held": 1}


def test_of_what_the_disk_lost_when_and_why_is_told(office: Office) -> None:
    office.room.files.remove(office.raw)
    mail = office.shown()
    assert (mail.sender, mail.subject, mail.reason) == (None, None, "loop")
    assert mail.channel_id == CHANNEL.id
