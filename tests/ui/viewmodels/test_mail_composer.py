"""Who gets what is written: recipients of replies, forwards beside the reply, and what is sent once more."""

import pytest

from agent_desktop.domain.message import Direction, Message
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.services import forwarding
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.recipients import Recipients
from agent_desktop.services.settings import SIGNATURE
from tests.ui.amelia import ADDRESS, Amelia
from tests.ui.conftest import Room
from tests.ui.viewmodels.test_composer import Written, sent_texts
from ui.viewmodels import sending


@pytest.fixture
def written(amelia: Amelia, room: Room) -> Written:
    model = Written(amelia, room)
    model.open(amelia.conversation)
    return model


def copied(amelia: Amelia, *, authentication: str = "", reply_to: str = "") -> None:
    """Amelia writes with a copy to her boss."""
    amelia.at_server(
        ReceiveMessage(
            conversation_id=amelia.conversation,
            message_id=amelia.world.ids.new(),
            customer_id=amelia.world.customers[amelia.conversation],
            channel_id=amelia.email,
            text="My boss wants to know, too.",
            sent_at=amelia.world.clock.now(),
            to=("help@northwind.example",),
            cc=("boss@x.example",),
            authentication=authentication,
            reply_to=reply_to,
        )
    )


def last_reply(amelia: Amelia) -> Message:
    return [message for message in amelia.messages() if message.direction is Direction.OUT][-1]


class TestRecipients:
    def test_whoever_got_a_copy_gets_one_of_the_answer(self, amelia: Amelia, written: Written) -> None:
        copied(amelia)
        written.open(amelia.conversation)
        assert written.people == Recipients((ADDRESS,), ("boss@x.example",))
        written.type("It is on its way.")
        written.send()
        assert (last_reply(amelia).to, last_reply(amelia).cc) == ((ADDRESS,), ("boss@x.example",))

    def test_taken_out_they_stay_out(self, amelia: Amelia, room: Room, written: Written) -> None:
        copied(amelia)
        written.open(amelia.conversation)
        written.type("Hi")
        written.address(written.answer.sender)
        written.flush()
        again = Written(amelia, room)
        again.open(amelia.conversation)
        assert again.people == Recipients((ADDRESS,))

    def test_a_doubtful_sender_is_answered_alone(self, amelia: Amelia, written: Written) -> None:
        copied(amelia, authentication="spf=fail dmarc=fail", reply_to="thief@y.example")
        written.open(amelia.conversation)
        assert written.people == Recipients((ADDRESS,))
        assert written.answer.asked == "thief@y.example"

    def test_what_comes_back_goes_to_the_same_people(self, amelia: Amelia, written: Written) -> None:
        copied(amelia)
        written.open(amelia.conversation)
        written.type("Hi")
        written.address(Recipients(("lab@x.example",), (), ("me@x.example",)))
        written.send()
        written.undo(written.sent_replies[0])
        assert written.people == Recipients(("lab@x.example",), (), ("me@x.example",))

    def test_nobody_in_to_is_said(self, amelia: Amelia, written: Written) -> None:
        written.type("Hi")
        written.address(Recipients())
        assert written.people == Recipients()
        written.send()
        assert "no e-mail address in To" in written.problem
        assert sent_texts(amelia) == []


class TestForwarding:
    def test_goes_to_somebody_else_and_the_customer_goes_on_waiting(
        self, amelia: Amelia, written: Written
    ) -> None:
        amelia.desk.settings.set(SIGNATURE, True)
        written.type("A reply in the making")
        written.forward(amelia.first)
        assert written.kind is DraftKind.FORWARD
        assert written.people == Recipients()
        quoted = written.draft().text
        written.edit(DraftKind.FORWARD, f"Can you look?{quoted}", 5)
        written.send()
        assert "no e-mail address in To" in written.problem
        written.address(Recipients(("lab@x.example",)))
        written.send()
        message = last_reply(amelia)
        assert message.forwarded
        assert (message.to, message.subject) == (("lab@x.example",), "Fwd: Where is my replacement kettle?")
        assert message.text.startswith("Can you look?\n\n")
        assert message.text.endswith(amelia.messages()[0].text)
        assert written.draft(DraftKind.REPLY).text == "A reply in the making"
        assert not written.draft(DraftKind.FORWARD).text
        card = amelia.desk.conversations.card(amelia.conversation)
        assert card is not None
        assert card.conversation.waiting_since is not None

    def test_comes_back_as_it_was_written(self, amelia: Amelia, written: Written) -> None:
        amelia.desk.settings.set(SIGNATURE, True)
        written.forward(amelia.first)
        text = f"Can you look?{written.draft().text}"
        written.edit(DraftKind.FORWARD, text, 5)
        written.address(Recipients(("lab@x.example",)))
        written.send()
        written.undo(written.sent_replies[0])
        assert written.kind is DraftKind.FORWARD
        assert written.draft().text == text
        assert written.people.to == ("lab@x.example",)

    def test_survives_as_every_draft(self, amelia: Amelia, room: Room, written: Written) -> None:
        written.forward(amelia.first)
        written.flush()
        again = Written(amelia, room)
        again.open(amelia.conversation)
        assert again.kind is DraftKind.FORWARD
        assert again.forwards

    def test_can_be_given_up(self, amelia: Amelia, written: Written) -> None:
        written.forward(amelia.first)
        written.stop_forwarding()
        written.flush()
        assert written.kind is DraftKind.REPLY
        assert not written.forwards
        assert amelia.desk.drafts.conversation_ids() == ()


def test_sent_again_to_others_keeps_what_is_written(amelia: Amelia, room: Room, written: Written) -> None:
    written.type("It is on its way.")
    written.send()
    sent = last_reply(amelia)
    written.type("Half a thought")
    written.flush()
    written.send_again_to(sent.id, ("lab@x.example",))
    assert written.draft(DraftKind.REPLY).text == "It is on its way."
    assert written.people == Recipients(("lab@x.example",))
    kept = amelia.desk.drafts.before(amelia.conversation, DraftKind.REPLY)
    assert kept is not None
    assert kept.text == "Half a thought"


def test_the_mark_of_what_is_forwarded_is_the_one_that_is_written() -> None:
    assert sending.FORWARDED == forwarding.BEGIN


def test_the_next_reply_goes_to_whom_the_last_one_went(amelia: Amelia, written: Written) -> None:
    written.type("Hi")
    written.address(Recipients((ADDRESS,), ("lab@x.example",)))
    written.send()
    assert written.people == Recipients((ADDRESS,), ("lab@x.example",))
    written.type("One more thing")
    written.address(written.answer.sender)
    assert written.people == Recipients((ADDRESS,))
