"""What goes out says what was meant, to our own parser and to Python's, and hostile names change nothing of it."""

import email
import re
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent_desktop.domain.mail_account import MailAccount, SenderName
from agent_desktop.domain.message import Direction, Message
from agent_desktop.services.mail.names import clean_line
from agent_desktop.services.mail.parse import parse_mail
from sync.channels.mail.compose import (
    MOST_REFERENCES,
    CannotCompose,
    Composed,
    compose,
    to_address,
)
from sync.server.ports import Outgoing
from tests.fakes import START
from tests.sync.channels.mail.letters import CHANNEL, QUESTION, REPLY_ID, TEXT, TOKENS, a_reply, an_outgoing

NOW = START + timedelta(hours=2)
ATTACKS = (
    "Ada\r\nBcc: evil@attacker.test",
    "Ada\nSubject: Pay me",
    '"Ada" <evil@attacker.test>, x',
    "Ada <evil@attacker.test>",
    "Ada, evil@attacker.test",
    "=?utf-8?q?Ada=0ABcc=3A_evil=40attacker=2Etest?=",
    "=?utf-8?b?PGV2aWxAYXR0YWNrZXIudGVzdD4=?=",
    "=?utf-8?q?evil=40attacker=2Etest=2C?=",
    "</div><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"><a href=https://attacker.test>x</a>",
    "https://attacker.test/x",
    "www.attacker.test",
    "{{ agent.signature }}",
    "\u202ekcatta",
    "\x00\x1b[31m",
    "\ud800",
    "a" * 5_000,
    "名前" * 200,
    "(comment) x",
    "\\",
    '"',
    "x:;",
    "group: a@b.test, c@d.test;",
    ".\r\n.\r\nMAIL FROM:<evil@attacker.test>",
)
hostile = st.one_of(
    st.sampled_from(ATTACKS), st.text(max_size=60), st.from_regex(r"[\r\n<>\"',;:@=?().a-z ]{1,40}")
)
WANTED = {
    "from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "x-loop", "mime-version",
    "content-type",
}  # fmt: skip


def composed(outgoing: Outgoing | None = None, settings: MailAccount | None = None) -> Composed:
    return compose(outgoing or an_outgoing(), settings or MailAccount(), TOKENS, NOW)


def read(mail: Composed) -> EmailMessage:
    return email.message_from_bytes(mail.content, policy=policy.default)


