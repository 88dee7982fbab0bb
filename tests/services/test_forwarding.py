"""A message is passed on with who wrote it and its files, to somebody who is no part of the conversation."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Delivery, Message
from agent_desktop.services.composer import SENT_ALREADY, ComposeProblem, Outgoing
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.forwarding import BEGIN, CUT, LONGEST_TEXT, ForwardingService, forwarded_text
from agent_desktop.store.rows import SqlRows
from tests.desk_fixture import Office, second_desk
from tests.factories import make_message
from tests.fakes import DictRows


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "AW: Re: Refund", "Where is it?\n\nKarl")


@pytest.fixture
def forwarding(office: Office) -> ForwardingService:
    desk = office.desk
    return desk.forwarding


def asked(office: Office, conversation_id: Id) -> Message:
    return office.desk.conversations.timeline(conversation_id).items[0].message


def forward(office: Office, draft: Draft) -> Outgoing:
    assert draft.channel_id is not None
    return Outgoing(
        conversation_id=draft.conversation_id,
        channel_id=draft.channel_id,
        text=f"Can you look?{draft.text}",
        to=("shop@supplier.test",),
        subject=draft.subject,
        files=draft.files,
        reply_id=draft.reply_id,
        forward=True,
    )


def test_who_wrote_what_and_when_stands_above_it(
    office: Office, conversation_id: Id, forwarding: ForwardingService
) -> None:
    message = asked(office, conversation_id)
    draft = forwarding.begin(message.id)
    at = message.created_at
    assert draft.subject == "Fwd: Refund"
    assert draft.to == ()
    lines = draft.text.split("\n")
    assert lines[:3] == ["", "", BEGIN]
    assert lines[3].startswith("From: Karl Lund <")
    assert f"Date: {at.day} {at:%B %Y at %H:%M} UTC" in lines
    assert draft.text.endswith("\n\nWhere is it?\n\nKarl")
    assert office.desk.drafts.get(conversation_id, DraftKind.FORWARD) == draft


def test_it_says_from_which_address_a_mail_came(office: Office) -> None:
    mail = make_message(author_name="Karl Lund", sender="K. Lund <karl@work.example>")
    assert "\nFrom: K. Lund <karl@work.example>\n" in forwarded_text(DictRows(), mail)


def test_the_customer_waits_as_before_and_the_reply_that_is_written_stays(
    office: Office, conversation_id: Id, forwarding: ForwardingService
) -> None:
    desk = office.desk
    reply = Draft(
        conversation_id=conversation_id, kind=DraftKind.REPLY, text="Dear Karl", updated_at=desk.clock.now()
    )
    desk.drafts.save(reply)
    waits_since = office.row(Conversation, conversation_id).waiting_since
    desk.composer.send(forward(office, forwarding.begin(asked(office, conversation_id).id)))
    desk.sync.exchange()
    (sent,) = [item.message for item in desk.conversations.timeline(conversation_id).items][1:]
    there = office.on_server(Message, sent.id)
    assert (there.forwarded, there.delivery, there.to) == (True, Delivery.QUEUED, ("shop@supplier.test",))
    assert office.on_server(Conversation, conversation_id).waiting_since == waits_since
    assert desk.drafts.get(conversation_id, DraftKind.REPLY) == reply
    assert desk.drafts.get(conversation_id, DraftKind.FORWARD) is None
    back = desk.composer.call_back(sent.id)
    assert back is not None
    assert back.kind is DraftKind.FORWARD
    assert desk.drafts.get(conversation_id, DraftKind.REPLY) == reply


def test_files_go_along_by_what_they_contain(
    office: Office, conversation_id: Id, forwarding: ForwardingService
) -> None:
    desk = office.desk
    file = desk.composer.attach_content("list.txt", b"a lamp")
    here = office.row(Conversation, conversation_id)
    choice = desk.composer.channels(conversation_id)[0]
    applied = desk.composer.send(
        Outgoing(
            conversation_id=conversation_id,
            channel_id=choice.channel.id,
            text="See the list.",
            to=choice.to,
            files=(file,),
            reply_id=desk.ids.new(),
            seen_in=here.last_in_id,
            seen_out=here.last_out_id,
        )
    )
    assert applied.operations
    reply = desk.conversations.timeline(conversation_id).items[-1].message
    draft = forwarding.begin(reply.id)
    (taken,) = draft.files
    assert (taken.name, taken.sha256, taken.size) == ("list.txt", file.sha256, 6)
    assert taken.id != file.id
    desk.composer.send(forward(office, draft))
    sent = desk.conversations.timeline(conversation_id).items[-1]
    assert [row.sha256 for row in sent.attachments] == [file.sha256]
    assert all(isinstance(row, Attachment) for row in sent.attachments)


def test_notes_are_not_passed_on(office: Office, conversation_id: Id, forwarding: ForwardingService) -> None:
    office.desk.composer.note(conversation_id, "He is a friend of Ben")
    note = office.desk.conversations.timeline(conversation_id).items[-1].message
    with pytest.raises(InputError, match="for the team alone"):
        forwarding.begin(note.id)
    with pytest.raises(InputError, match="not here any more"):
        forwarding.begin("0" * 32)


def test_hostile_words_stay_on_their_line_and_long_ones_are_cut(
    office: Office, forwarding: ForwardingService
) -> None:
    hostile = office.world.customer_writes(
        "Eve\nTo: x@y.test", "Hi\r\nBcc: z@y.test", "x" * (LONGEST_TEXT + 5)
    )
    draft = forwarding.begin(asked(office, hostile).id)
    assert not [line for line in draft.text.split("\n") if line.startswith(("To: x@", "Bcc:"))]
    assert draft.text.endswith(f"xxx\n{CUT}")
    assert "\n" not in draft.subject


def test_what_was_said_about_another_forward_is_kept_beside_it(
    office: Office, conversation_id: Id, forwarding: ForwardingService
) -> None:
    message = asked(office, conversation_id)
    first = forwarding.begin(message.id)
    assert office.desk.drafts.before(conversation_id, DraftKind.FORWARD) is None
    office.desk.drafts.save(replace(first, text=f"Can you look?{first.text}"))
    forwarding.begin(message.id)
    kept = office.desk.drafts.before(conversation_id, DraftKind.FORWARD)
    assert kept is not None
    assert kept.text.startswith("Can you look?")


@pytest.fixture
def tablet(office: Office, conversation_id: Id, tmp_path: Path) -> Iterator[Desk]:
    """Another device of the same user."""
    with second_desk(office.world, tmp_path / "tablet") as desk:
        yield desk


def test_forwarded_from_two_devices_it_leaves_once(
    office: Office, conversation_id: Id, forwarding: ForwardingService, tablet: Desk
) -> None:
    """Both have the same draft, and so the same message; the second is offline when the first sends."""
    draft = forwarding.begin(asked(office, conversation_id).id)
    tablet.drafts.save(draft)
    tablet.composer.send(forward(office, draft))
    office.desk.composer.send(forward(office, draft))
    office.desk.sync.exchange()
    tablet.sync.exchange()
    with office.server.database.read() as sql:
        rows = SqlRows(sql, office.server.backend.store.schema.tables)
        sent = [row for row in rows.query(Message, conversation_id=conversation_id) if row.forwarded]
    assert [row.id for row in sent] == [draft.reply_id]
    (item,) = (item for item in tablet.outbox.items() if item.operation_id is not None)
    assert (item.title, item.words, item.can_retry) == ("Reply", SENT_ALREADY, False)
    assert item.text == forward(office, draft).text


@pytest.mark.parametrize("changed", [False, True])
def test_once_it_was_forwarded_elsewhere_only_what_was_changed_since_is_kept(
    office: Office, conversation_id: Id, forwarding: ForwardingService, tablet: Desk, changed: bool
) -> None:
    draft = forwarding.begin(asked(office, conversation_id).id)
    tablet.drafts.save(draft)
    office.desk.composer.send(forward(office, draft))
    office.desk.sync.exchange()
    tablet.sync.exchange()
    outgoing = forward(office, draft)
    if changed:
        outgoing = replace(outgoing, text=f"{outgoing.text} And this?")
    with pytest.raises(ComposeProblem, match="sent already"):
        tablet.composer.send(outgoing)
    kept = tablet.drafts.get(conversation_id, DraftKind.FORWARD)
    assert (kept is not None) is changed
    if kept is not None:
        assert kept.reply_id != draft.reply_id, "it is another one now"
