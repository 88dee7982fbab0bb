"""What waits is counted with its age: replies that should have left, raw mails, and what was held back."""

from datetime import timedelta

from sync.server.mail.backlog import Waiting, backlog
from tests.sync.server.mailroom import Mailroom, a_mail, hold

NOTHING = Waiting(0, 0.0)


def found(room: Mailroom) -> dict[str, Waiting]:
    with room.database.read() as sql:
        return backlog(sql, room.clock.now())


def test_what_waits_is_counted_with_the_age_of_the_oldest(mailroom: Mailroom) -> None:
    assert found(mailroom) == {"to_send": NOTHING, "to_read": NOTHING, "held": NOTHING}
    _, conversation = mailroom.one(a_mail("1@a"))
    assert found(mailroom)["to_read"] == NOTHING, "it is a message"
    mailroom.reply(conversation)
    assert found(mailroom)["to_send"] == NOTHING, "it may be undone still"
    mailroom.clock.advance(timedelta(seconds=70))
    mailroom.keep(a_mail("2@a"))
    mailroom.clock.advance(timedelta(seconds=20))
    mailroom.keep(a_mail("3@a"))
    waiting = found(mailroom)
    assert waiting["to_send"].count == 1
    assert 80 <= waiting["to_send"].seconds < 81
    assert waiting["to_read"].count == 2
    assert 20 <= waiting["to_read"].seconds < 21
    hold(mailroom.database)
    assert found(mailroom)["held"].count == 1
    assert found(mailroom)["held"].seconds > 86_400
