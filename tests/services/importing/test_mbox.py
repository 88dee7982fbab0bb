"""Mails come out of mailbox files as they went in, however the mailbox was written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.importing import mbox
from agent_desktop.services.importing.mbox import mails_of_mbox
from agent_desktop.services.importing.reading import opened

LINE = st.sampled_from(
    [
        b"",
        b"Hello",
        b"From here on",
        b">From there",
        b"From ann@x Mon Mar 10 09:00:00 2025",
        b" From",
        b"x" * 200,
    ]
)
HEAD = b"Subject: s\nFrom: a@example.org\n\n"


def contents(path: Path, mailbox: bytes) -> list[bytes | None]:
    path.write_bytes(mailbox)
    with opened(path) as file:
        return [mail.content for mail in mails_of_mbox(file)]


def quoted(mail: bytes) -> bytes:
    """As mboxrd writes it: every line that would begin a mail gets one more >."""
    lines = mail.split(b"\n")
    return b"\n".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines)


@given(st.lists(st.lists(LINE, max_size=6), min_size=1, max_size=5))
def test_what_was_put_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[bytes]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    mails = [HEAD + b"\n".join(body) + b"\n" for body in bodies]
    mailbox = b"".join(b"From a@b Mon Mar 10 09:00:00 2025\n" + quoted(mail) + b"\n" for mail in mails)
    assert contents(folder / "law.mbox", mailbox) == mails


def test_both_line_ends_and_a_missing_last_one(tmp_path: Path) -> None:
    mailbox = (
        b"From a Mon Mar 10 09:00:00 2025\r\nSubject: 1\r\n\r\none\r\n\r\nFrom b Mon Mar 10 09:00:00 2025\r\n"
    )
    assert contents(tmp_path / "m", mailbox + b"Subject: 2\r\n\r\ntwo") == [
        b"Subject: 1\r\n\r\none\r\n",
        b"Subject: 2\r\n\r\ntwo",
    ]


def test_a_sentence_that_begins_with_from_does_not_begin_a_mail(tmp_path: Path) -> None:
    mail = b"Subject: 1\n\nHello\n\nFrom my point of view\nall is well.\n"
    assert contents(tmp_path / "m", b"From a Mon Mar 10 09:00:00 2025\n" + mail) == [mail]


def test_the_envelope_tells_when_a_mail_came(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(b"From a@b Mon Mar 10 09:00:00 2025\nSubject: 1\n\none\n")
    with opened(path) as file:
        (mail,) = mails_of_mbox(file)
    assert mail.received_at is not None
    assert mail.received_at.isoformat() == "2025-03-10T09:00:00+00:00"


def test_a_mail_that_is_too_large_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "LARGEST_MAIL", 1_000)
    large = b"Subject: large\n\n" + b"x" * 5_000 + b"\n"
    small = b"Subject: small\n\nhi\n"
    mailbox = b"".join(b"From a Mon Mar 10 09:00:00 2025\n" + mail + b"\n" for mail in (small, large, small))
    assert contents(tmp_path / "m", mailbox) == [small, None, small]


def test_a_line_of_many_megabytes_is_no_problem(tmp_path: Path) -> None:
    mail = b"Subject: s\n\n" + b"y" * 3_000_000 + b"\nend\n"
    mailbox = (
        b"From a Mon Mar 10 09:00:00 2025\n" + mail + b"\nFrom b Mon Mar 10 09:00:00 2025\nSubject: t\n\nhi\n"
    )
    assert contents(tmp_path / "m", mailbox) == [mail, b"Subject: t\n\nhi\n"]
