"""Whole mails: what is shown, what is attached, what is said about what is wrong."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.services.mail.addresses import Address
from agent_desktop.services.mail.parse import ParsedMail, parse_mail, read_mail, salvage_mail

HEAD = b"From: Ann <ann@x.example>\nTo: us@y.example\nSubject: Order\nDate: Fri, 13 Feb 2026 10:00:00 +0000\n"


def mixed(*parts: bytes, kind: bytes = b"mixed", head: bytes = HEAD) -> bytes:
    """A multipart mail of these parts."""
    body = b"".join(b"--=_b\n" + part + b"\n" for part in parts)
    return head + b'Content-Type: multipart/%s; boundary="=_b"\n\n%s--=_b--\n' % (kind, body)


def test_a_plain_mail() -> None:
    mail = parse_mail(
        HEAD
        + b"Cc: B <b@x>\nReply-To: r@x\nMessage-ID: <1@x>\nIn-Reply-To: <0@x>\nReferences: <0@x> <00@x>\n"
        b"\nWhere is it?\n\nOn 5 May 2026, Us <us@y> wrote:\n> Here\n"
    )
    assert mail == ParsedMail(
        subject="Order",
        from_=Address("Ann", "ann@x.example"),
        to=(Address("", "us@y.example"),),
        cc=(Address("B", "b@x"),),
        reply_to=(Address("", "r@x"),),
        date=datetime(2026, 2, 13, 10, tzinfo=UTC),
        message_id="1@x",
        in_reply_to="0@x",
        references=("0@x", "00@x"),
        text="Where is it?",
        quoted="On 5 May 2026, Us <us@y> wrote:\n> Here",
        html=None,
        attachments=(),
        kind=MailKind.PERSONAL,
        delivery_reports=(),
        list_id="",
        loop_marks=(),
        headers=mail.headers,
        problems=(),
    )
    assert mail.headers.text("reply-to") == "r@x"


def test_text_and_html_are_the_two_sides_of_an_alternative() -> None:
    mail = parse_mail(mixed(b"\nplain", b"Content-Type: text/html\n\n<p>formatted</p>", kind=b"alternative"))
    assert (mail.text, mail.html) == ("plain", "<p>formatted</p>")


def test_text_is_made_from_html_where_there_is_no_other() -> None:
    mail = parse_mail(HEAD + b"Content-Type: text/html\n\n<p>one<p>two")
    assert (mail.text, mail.html) == ("one\n\ntwo", "<p>one<p>two")
    blank = parse_mail(mixed(b"\n \n", b"Content-Type: text/html\n\n<p>one", kind=b"alternative"))
    assert blank.text == "one"


def test_texts_between_attachments_are_all_shown() -> None:
    pdf = b'Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n\nUERG'
    mail = parse_mail(mixed(b"\nbefore", pdf, b"Content-Type: text/html\n\n<b>after</b> &amp;"))
    assert mail.text == "before\n\nafter &"
    assert mail.html == "<pre>before</pre>\n<b>after</b> &amp;"
    assert [(file.name, file.media_type, file.content) for file in mail.attachments] == [
        ("a.pdf", "application/pdf", b"PDF")
    ]


def test_pictures_shown_in_place_are_told_from_others() -> None:
    html = b'Content-Type: text/html\n\n<img src="cid:logo%40x">'
    logo = b"Content-Type: image/png\nContent-ID: <logo@x>\n\nPNG"
    other = b"Content-Type: image/png\nContent-ID: <other@x>\n\nPNG"
    mail = parse_mail(mixed(html, logo, other, kind=b"related"))
    assert [(file.content_id, file.inline) for file in mail.attachments] == [
        ("logo@x", True),
        ("other@x", False),
    ]


def test_attached_mails_and_winmail_are_kept_whole() -> None:
    inner = b"Subject: inner: the <first>\n\nhello"
    mail = parse_mail(
        mixed(
            b"\nsee attached",
            b"Content-Type: message/rfc822\n\n" + inner,
            b"Content-Type: application/ms-tnef; name=winmail.dat\n\nTNEF",
        )
    )
    assert mail.text == "see attached"
    assert [(file.name, file.content) for file in mail.attachments] == [
        ("inner_ the _first_.eml", inner),
        ("winmail.dat", b"TNEF"),
    ]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'Content-Disposition: attachment; filename="..\\..\\evil.exe"', "evil.exe"),
        (b"Content-Disposition: attachment; filename*=utf-8''%E2%80%AEfdp.exe", "fdp.exe"),
        (b"Content-Type: application/pdf", "attachment.pdf"),
        (b"Content-Type: application/x-unknown", "attachment"),
    ],
)
def test_attachments_have_safe_names(header: bytes, name: str) -> None:
    if b"Disposition" in header:
        header += b"\nContent-Type: application/octet-stream"
    assert [file.name for file in parse_mail(mixed(header + b"\n\nx")).attachments] == [name]


def test_flowed_text_is_joined_to_paragraphs() -> None:
    raw = (
        HEAD
        + b"Content-Type: text/plain; format=flowed\n\none \ntwo\n\n> quoted \n> more\n Stuffed\n-- \nsig"
    )
    mail = parse_mail(raw)
    assert mail.text == "one two\n\n> quoted \n> more\nStuffed"
    assert mail.quoted == "-- \nsig"


def test_lines_escaped_for_mailbox_files_are_no_quotes() -> None:
    assert parse_mail(HEAD + b"\nHello\n>From now on, no more").text == "Hello\nFrom now on, no more"


def test_control_characters_vanish() -> None:
    assert parse_mail(HEAD + b"\na\x00b\x1b\rc\td").text == "ab\nc\td"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "This mail is empty."),
        (b"just words", "This mail has no headers."),
        (b"Subject: x\n\ny", "This mail does not say who sent it."),
        (b"From: a@b, c@d\n\n", "This mail names more than one sender; the first one is shown."),
        (b"From: a@b\nDate: soon\n\n", "The date of this mail makes no sense."),
        (
            b"From: a@b\nTo: " + b"c@d, " * 600 + b"\n\n",
            "This mail has more than 500 recipients; the rest is left out.",
        ),
        (
            b"From: a@b\nContent-Transfer-Encoding: base64\n\nA",
            "A part of this mail is damaged; what could be read of it is shown.",
        ),
        (
            b"From: a@b\nContent-Type: text/plain; charset=idna\n\n\xff",
            "Some characters of this mail may look wrong: it does not say how they are written.",
        ),
        (b"From: a@b\n\n" + b"x " * 600_000, "Only the first 1,000,000 characters of this mail are shown."),
        (
            b"From: a@b\n" + b"X: y\n" * 60_000 + b"\nbody",
            "The headers of the mail are too long; the rest of them is left out.",
        ),
    ],
)
def test_what_is_wrong_is_said(raw: bytes, problem: str) -> None:
    assert problem in parse_mail(raw).problems


def test_the_body_is_found_behind_headers_that_are_too_long() -> None:
    assert parse_mail(b"From: a@b\n" + b"X: y\n" * 60_000 + b"\nbody").text == "body"


def test_salvage_reads_what_a_mail_is_about() -> None:
    mail = salvage_mail(HEAD + b"Message-ID: <1@x>\n\nHello \xff", "Too much.")
    assert (mail.subject, mail.from_.address, mail.message_id) == ("Order", "ann@x.example", "1@x")
    assert mail.date == datetime(2026, 2, 13, 10, tzinfo=UTC)
    assert "Hello" in mail.text
    assert mail.problems == ("Too much.",)
    assert salvage_mail(b"\x00", "x").subject == "(unreadable mail)"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_salvage_reads_where_a_mail_belongs(end: bytes) -> None:
    head = (
        HEAD + b"Cc: Bob <bob@x.example>,\n\teve@x.example\nReferences: <1@x>\n <2@x>\nIn-Reply-To: <2@x>\n"
    )
    mail = salvage_mail(
        (head + b"\nReferences: <9@x>\nTo: nobody@x.example\n").replace(b"\n", end), "Too much."
    )
    assert [one.address for one in (*mail.to, *mail.cc)] == ["us@y.example", "bob@x.example", "eve@x.example"]
    assert (mail.references, mail.in_reply_to) == (("1@x", "2@x"), "2@x")
    said_below = salvage_mail(
        HEAD.replace(b"To:", b"X:") + b"\nReferences: <9@x>\nTo: nobody@x.example\n", ""
    )
    assert (said_below.references, said_below.to) == ((), ())


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        (b"Auto-Submitted: auto-replied", True),
        (b"Auto-Submitted: no", False),
        (b"Precedence: bulk", True),
        (b"List-Id: <x.y>", True),
        (b"Return-Path: <>", True),
        (b"X-Auto-Response-Suppress: All", True),
        (b"Content-Type: multipart/report; boundary=x", True),
        (b"Subject: Automatische Antwort: weg", True),
        (b"Subject: Automatic door broken", False),
        (b"X-Nothing: x", False),
    ],
)
def test_mail_from_machines_is_told_from_mail_from_people(headers: bytes, automatic: bool) -> None:
    assert parse_mail(b"From: ann@x\n" + headers + b"\n\nx").is_automatic is automatic


@pytest.mark.parametrize(
    "sender", [b"MAILER-DAEMON@x", b"postmaster@x", b"no-reply@x", b"noreply+abc@x", b""]
)
def test_some_senders_never_read_answers(sender: bytes) -> None:
    assert parse_mail(b"From: " + sender + b"\n\nx").is_automatic


FRAGMENTS = st.lists(
    st.sampled_from(
        [b"From: ", b"a@b", b"To: <", b"Subject: =?utf-8?q?", b"?=", b"\n", b"\r\n", b"\n\n", b" ", b"--a",
         b"--a--\n", b"\xff", b"\x00",
         b"Content-Type: multipart/mixed; boundary=a\n", b"Content-Type: text/html; charset=utf-16\n",
         b"<p>", b"> x\n",
         b"Content-Type: message/rfc822\n", b"Content-Transfer-Encoding: base64\n",
         b"Content-Disposition: attachment; filename*0*=",
         b"Date: Fri, 13 Feb 2026 99:00:00 +9999\n", b"Message-ID: <", b"References: ",
         b"(", b'"', b";", b"=", b",", b":", b"-- \n"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


@given(FRAGMENTS | st.binary(max_size=2_000))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    check(read_mail(raw))


WHOLE = mixed(
    b"Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\n"
    b"gr=C3=BCn =\nx",
    b"Content-Type: text/html; charset=iso-8859-1\n\n<p>gr\xfcn <img src=cid:1@x>",
    b"Content-Type: image/png; name*=utf-8''%E2%82%AC.png\nContent-ID: <1@x>\nContent-Transfer-Encoding: base64"
    b"\n\nAAAA",
    b"Content-Type: message/rfc822\n\nSubject: inner\n\nx",
)


@given(st.data())
def test_no_mutation_of_a_good_mail_breaks_the_reading(data: st.DataObject) -> None:
    raw = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 40)))
        raw[start:end] = data.draw(
            st.binary(max_size=20)
            | st.sampled_from([b"\n", b"--=_b\n", b"=", b'"', bytes(raw[:start][-30:])])
        )
    check(read_mail(bytes(raw)))


def check(mail: ParsedMail) -> None:
    """What holds for every mail."""
    texts = [mail.subject, mail.text, mail.quoted, mail.html or "", mail.from_.name, mail.from_.address]
    texts += [file.name for file in mail.attachments]
    for text in texts:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
        text.encode("utf-8")
    assert "\n" not in mail.subject
    assert all(sentence.endswith(".") for sentence in mail.problems)
    assert mail.date is None or mail.date.tzinfo is UTC


def test_no_letters_of_a_text_are_turned_around() -> None:
    raw = "From: a@b\nContent-Type: text/plain; charset=utf-8\n\nopen \u202efdp.exe \u200fשלום"
    assert read_mail(raw.encode()).text == "open fdp.exe \u200fשלום"
