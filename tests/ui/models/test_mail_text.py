"""What a mail says around its text: recipients, doubts about its sender, and whom it did not reach."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Delivery, Direction, MessageKind
from tests.factories import make_message, make_reply
from tests.ui.models.test_timeline import entries
from ui.models.mail_text import Notice, notices_of, people_words, recipient_reports, unreached
from ui.models.timeline import DeliveryAction, TimelineEntry
from ui.tokens import ChipTone

FULL = "karl@example.com: not delivered: the mailbox is full (552 5.2.2)"


def shown(**changes: object) -> TimelineEntry:
    return entries(make_reply(**changes))[-1]


class TestPeople:
    def test_a_reply_names_everybody_it_goes_to(self) -> None:
        reply = make_reply(to=("a@x.example", "b@x.example"), cc=("c@x.example",), bcc=("d@x.example",))
        assert people_words(reply) == "to a@x.example, b@x.example, cc c@x.example, bcc d@x.example"

    def test_theirs_is_silent_about_us_alone(self) -> None:
        one = make_message(direction=Direction.IN, to=("help@shop.example",))
        several = make_message(direction=Direction.IN, to=("help@shop.example",), cc=("boss@x.example",))
        assert people_words(one) == ""
        assert people_words(several) == "to help@shop.example, cc boss@x.example"

    def test_where_it_came_from_is_named_first(self) -> None:
        one = make_message(direction=Direction.IN, author_name="Karl", to=("help@shop.example",))
        several = replace(one, cc=("boss@x.example",))
        assert people_words(one, "Karl <k@work.example>") == "from k@work.example"
        assert (
            people_words(several, "K. at work <k@work.example>")
            == "from K. at work <k@work.example>, to help@shop.example, cc boss@x.example"
        )

    def test_notes_and_numbers_say_nothing(self) -> None:
        assert people_words(make_message(kind=MessageKind.NOTE, to=("a@x.example", "b@x.example"))) == ""
        assert people_words(make_reply(to=("+31 6 1234",))) == ""


class TestKinds:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (MailKind.LIST, "Email · mailing list · "),
            (MailKind.AUTOMATIC, "Email · automatic reply · "),
            (MailKind.BOUNCE, "Email · delivery report · "),
            (MailKind.ABUSE_REPORT, "Email · abuse report · "),
        ],
    )
    def test_what_nobody_wrote_to_us_alone_says_what_it_is(self, kind: MailKind, words: str) -> None:
        mail = make_message(direction=Direction.IN, mail_kind=kind, automatic=kind.by_program)
        entry = entries(mail)[-1]
        assert entry.meta.startswith(words)
        assert entry.hint
        assert words.split(" · ")[1] in entry.spoken

    def test_what_somebody_wrote_needs_no_word(self) -> None:
        entry = entries(make_message(direction=Direction.IN))[-1]
        assert (entry.meta.count(" · "), entry.hint) == (1, "")


class TestSenders:
    def test_a_failed_check_is_said_in_words(self) -> None:
        mail = make_message(direction=Direction.IN, authentication="spf=fail dkim=none dmarc=fail")
        (notice,) = notices_of(mail, "Your Bank")
        assert notice.words.startswith(
            "This mail claims to be from Your Bank, and that could not be confirmed (SPF fail, DMARC fail)."
        )
        assert notice.tone is ChipTone.WARN

    @pytest.mark.parametrize(
        "results", ["", "spf=pass dkim=pass dmarc=pass", "spf=fail dkim=none dmarc=none"]
    )
    def test_nothing_is_said_of_whom_nobody_doubts(self, results: str) -> None:
        assert notices_of(make_message(direction=Direction.IN, authentication=results), "Karl") == ()

    def test_a_sender_whom_nothing_speaks_for_is_said(self) -> None:
        mail = make_message(direction=Direction.IN, authentication="spf=pass dmarc=none sender=none")
        assert notices_of(mail, "Karl") == (Notice("Nothing confirms that this mail is from Karl."),)

    def test_another_address_for_answers_is_said(self) -> None:
        (notice,) = notices_of(make_message(direction=Direction.IN, reply_to="x@other.example"), "Karl")
        assert notice == Notice("The sender wants answers at x@other.example.")

    def test_screen_readers_hear_it(self) -> None:
        (_, entry) = entries(make_message(authentication="dmarc=fail", direction=Direction.IN))
        assert "could not be confirmed" in entry.spoken


class TestReports:
    def test_a_copy_that_did_not_arrive_is_said_on_what_was_sent(self) -> None:
        entry = shown(delivery=Delivery.SENT, delivery_detail=FULL)
        assert [notice.words for notice in entry.notices] == [
            "Not delivered to karl@example.com: the mailbox is full (552 5.2.2)."
        ]
        assert entry.actions == (DeliveryAction.SEND_AGAIN_TO,)
        assert not entry.needs_decision

    def test_what_reached_nobody_asks_for_a_decision_and_for_another_address(self) -> None:
        entry = shown(delivery=Delivery.FAILED, delivery_detail=FULL)
        assert entry.state == "Not delivered to karl@example.com: the mailbox is full (552 5.2.2)."
        assert entry.notices == ()
        assert entry.needs_decision
        assert DeliveryAction.OTHER_ADDRESS in entry.actions

    def test_a_delay_is_no_failure(self) -> None:
        detail = "a@x.example: not delivered yet, its server goes on trying (4.4.1)"
        entry = shown(delivery=Delivery.SENT, delivery_detail=detail)
        assert [notice.words for notice in entry.notices] == [
            "Not delivered to a@x.example yet: its server goes on trying (4.4.1)."
        ]
        assert entry.actions == ()

    def test_of_whom_nobody_knows_can_be_written_to_again(self) -> None:
        detail = "a@x.example: not known: The program stopped while this was being sent"
        reply = make_reply(delivery=Delivery.SENT, delivery_detail=detail)
        assert unreached(reply) == ("a@x.example",)
        (report,) = recipient_reports(detail)
        assert report.sentence.startswith("It is not known whether this arrived at a@x.example: The program")

    def test_who_got_it_is_not_mentioned(self) -> None:
        assert recipient_reports("a@x.example: delivered") == ()

    @given(st.text(max_size=200))
    def test_no_detail_is_lost_or_breaks_it(self, detail: str) -> None:
        said = "".join(report.sentence for report in recipient_reports(detail))
        if detail.strip() and "delivered" not in detail:
            assert said
