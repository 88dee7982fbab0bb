"""A reply to several, of whom a server takes some now, some later and some never: each gets it once."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.message import (
    CancelReply,
    CheckDelivery,
    ReleaseReply,
    Reply,
    ReportDelivery,
)
from sync.channels.mail.connecting import dial
from sync.channels.mail.sending import MailSender
from sync.server.outbound import LAST_RETRY
from sync.server.outbound_recipients import Recipients
from sync.server.ports import (
    ALL_ALIKE,
    ByRecipient,
    ChannelPort,
    HandOver,
    OpenMailAccount,
    Outgoing,
    RecipientResult,
    SendResult,
)
from tests.factories import make_channel
from tests.sync.channels.mail.conftest import Secret
from tests.sync.channels.mail.letters import TOKENS
from tests.sync.channels.mail.smtp_script import SmtpScript
from tests.sync.server.post import HERE, Post

ADA, BOB, EVE = "ada@customer.test", "bob@customer.test", "eve@customer.test"


@dataclass
class Line:
    """A mail channel at a server that a test writes, and what its folder of sent mail says when it is asked."""

    post: Post
    script: SmtpScript
    found: SendResult | None = None

    @property
    def pause(self) -> timedelta:
        return timedelta()

    @property
    def patience(self) -> timedelta:
        return timedelta(hours=24)

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        server = MailServer(host="localhost", port=self.script.port, security=MailSecurity.NONE)
        account = OpenMailAccount(make_channel().id, MailAccount(smtp=server, user="ben"), Secret())
        return MailSender(outgoing.channel, account, TOKENS, self.post.clock, dial).send(outgoing, hand_over)

    def find(self, message_id: str) -> SendResult | None:
        return self.found


def connect(post: Post, port: ChannelPort) -> None:
    post.provider = port  # type: ignore[assignment]  # another port for this test


def replies(post: Post, *to: str, cc: tuple[str, ...] = ()) -> Id:
    here, message_id = post.conversation(), post.ids.new()
    reply = Reply(
        conversation_id=HERE,
        message_id=message_id,
        channel_id=make_channel().id,
        text="It is on its way.",
        to=to,
        cc=cc,
        seen_in=here.last_in_id,
        seen_out=here.last_out_id,
    )
    post.server.backend.store.commit([reply])
    return message_id


def release(post: Post, message_id: Id) -> None:
    here = post.conversation()
    release = ReleaseReply(
        conversation_id=HERE, message_id=message_id, seen_in=here.last_in_id, seen_out=here.last_out_id
    )
    post.server.backend.store.commit([release])


def asked(script: SmtpScript) -> Counter[str]:
    """How often each recipient was named to the server."""
    return Counter(line[9:-1] for line in script.said if line.startswith("RCPT TO:"))


def stands(post: Post, message_id: Id) -> tuple[Delivery, list[str]]:
    message = post.message(message_id)
    return message.delivery, message.delivery_detail.splitlines()


def test_who_is_refused_for_now_is_tried_again_and_nobody_else(post: Post) -> None:
    with SmtpScript({BOB: "450 full", EVE: "550 unknown"}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, ADA, BOB, cc=(EVE,))
        assert post.later(seconds=10) == 1
        assert stands(post, message_id) == (
            Delivery.SENT,
            [
                f"{BOB}: not delivered yet, it is tried again (localhost did not take it: 450 full)",
                f"{EVE}: not delivered: localhost did not take it: 550 unknown",
            ],
        )
        assert post.later(seconds=20) == 0, "not before its time"
        assert post.later(seconds=20) == 1
        script.answers = {}
        post.restart()
        assert post.later(hours=1) == 1
        assert post.later(days=2) == 0
    assert asked(script) == {ADA: 1, BOB: 3, EVE: 1}
    assert len(script.taken) == 2
    delivery, lines = stands(post, message_id)
    assert (delivery, lines) == (
        Delivery.SENT,
        [f"{EVE}: not delivered: localhost did not take it: 550 unknown"],
    )


def test_a_single_one_is_tried_again(post: Post) -> None:
    with SmtpScript({BOB: "450 full"}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, BOB)
        post.later(seconds=10)
        assert post.message(message_id).delivery is Delivery.QUEUED
        script.answers = {}
        post.later(hours=1)
    assert stands(post, message_id) == (Delivery.SENT, [])
    assert len(script.taken) == 1


def test_it_is_given_up_in_the_end_and_cannot_be_sent_as_a_whole_again(post: Post) -> None:
    with SmtpScript({BOB: "450 full"}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, ADA, BOB)
        post.later(seconds=10)
        while post.later(seconds=LAST_RETRY.total_seconds()):
            assert asked(script)[BOB] < 100
        delivery, (line,) = stands(post, message_id)
        assert delivery is Delivery.SENT
        assert line.startswith(f"{BOB}: not delivered: It was tried again and again")
        script.answers = {}
        release(post, message_id)
        with pytest.raises(Rejected):
            post.server.backend.store.commit([CancelReply(conversation_id=HERE, message_id=message_id)])
        assert post.later(days=1) == 0
    assert asked(script)[ADA] == 1


def test_whose_mail_came_back_gets_it_when_it_is_sent_again(post: Post) -> None:
    with SmtpScript({BOB: "550 unknown"}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, ADA, BOB)
        post.later(seconds=10)
        detail = f"{post.message(message_id).delivery_detail}\n{ADA}: not delivered: the mailbox is full"
        came_back = ReportDelivery(
            conversation_id=HERE, message_id=message_id, delivery=Delivery.FAILED, detail=detail
        )
        post.server.backend.store.commit([came_back])
        script.answers = {}
        release(post, message_id)
        post.later(seconds=10)
    assert asked(script) == {ADA: 2, BOB: 2}


def test_who_has_it_does_not_get_it_again_for_another_whose_mail_came_back(post: Post) -> None:
    """Also where the server had taken it for all of them."""
    lost = "Ada@bücher.test"
    with SmtpScript({}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, lost, BOB, cc=(EVE,))
        post.later(seconds=10)
        assert post.message(message_id).delivery is Delivery.SENT
        detail = f"{lost.casefold()}: not delivered: the mailbox is full"
        came_back = ReportDelivery(
            conversation_id=HERE, message_id=message_id, delivery=Delivery.FAILED, detail=detail
        )
        post.server.backend.store.commit([came_back])
        release(post, message_id)
        post.later(seconds=10)
    assert stands(post, message_id) == (Delivery.SENT, [])
    assert asked(script) == {"Ada@xn--bcher-kva.test": 2, BOB: 1, EVE: 1}


def test_who_has_it_never_gets_it_again_when_it_is_held_after_it_came_back(post: Post) -> None:
    with SmtpScript({BOB: "550 unknown"}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, ADA, BOB, cc=(EVE,))
        post.later(seconds=10)
        detail = f"{post.message(message_id).delivery_detail}\n{EVE}: not delivered: the mailbox is full"
        came_back = ReportDelivery(
            conversation_id=HERE, message_id=message_id, delivery=Delivery.FAILED, detail=detail
        )
        post.server.backend.store.commit([came_back])
        release(post, message_id)
        post.clock.advance(timedelta(minutes=10))
        post.customer_writes()
        assert post.message(message_id).delivery is Delivery.HELD
        script.answers = {}
        release(post, message_id)
        post.later(days=1)
    assert asked(script)[ADA] == 1


def test_whom_nobody_took_it_for_is_not_asked_about_when_it_was_held(post: Post) -> None:
    with SmtpScript({ADA: "450 later", BOB: "450 later"}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, ADA, BOB)
        post.later(minutes=5)
        assert post.message(message_id).delivery is Delivery.QUEUED
        post.customer_writes()
        assert post.message(message_id).delivery is Delivery.HELD
        script.answers = {}
        release(post, message_id)
        post.later(seconds=10)
    assert stands(post, message_id) == (Delivery.SENT, [])
    assert len(script.taken) == 1


def test_what_came_back_meanwhile_stays_said(post: Post) -> None:
    with SmtpScript({BOB: "450 full"}) as script:
        connect(post, Line(post, script))
        message_id = replies(post, ADA, BOB)
        post.later(seconds=10)
        detail = f"{post.message(message_id).delivery_detail}\n{ADA}: not delivered: the mailbox is full"
        came_back = ReportDelivery(
            conversation_id=HERE, message_id=message_id, delivery=Delivery.FAILED, detail=detail
        )
        post.server.backend.store.commit([came_back])
        script.answers = {}
        post.later(hours=1)
    assert stands(post, message_id) == (Delivery.FAILED, [f"{ADA}: not delivered: the mailbox is full"])
    assert asked(script) == {ADA: 1, BOB: 2}


def test_nobody_else_takes_what_is_being_tried_while_a_person_has_it_sent_again(post: Post) -> None:
    def came_back_and_sent_again() -> None:
        came_back = ReportDelivery(
            conversation_id=HERE,
            message_id=message_id,
            delivery=Delivery.FAILED,
            detail=f"{ADA}: not delivered: full",
        )
        post.server.backend.store.commit([came_back])
        release(post, message_id)
        with post.server.database.read() as connection:
            found.extend(connection.execute("SELECT state FROM outbound").fetchall())

    class Interrupted(Line):
        def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
            def handing(recipients: ByRecipient = ALL_ALIKE) -> None:
                hand_over(recipients)
                if outgoing.settled:
                    came_back_and_sent_again()

            return super().send(outgoing, handing)

    found: list[tuple[str]] = []
    with SmtpScript({BOB: "450 full"}) as script:
        connect(post, Interrupted(post, script))
        message_id = replies(post, ADA, BOB)
        post.later(seconds=10)
        script.answers = {}
        post.later(hours=1)
        post.later(days=2)
    assert found == [("sending",)], "what is queued is anybody's"
    assert asked(script) == {ADA: 1, BOB: 2}


def test_a_second_attempt_whose_end_nobody_saw_is_not_made_again(post: Post) -> None:
    """That the reply stands in the folder of sent mail is due to the first."""
    with SmtpScript({BOB: "450 full"}) as script:
        line = Line(post, script, found=SendResult(Delivery.SENT))
        connect(post, line)
        message_id = replies(post, ADA, BOB)
        post.later(seconds=10)
        script.answers = {".": "!"}
        post.later(hours=1)
        post.restart()
        post.later(days=2)
        delivery, (said,) = stands(post, message_id)
        assert delivery is Delivery.SENT
        assert said == f"{BOB}: not known: The program stopped while this was being sent"
        assert post.later(days=2) == 0
    assert asked(script) == {ADA: 1, BOB: 2}


@pytest.mark.parametrize("found", [SendResult(Delivery.SENT), None])
def test_a_first_attempt_whose_end_nobody_saw_keeps_whom_it_was_refused_for(
    post: Post, found: SendResult | None
) -> None:
    with SmtpScript({BOB: "450 full", ".": "!"}) as script:
        line = Line(post, script, found=None)
        connect(post, line)
        message_id = replies(post, ADA, BOB)
        post.later(seconds=10)
        script.answers = {}
        post.restart()
        post.later(seconds=1)
        assert post.message(message_id).delivery is Delivery.UNKNOWN
        assert post.later(days=1) == 0, "a person decides"
        line.found = found
        post.server.backend.store.commit([CheckDelivery(conversation_id=HERE, message_id=message_id)])
        post.later(seconds=1)
        post.later(hours=1)
        if found is None:
            assert post.message(message_id).delivery is Delivery.UNKNOWN
            release(post, message_id)
            post.later(hours=1)
    assert stands(post, message_id) == (Delivery.SENT, [])
    assert asked(script) == {ADA: 1 if found else 2, BOB: 2}


@given(
    st.dictionaries(
        st.sampled_from([ADA, BOB, EVE]), st.lists(st.sampled_from("245"), max_size=4), min_size=2
    )
)
def test_who_has_it_is_never_tried_again(answers: dict[str, list[str]]) -> None:
    means = {"2": Delivery.SENT, "4": Delivery.QUEUED, "5": Delivery.FAILED}
    recipients, got = Recipients(), Counter[str]()
    for _ in range(6):
        said = {
            one: rest.pop(0) if rest else "2"
            for one, rest in answers.items()
            if one not in recipients.settled
        }
        told = {one: RecipientResult(means[answer], answer) for one, answer in said.items()}
        got.update(one for one, answer in said.items() if answer == "2")
        everything = {result.delivery for result in told.values()}
        whole = next(way for way in means.values() if way in everything)
        if whole is Delivery.SENT:
            recipients = Recipients.read(recipients.handed_over(told).column)
        recipients = recipients.after(SendResult(whole, recipients=told))
        if not recipients.wait:
            break
    assert not recipients.wait
    assert set(got.values()) <= {1}
    assert set(got) == {one for one, told in recipients.known.items() if told.delivery is Delivery.SENT}