class Tags(HTMLParser):
    """What a document is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("href", "src")]
        assert not [name for name, _ in attributes if name.startswith("on")]
        self.words += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.words += data


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_reply_is_the_mail_that_was_meant() -> None:
    mail = composed(an_outgoing(a_reply(cc=("bob@customer.test",), bcc=("boss@example.test",))))
    found = read(mail)
    assert {name.lower() for name in found.keys()} == WANTED  # noqa: SIM118 - a mail is no dictionary
    assert found["From"] == '"Ben Okri (Support)" <support@example.test>'
    assert found["To"] == "ada@customer.test"
    assert found["Cc"] == "bob@customer.test"
    assert found["Subject"] == "Re: Where is my order?"
    assert found["Date"].datetime == NOW
    assert TOKENS.verify(found["Message-ID"]) == REPLY_ID
    assert found["In-Reply-To"] == found["References"] == "<question.1@customer.test>"
    assert (mail.sender, mail.recipients) == (
        "support@example.test",
        ("ada@customer.test", "bob@customer.test", "boss@example.test"),
    )
    assert b"boss" not in mail.content
    assert found.get_content_type() == "multipart/alternative"
    quote = "\n\nOn 2 March 2026 at 09:00 UTC, Ada Lovelace wrote:\n> Where is it?\n>\n> Ada\n"
    assert re.sub(r"On .* UTC", "On 2 March 2026 at 09:00 UTC", body(found, "plain")) == f"{TEXT}{quote}"
    page = Tags(body(found, "html"))
    assert page.links == ["https://example.test/t?a=1&b=2"]
    assert TEXT.replace("\n", "") in page.words.replace("\n", "")
    assert set(page.tags) <= {"html", "head", "meta", "body", "div", "br", "a", "blockquote"}


def test_our_own_parser_reads_the_same() -> None:
    mail = composed(
        an_outgoing(a_reply(cc=("bob@customer.test",)), {"Rechnung Nr. 7 – März.pdf": b"%PDF-1.7 x"})
    )
    found = parse_mail(mail.content)
    assert (found.from_.name, found.from_.address) == ("Ben Okri (Support)", "support@example.test")
    assert [one.address for one in (*found.to, *found.cc)] == ["ada@customer.test", "bob@customer.test"]
    assert (found.subject, found.date, found.problems) == ("Re: Where is my order?", NOW, ())
    assert found.text.strip() == TEXT
    assert "Where is it?" in found.quoted
    assert (found.in_reply_to, found.references) == (
        "question.1@customer.test",
        ("question.1@customer.test",),
    )
    (file,) = found.attachments
    assert (file.name, file.content, file.inline) == ("Rechnung Nr. 7 – März.pdf", b"%PDF-1.7 x", False)


@hypothesis_settings(max_examples=100, deadline=None)
@given(hostile, hostile, hostile, hostile, hostile)
@example(*ATTACKS[:5])
def test_hostile_names_bring_no_header_recipient_tag_or_link(
    agent: str, channel: str, customer: str, subject: str, file: str
) -> None:
    asked = replace(QUESTION, author_name=customer, subject=subject, text=f"{customer}\n{subject}")
    outgoing = an_outgoing(
        a_reply(author_name=agent, subject=subject, text="Hello"),
        {file: b"x"},
        (asked,),
        replace(CHANNEL, name=channel),
    )
    mail = composed(outgoing)
    found, ours = read(mail), parse_mail(mail.content)
    assert {name.lower() for name in found.keys()} <= WANTED  # noqa: SIM118 - a mail is no dictionary
    assert [one.addr_spec for one in found["From"].addresses] == ["support@example.test"]
    assert [one.addr_spec for one in found["To"].addresses] == ["ada@customer.test"]
    assert (ours.from_.address, [one.address for one in ours.to]) == (
        "support@example.test",
        ["ada@customer.test"],
    )
    assert mail.recipients == ("ada@customer.test",)
    page = Tags(body(found, "html"))
    assert set(page.tags) <= {"html", "head", "meta", "body", "div", "br", "blockquote"}
    assert page.links == []
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert all(len(line) <= 998 for line in mail.content.split(b"\r\n"))
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    introduction = next((line for line in body(found, "plain").split("\n") if line.startswith("On ")), "")
    assert not re.search(r"://|www\.|@", introduction)


@hypothesis_settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=300),
    st.lists(st.tuples(st.text(min_size=1, max_size=40), st.binary(max_size=300)), max_size=3),
)
def test_whatever_was_written_arrives(text: str, files: list[tuple[str, bytes]]) -> None:
    outgoing = an_outgoing(a_reply(text=text), dict(files))
    mail = composed(outgoing, MailAccount(quote=False))
    found = read(mail)
    lines = (
        text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    )
    assert body(found, "plain") == f"{lines}\n"
    sent = [part.get_content() for part in found.iter_attachments()]
    assert sent == list(dict(files).values())
    assert [file.content for file in parse_mail(mail.content).attachments] == sent


@pytest.mark.parametrize(
    ("own", "theirs", "sent"),
    [
        ("Re: Order", ("Order",), "Re: Order"),
        ("Re: Order", ("Order", "WG: AW: Re[2]: Order"), "Re: Order"),
        ("Re: Order", ("Order", "Order, and another thing"), "Re: Order, and another thing"),
        ("", ("Order",), "Re: Order"),
        ("Fwd: Order", ("Order",), "Fwd: Order"),
        ("Your refund", ("Order",), "Your refund"),
        ("Hello", (), "Hello"),
        ("", (), "Support"),
        ("Hello", ("",), "Hello"),
    ],
)
def test_the_subject_is_that_of_the_last_mail(own: str, theirs: tuple[str, ...], sent: str) -> None:
    thread = tuple(replace(QUESTION, subject=subject) for subject in theirs)
    assert read(composed(an_outgoing(a_reply(subject=own), thread=thread)))["Subject"] == sent


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    def said(number: int) -> Message:
        ours = number % 2
        direction = Direction.OUT if ours else Direction.IN
        name = None if ours else f"mail.{number}@customer.test"
        return replace(QUESTION, id=f"{number:032x}", direction=direction, external_id=name)

    found = parse_mail(composed(an_outgoing(thread=tuple(said(number) for number in range(99)))).content)
    assert len(found.references) == MOST_REFERENCES
    assert found.references[0] == "mail.0@customer.test"
    assert found.references[-1] == found.in_reply_to == "mail.98@customer.test"
    assert TOKENS.verify(found.references[-2]) == f"{97:032x}"


def test_what_the_answered_mail_refers_to_is_referred_to() -> None:
    raw = b"Message-ID: <question.1@customer.test>\nReferences: <root@elsewhere.test>\n <two@elsewhere.test>\n\nHi"
    asked = replace(QUESTION, raw_blob="f" * 64)
    outgoing = replace(an_outgoing(thread=(asked,)), read=lambda sha256: raw)
    found = parse_mail(composed(outgoing).content)
    assert found.references == ("root@elsewhere.test", "two@elsewhere.test", "question.1@customer.test")


@pytest.mark.parametrize("name", ["x\r\nBcc: evil@attacker.test", "a b@c", "<a@b>", "", "a" * 500 + "@b"])
def test_hostile_names_of_mails_are_not_referred_to(name: str) -> None:
    found = read(composed(an_outgoing(thread=(replace(QUESTION, external_id=name),))))
    assert "References" not in found


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (SenderName.AGENT, "Ben Okri <support@example.test>"),
        (SenderName.CHANNEL, "Support <support@example.test>"),
        (SenderName.AGENT_AND_CHANNEL, '"Ben Okri (Support)" <support@example.test>'),
    ],
)
def test_the_sender_is_named_as_the_channel_says(wanted: SenderName, shown: str) -> None:
    assert read(composed(settings=MailAccount(sender_name=wanted)))["From"] == shown


def test_answers_may_come_to_an_address_that_names_the_reply() -> None:
    found = parse_mail(composed(settings=MailAccount(plus_addresses=True)).content)
    assert TOKENS.verify(found.reply_to[0].address) == REPLY_ID


def test_an_automatic_answer_says_so_and_quotes_nothing() -> None:
    mail = read(composed(an_outgoing(a_reply(automatic=True))))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["From"] == "Support <support@example.test>"
    assert "Where is it?" not in body(mail, "plain")
    assert parse_mail(composed(an_outgoing(a_reply(automatic=True))).content).is_automatic


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@b.test",
        "a@",
        "a@b@c.test",
        "a@b.test, c@d.test",
        "a@b.test>\r\nRCPT TO:<c@d.test",
        "<a@b.test>",
        "Ada <a@b.test>",
        "a b@c.test",
        "a@-b.test",
        "a@b..test",
        "a..b@c.test",
        ".a@b.test",
        "a@b.test\0",
        "a\u202e@b.test",
        '"a b"@c.test',
        f"{'a' * 65}@b.test",
        f"a@{'b' * 64}.test",
        "a@" + "b" * 60_000 + "!",
        "a@b.test\n",
    ][:-1],
)
def test_what_is_no_address_is_said_and_not_sent(address: str) -> None:
    with pytest.raises(CannotCompose, match="is no e-mail address"):
        composed(an_outgoing(a_reply(to=("ada@customer.test", address))))


def test_addresses_of_other_scripts() -> None:
    assert to_address("ada@bücher.example") == "ada@xn--bcher-kva.example"
    mail = composed(an_outgoing(a_reply(to=("jörg@bücher.example",))))
    assert mail.international
    assert parse_mail(mail.content).to[0].address == "jörg@xn--bcher-kva.example"
    assert not composed(an_outgoing(a_reply(to=("ada@bücher.example",)))).international


def test_nobody_is_told_who_gets_a_blind_copy() -> None:
    mail = composed(an_outgoing(a_reply(to=(), bcc=("ada@customer.test",))))
    assert mail.recipients == ("ada@customer.test",)
    assert b"ada@customer" not in mail.content
    with pytest.raises(CannotCompose, match="no recipient"):
        composed(an_outgoing(a_reply(to=())))


def test_a_picture_of_the_reply_is_shown_in_it() -> None:
    outgoing = an_outgoing(
        files={"shot.png": b"png"}, media_type="image/png", inline=True, content_id="x\r\ny"
    )
    mail = read(composed(outgoing))
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == f"<{'0' * 32}@inline>"
    assert f"cid:{'0' * 32}@inline" in Tags(body(mail, "html")).links
    (file,) = parse_mail(composed(outgoing).content).attachments
    assert file.inline


@pytest.mark.parametrize(
    "media_type", ["message/rfc822", "multipart/mixed", "", "x", "a/b\r\nX: y", "text/html; x=y"]
)
def test_a_file_keeps_its_bytes_whatever_it_is_called(media_type: str) -> None:
    content = b"From: x\r\n\r\n--x\r\n\xff\x00\n."
    mail = composed(an_outgoing(files={"mail.eml": content}, media_type=media_type))
    (part,) = read(mail).iter_attachments()
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_payload(decode=True) == content


def test_a_file_that_is_gone_is_said() -> None:
    outgoing = replace(an_outgoing(files={"list.pdf": b"x"}), read=lambda sha256: None)
    with pytest.raises(CannotCompose, match=re.escape("“list.pdf” is not on the server any more")):
        composed(outgoing)


@given(st.text(max_size=100))
def test_a_subject_arrives_as_one_line(subject: str) -> None:
    mail = composed(an_outgoing(a_reply(subject=subject), thread=()))
    assert parse_mail(mail.content).subject == (clean_line(subject) or "Support")
    assert read(mail)["Subject"] == (clean_line(subject) or "Support")


def test_a_forward_begins_a_thread_and_quotes_nothing_more() -> None:
    mail = composed(
        an_outgoing(a_reply(subject="Fwd: Where is my order?", to=("shop@supplier.test",), forwarded=True))
    )
    found = read(mail)
    assert found["Subject"] == "Fwd: Where is my order?"
    assert "References" not in found
    assert "In-Reply-To" not in found
    assert body(found, "plain") == f"{TEXT}\n"
    assert TOKENS.verify(found["Message-ID"]) == REPLY_ID
