"""Mail in a conversation, by keys alone: who gets it, what is forwarded, and the mail that leaves in the end."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.mail_account import MailAccount
from agent_desktop.domain.message import Delivery, Direction, Message
from agent_desktop.domain.operations.message import ReceiveMessage, ReportDelivery
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.mail.parse import parse_mail
from agent_desktop.store.rows import SqlRows
from sync.channels.mail.compose import compose
from sync.server.outgoing import load_outgoing
from tests.sync.channels.mail.letters import TOKENS
from tests.ui.amelia import ADDRESS, Amelia
from tests.ui.conftest import Room
from tests.ui.screens.test_conversation import bubble_of, show, write
from ui.models.timeline import DeliveryAction
from ui.screens.conversation import ConversationPane
from ui.widgets.message_bubble import MessageView

BOSS, LAB = "boss@x.example", "lab@x.example"


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def pane(room: Room, amelia: Amelia, qtbot: QtBot) -> ConversationPane:
    pane = ConversationPane(room.context)
    qtbot.addWidget(pane)
    pane.resize(588, 800)
    pane.show()
    qtbot.waitExposed(pane)
    show(pane, amelia.conversation, qtbot)
    return pane


def copied(amelia: Amelia, authentication: str = "", reply_to: str = "") -> None:
    amelia.at_server(
        ReceiveMessage(
            conversation_id=amelia.conversation,
            message_id=amelia.world.ids.new(),
            customer_id=amelia.world.customers[amelia.conversation],
            channel_id=amelia.email,
            text="My boss wants to know, too.",
            sent_at=amelia.world.clock.now(),
            to=("help@northwind.example",),
            cc=(BOSS,),
            authentication=authentication,
            reply_to=reply_to,
        )
    )


def last_reply(amelia: Amelia) -> Message:
    return [message for message in amelia.messages() if message.direction is Direction.OUT][-1]


def test_one_address_takes_no_room(pane: ConversationPane) -> None:
    assert pane.composer.people is None
    assert ADDRESS in pane.composer._picker._to.text()


def test_a_copy_by_keys_is_in_the_mail_that_leaves(amelia: Amelia, pane: ConversationPane) -> None:
    amelia.at_server(
        SaveChannel(
            channel_id=amelia.email, kind=ChannelKind.EMAIL, name="Email", address="help@northwind.example"
        )
    )
    write(pane, "It is on its way.")
    pane.composer.address("Cc")
    people = pane.composer.people
    assert people is not None
    QTest.keyClicks(people.fields["Cc"].edit, BOSS)  # sent without ending it first
    people.open("Bcc")
    QTest.keyClicks(people.fields["Bcc"].edit, f"{LAB},")
    pane.send()
    amelia.desk.sync.exchange()
    store = amelia.world.server.backend.store
    with store.database.read() as connection:
        rows = SqlRows(connection, store.schema.tables)
        outgoing = load_outgoing(rows, last_reply(amelia).id, lambda sha256: None)
    assert outgoing is not None
    composed = compose(outgoing, MailAccount(), TOKENS, amelia.world.clock.now())
    mail = parse_mail(composed.content)
    assert [one.address for one in mail.to] == [ADDRESS]
    assert [one.address for one in mail.cc] == [BOSS]
    assert composed.recipients == (ADDRESS, BOSS, LAB)
    assert LAB.encode() not in composed.content


def test_a_mail_to_several_shows_them_and_answers_all(
    amelia: Amelia, pane: ConversationPane, qtbot: QtBot
) -> None:
    copied(amelia)
    qtbot.waitUntil(lambda: pane.composer.people is not None)
    people = pane.composer.people
    assert people is not None
    assert people.isVisible()
    assert people.fields["Cc"].addresses == (BOSS,)
    write(pane, "Hello both")
    pane.send()
    assert (last_reply(amelia).to, last_reply(amelia).cc) == ((ADDRESS,), (BOSS,))
    entry = pane.timeline.entries()[-1]
    assert entry.people == f"to {ADDRESS}, cc {BOSS}"


def test_a_doubtful_mail_says_so_and_its_wish_is_a_question(
    amelia: Amelia, pane: ConversationPane, qtbot: QtBot
) -> None:
    copied(amelia, authentication="spf=fail dmarc=fail", reply_to=LAB)
    qtbot.waitUntil(lambda: pane.composer.people is not None)
    people = pane.composer.people
    assert people is not None
    assert "could not be confirmed" in pane.timeline.entries()[-1].spoken
    assert people.people.to == (ADDRESS,)
    assert people.people.cc == ()
    next(button for button in people._buttons if button.text() == "Answer there").click()
    assert pane.composer_model.people.to == (LAB,)


def test_forwarding_has_a_tab_of_its_own_while_it_lasts(amelia: Amelia, pane: ConversationPane) -> None:
    write(pane, "A reply in the making")
    message_id = pane.model.message_to_forward
    assert message_id == amelia.first
    pane.forward(message_id)
    composer, people = pane.composer, pane.composer.people
    assert people is not None
    assert composer._tabs.isTabVisible(2)
    assert people.subject.text() == "Fwd: Where is my replacement kettle?"
    assert people.fields["To"].edit.hasFocus()
    QTest.keyClicks(people.fields["To"].edit, LAB)
    composer.editor.insert("Can you look?")
    pane.send()
    assert (last_reply(amelia).forwarded, last_reply(amelia).to) == (True, (LAB,))
    composer.show_kind(DraftKind.REPLY)
    assert composer.editor.text == "A reply in the making"
    assert not composer._tabs.isTabVisible(2)


def test_a_conversation_opened_after_a_forward_shows_its_reply(
    amelia: Amelia, pane: ConversationPane, qtbot: QtBot
) -> None:
    pane.forward(amelia.first)
    other = amelia.world.customer_writes("Jonas Weber", "Checkout error")
    show(pane, other, qtbot)
    assert pane.composer_model.kind is DraftKind.REPLY
    assert pane.composer._tabs.currentIndex() == 0


def test_given_up_the_forward_is_gone(amelia: Amelia, pane: ConversationPane) -> None:
    pane.forward(amelia.first)
    assert pane.composer.people is not None
    pane.composer.people._give_up.click()
    assert pane.composer_model.kind is DraftKind.REPLY
    assert not pane.composer._tabs.isTabVisible(2)


def test_a_copy_that_did_not_arrive_is_sent_again_to_another_address(
    amelia: Amelia, pane: ConversationPane
) -> None:
    write(pane, "It is on its way.")
    pane.send()
    reply = last_reply(amelia)
    amelia.desk.sync.exchange()
    amelia.at_server(
        ReportDelivery(
            conversation_id=amelia.conversation,
            message_id=reply.id,
            delivery=Delivery.SENT,
            detail=f"{BOSS}: not delivered: there is no such mailbox (550 5.1.1)",
        )
    )
    bubble = bubble_of(pane, reply.id)
    assert "Not delivered to boss@x.example" in bubble.accessibleName()
    bubble.decided.emit(reply.id, DeliveryAction.SEND_AGAIN_TO)
    assert pane.composer_model.people.to == (BOSS,)
    assert pane.composer.editors[DraftKind.REPLY].text == "It is on its way."


def test_a_message_is_forwarded_from_its_menu(amelia: Amelia, pane: ConversationPane) -> None:
    bubble = bubble_of(pane, amelia.first)
    titles = [action.text() for action in bubble._menu().actions()]
    assert "Forward…" in titles
    bubble.view_requested.emit(amelia.first, MessageView.FORWARD)
    assert pane.composer_model.kind is DraftKind.FORWARD


def test_escape_in_a_field_keeps_what_was_typed(pane: ConversationPane) -> None:
    write(pane, "Hi")
    pane.composer.address()
    assert pane.composer.people is not None
    edit = pane.composer.people.fields["To"].edit
    QTest.keyClicks(edit, LAB)
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert LAB in pane.composer_model.people.to
