"""Whoever is erased leaves no raw mails either, and what their mailbox still has does not come again."""

from agent_desktop.domain.message import Message
from sync.server.erasing import Eraser
from sync.server.mail.held import held_mails
from sync.server.written import Written
from tests.sync.server.mailroom import Mailroom, a_mail


def test_raw_mails_go_with_their_sender(mailroom: Mailroom) -> None:
    message, conversation = mailroom.one(a_mail("1@a"))
    name = mailroom.reply(conversation)
    loop = [
        a_mail(f"{number}@loop", "Re: Kettle", answers=name, auto_submitted="yes") for number in range(15)
    ]
    mailroom.arrive(*loop)
    other, _ = mailroom.one(a_mail("2@a", sender="bo@example.net"))
    held = held_mails(mailroom.database)
    assert held
    eraser = Eraser(mailroom.store, mailroom.files)
    assert message.author_id is not None
    with mailroom.store.transaction() as transaction:
        written = Written.look(transaction.connection, transaction.rows, message.author_id)
        eraser.erase(transaction, message.author_id, None, written)
    while eraser.run():
        pass
    assert not held_mails(mailroom.database)
    gone = [*(mail.raw_blob for mail in held), message.raw_blob or ""]
    assert [mailroom.files.read(blob) for blob in gone] == [None] * len(gone)
    assert mailroom.files.read(other.raw_blob or "") is not None
    before = len(mailroom.rows(Message))
    assert not any(mailroom.keep(raw) for raw in (a_mail("1@a"), *loop)), "the mailbox may have them still"
    mailroom.work()
    assert len(mailroom.rows(Message)) == before
