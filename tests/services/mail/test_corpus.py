"""Real mails, collected by the makers of other parsers: what they expect is what we read."""

from pathlib import Path

import pytest

from agent_desktop.services.mail.parse import read_mail
from tests.services.mail import floors


@pytest.mark.parametrize("folder", ["parse", "robust", "bounces"])
def test_every_mail_is_read(shared: Path, folder: str) -> None:
    files = sorted((shared / "data/mail" / folder).glob("*.eml"))
    assert len(files) >= 27
    for file in files:
        mail = read_mail(file.read_bytes())
        assert mail.text or mail.quoted or mail.attachments or mail.problems, file


def test_fields_are_what_two_other_parsers_agree_on(shared: Path) -> None:
    score = floors.agreed(shared / "data/mail")
    assert score.seen["subject"] > 100
    for name in ("subject", "from", "date", "filenames"):
        assert score.missed(name) == 0, name
    assert score.missed("text") <= 1  # a file that stands in the text is attached


def test_fields_are_what_another_suite_expects(shared: Path) -> None:
    score = floors.another_suite(shared / "data/mail")
    assert score.seen["subject"] == 27
    for name in ("subject", "message_id", "in_reply_to", "from", "to", "cc", "filenames"):
        assert score.missed(name) == 0, name
    assert score.missed("html") <= 1
    assert score.missed("all text") <= 1  # the first of two Content-Types holds
    # That suite shows the first text and attaches the others, and hashes no attached mails.
    assert score.good["text"] >= 20
    assert score.good["attachments"] >= 16


def test_reports_of_servers_are_told_and_read(shared: Path) -> None:
    score = floors.reports(shared / "data/mail")
    assert score.seen["kind"] == 290
    assert score.missed("never answered") == 0
    assert score.share("kind") >= 0.99
    assert score.share("recipients") >= 0.98
    assert score.share("permanent") >= 0.94
    assert score.share("reply code") >= 0.95
    assert score.share("status") >= 0.95


def test_ordinary_mails_are_not_taken_for_reports(shared: Path) -> None:
    score = floors.ordinary(shared / "data/mail")
    assert score.seen["no report"] > 1_500
    assert score.missed("no report") <= score.seen["no report"] // 600


def test_replies_are_told_from_what_they_quote(shared: Path) -> None:
    """57 of 60; of the others two fold forwarded mails, which are content here, and one shows an old quote."""
    score = floors.replies(shared / "data/mail")
    assert score.seen["exactly"] == 60
    assert score.missed("no letter lost") == 0
    assert score.missed("exactly") <= 3
