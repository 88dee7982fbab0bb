"""Reports of mail servers reach the reply that they are about, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.message import ReleaseReply, Reply, ReportDelivery
from sync.server.mail.bounces import COMPLAINT, ReportsOnOurs
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import Mailroom, a_mail

ADA, BOB = "ada@customer.test", "bob@customer.test"


class Bounces:
    """A reply that has left, and mail servers that report on it."""

    def __init__(self, mailroom: Mailroom) -> None:
        self.room = mailroom
        self.ingester = mailroom.new_ingester(on_ours=ReportsOnOurs(mailroom.tokens.verify))
        _, self.conversation = mailroom.one(a_mail("1@customer", sender=f"Ada <{ADA}>"))
        self.message_id = ""

    def work(self) -> None:
        self.room.work(self.ingester)

    def send(
        self, to: tuple[str, ...] = (ADA,), cc: tuple[str, ...] = (), delivery: Delivery = Delivery.SENT
    ) -> Id:
        conversation = self.standing()
        self.message_id = self.room.ids.new()
        reply = Reply(
            conversation_id=conversation.id,
            message_id=self.message_id,
            channel_id=conversation.channel_id,
            text="We look into it.",
            to=to,
            cc=cc,
            seen_in=conversation.last_in_id,
            seen_out=conversation.last_out_id,
        )
        self.room.commit(reply)
        if delivery is not Delivery.QUEUED:
            self.report_on(delivery)
        return self.message_id

    def report_on(self, delivery: Delivery) -> None:
        self.room.commit(
            ReportDelivery(
                conversation_id=self.conversation.id, message_id=self.message_id, delivery=delivery
            )
        )

    def standing(self) -> Conversation:
        (found,) = self.room.rows(Conversation, id=self.conversation.id)
        return found

    def reply(self) -> Message:
        (found,) = self.room.rows(Message, id=self.message_id)
        return found

    def comes_back(
        self, *recipients: str, action: str = "failed", status: str = "5.1.1", name: str = ""
    ) -> int:
        """A report arrives; how many messages more there are."""
        before = len(self.room.look().messages)
        name = name or self.room.tokens.message_id(self.message_id, "example.org")
        self.room.keep(dsn(recipients or (ADA,), action, status, name))
        self.work()
        return len(self.room.look().messages) - before


def dsn(recipients: tuple[str, ...], action: str, status: str, name: str) -> bytes:
    """As Postfix writes them (RFC 3464)."""
    fields = "".join(
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {status.replace('.', '')}0 {status} What the server of {recipient} said\r\n\r\n"
        for recipient in recipients
    )
    return (
        "From: MAILER-DAEMON@mx.example.com (Mail Delivery System)\r\nTo: help@example.org\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{hash((recipients, action, name))}@mx>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=b="\r\n\r\n'
        "--=b=\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
        f"--=b=\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n{fields}"
        f"--=b=\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{name}>\r\nSubject: x\r\n\r\n--=b=--\r\n"
    ).encode()


@pytest.fixture
def bounces(tmp_path: Path) -> Iterator[Bounces]:
    database = TEMPLATES.server(tmp_path / "server.db")
    yield Bounces(Mailroom(database, tmp_path))
    database.close()


def test_what_comes_back_has_failed_and_the_customer_waits_still(bounces: Bounces) -> None:
    asked = bounces.standing().waiting_since
    assert asked is not None
    bounces.send()
    assert bounces.standing().waiting_since is None
    assert bounces.comes_back() == 0
    reply = bounces.reply()
    assert reply.delivery is Delivery.FAILED
    assert reply.delivery_detail.startswith(f"{ADA}: not delivered: there is no such mailbox (")
    assert "What the server of ada@customer.test said" in reply.delivery_detail
    assert bounces.standing().waiting_since == asked


def test_a_report_that_comes_twice_changes_nothing_more(bounces: Bounces) -> None:
    bounces.send()
    bounces.comes_back()
    before = bounces.reply()
    bounces.comes_back()
    assert bounces.reply() == before


def test_a_delay_is_said_and_does_not_hide_what_follows(bounces: Bounces) -> None:
    bounces.send()
    assert bounces.comes_back(action="delayed", status="4.4.1") == 0
    reply = bounces.reply()
    assert reply.delivery is Delivery.SENT
    assert reply.delivery_detail.startswith(f"{ADA}: not delivered yet")
    bounces.comes_back(status="5.4.7")
    bounces.comes_back(action="delayed", status="4.4.2")
    assert bounces.reply().delivery is Delivery.FAILED
    assert "not delivered yet" not in bounces.reply().delivery_detail


def test_each_recipient_has_a_line(bounces: Bounces) -> None:
    bounces.send(to=(ADA, BOB))
    bounces.comes_back(ADA, action="delivered", status="2.0.0")
    assert (bounces.reply().delivery, bounces.reply().delivery_detail) == (Delivery.SENT, f"{ADA}: delivered")
    bounces.comes_back(BOB, status="5.2.2")
    reply = bounces.reply()
    assert reply.delivery is Delivery.FAILED
    first, second = reply.delivery_detail.splitlines()
    assert first == f"{ADA}: delivered"
    assert second.startswith(f"{BOB}: not delivered: the mailbox is full")


def test_all_delivered_is_delivered(bounces: Bounces) -> None:
    bounces.send(to=(ADA,), cc=(BOB,))
    bounces.comes_back(ADA, BOB, action="delivered", status="2.0.0")
    assert (bounces.reply().delivery, bounces.reply().delivery_detail) == (Delivery.DELIVERED, "")


def test_a_copy_that_did_not_arrive_is_said_and_no_more(bounces: Bounces) -> None:
    bounces.send(to=(ADA,), cc=(BOB,))
    bounces.comes_back(BOB)
    assert bounces.reply().delivery is Delivery.SENT
    assert bounces.reply().delivery_detail.startswith(f"{BOB}: not delivered")
    assert bounces.standing().waiting_since is None


def test_a_mail_that_was_forwarded_fails_for_whom_we_wrote_to(bounces: Bounces) -> None:
    bounces.send()
    bounces.comes_back("ada@elsewhere.test")
    assert bounces.reply().delivery is Delivery.FAILED
    assert bounces.reply().delivery_detail.startswith(f"{ADA}: ")


def test_a_report_without_our_message_id_names_the_envelope(bounces: Bounces) -> None:
    name = bounces.room.tokens.message_id(bounces.send(to=(ADA, BOB)), "example.org")
    fields = (
        f"Reporting-MTA: dns; mx.example.com\r\nOriginal-Envelope-Id: {name.replace('-', '+2D')}\r\n\r\n"
        f"Final-Recipient: rfc822; ada@elsewhere.test\r\nOriginal-Recipient: rfc822;{ADA.replace('.', '+2E')}\r\n"
        "Action: delayed\r\nStatus: 4.4.1\r\nWill-Retry-Until: Thu, 31 Dec 2026 10:00:00 +0000\r\n\r\n"
    )
    raw = dsn((ADA,), "delayed", "4.4.1", "rewritten@gateway.test").decode()
    head, body = raw.split("Reporting-MTA: dns; mx.example.com\r\n\r\n")
    bounces.room.keep((head + fields + "--=b=" + body.split("--=b=", 1)[1]).encode())
    bounces.work()
    reply = bounces.reply()
    assert reply.delivery is Delivery.SENT
    assert reply.delivery_detail.startswith(f"{ADA}: not delivered yet, its server goes on trying (4.4.1")


@pytest.mark.parametrize(
    "forged", ["{id}.0000000000000000@example.org", "{id}@example.org", "1@customer", "x@y"]
)
def test_a_forged_report_is_a_mail_and_changes_nothing(bounces: Bounces, forged: str) -> None:
    bounces.send()
    assert bounces.comes_back(name=forged.format(id=bounces.message_id)) == 1
    assert (bounces.reply().delivery, bounces.reply().delivery_detail) == (Delivery.SENT, "")
    assert bounces.room.look().messages[-1].automatic
    assert bounces.standing().waiting_since is None


def test_an_old_report_does_not_stop_what_leaves_once_more(bounces: Bounces) -> None:
    bounces.send(delivery=Delivery.FAILED)
    here = bounces.standing()
    again = ReleaseReply(
        conversation_id=here.id,
        message_id=bounces.message_id,
        seen_in=here.last_in_id,
        seen_out=here.last_out_id,
    )
    bounces.room.commit(again)
    bounces.comes_back()
    assert bounces.reply().delivery is Delivery.QUEUED


def test_who_calls_us_spam_is_told_in_the_conversation(bounces: Bounces) -> None:
    bounces.send()
    name = bounces.room.tokens.message_id(bounces.message_id, "example.org")
    raw = dsn((ADA,), "failed", "5.0.0", name).decode()
    raw = raw.replace("report-type=delivery-status", "report-type=feedback-report")
    raw = raw.replace("message/delivery-status", "message/feedback-report")
    fields = f"Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\nOriginal-Rcpt-To: {ADA}\r\n"
    bounces.room.keep(raw.replace("Reporting-MTA: dns; mx.example.com\r\n", fields).encode())
    bounces.work()
    assert bounces.room.events(bounces.conversation.id) == [COMPLAINT.format(address=ADA)]
    assert bounces.reply().delivery is Delivery.SENT
