"""Real mails, collected by the makers of other parsers: what they expect is what we read."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.services.mail.kinds import MailKind
from agent_desktop.services.mail.names import clean_file_name
from agent_desktop.services.mail.parse import ParsedMail, parse_mail, read_mail
from tests.services.mail.fuzz import mails_of


def cases(folder: Path) -> Iterator[tuple[dict[str, Any], ParsedMail]]:
    """Each mail of a folder with what is expected of it."""
    for line in (folder / "expected.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        yield case, read_mail((folder / case["file"]).read_bytes())


def with_inner(mail: ParsedMail) -> list[ParsedMail]:
    """A mail and the mails attached to it, at any depth."""
    inner = [parse_mail(file.content) for file in mail.attachments if file.media_type == "message/rfc822"]
    return [mail, *(found for one in inner for found in with_inner(one))]


def letters(*texts: str) -> Counter[str]:
    """The letters of texts in any order, for texts whose parts may be joined in another order."""
    return Counter(re.sub(r"\W+", "", "".join(texts)))


@pytest.mark.parametrize("folder", ["parse", "robust", "bounces"])
def test_every_mail_is_read(shared: Path, folder: str) -> None:
    files = sorted((shared / "data/mail" / folder).glob("*.eml"))
    assert len(files) >= 27
    for file in files:
        mail = read_mail(file.read_bytes())
        assert mail.text or mail.quoted or mail.attachments or mail.problems, file


def test_fields_are_what_two_other_parsers_agree_on(shared: Path) -> None:
    good: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for case, mail in cases(shared / "data/mail/robust"):
        expected = case.get("expected") or {}
        mails = with_inner(mail)
        text = letters(*(one.text + one.quoted for one in mails))
        verdicts = {
            "subject": mail.subject.split() == expected.get("subject", "").split(),
            "from": mail.from_.address.lower() in expected.get("from", []),
            "date": mail.date is not None and mail.date.timestamp() == expected.get("date"),
            "text": not letters(expected.get("text", "")) - text,
            "filenames": not {clean_file_name(name) for name in expected.get("filenames", [])}
            - {file.name for one in mails for file in one.attachments},
        }
        for field in verdicts.keys() & expected.keys():
            seen[field] += 1
            good[field] += verdicts[field]
    assert seen["subject"] > 100
    missed = {field: seen[field] - good[field] for field in seen}
    assert missed["subject"] == missed["from"] == missed["date"] == 0, missed
    assert missed["text"] <= 1, missed  # a file that stands in the text is attached
    assert missed["filenames"] == 0, missed


def test_fields_are_what_another_suite_expects(shared: Path) -> None:
    good: Counter[str] = Counter()
    total = 0
    for case, mail in cases(shared / "data/mail/parse"):
        expected = case["expected"]
        total += 1
        hashes = [hashlib.sha256(file.content).hexdigest() for file in mail.attachments]
        good["subject"] += mail.subject == (expected["subject"] or "")
        good["message_id"] += mail.message_id == (expected["message_id"] or "")
        good["in_reply_to"] += mail.in_reply_to == (expected["in_reply_to"] or "")
        good["from"] += [mail.from_.address] == [one["addr"] or "" for one in expected["from"]][:1] or (
            not expected["from"] and not mail.from_.address
        )
        good["to"] += [one.address for one in mail.to] == [one["addr"] or "" for one in expected["to"]]
        good["cc"] += [one.address for one in mail.cc] == [one["addr"] or "" for one in expected["cc"]]
        good["text"] += letters(mail.text, mail.quoted) == letters(*expected["text_parts"])
        good["html"] += (mail.html or "").split() == "\n".join(expected["html_parts"]).split()
        good["attachments"] += hashes == [one["sha256"] for one in expected["attachments"]]
    assert total == 27
    for field in ("subject", "message_id", "in_reply_to", "from", "to", "cc"):
        assert good[field] == total, field
    assert good["html"] >= 26
    # That suite shows the first text and attaches the others, and hashes no attached mails.
    assert good["text"] >= 20
    assert good["attachments"] >= 16


KINDS = {"bounce": MailKind.BOUNCE, "abuse_report": MailKind.ABUSE_REPORT, "vacation": MailKind.AUTOMATIC}


def test_reports_of_servers_are_told_and_read(shared: Path) -> None:
    good: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for case, mail in cases(shared / "data/mail/bounces"):
        assert mail.is_automatic, case["file"]
        seen["kind"] += 1
        good["kind"] += mail.kind is KINDS[case["kind"]]
        if case["kind"] != "bounce":
            continue
        seen["recipients"] += 1
        good["recipients"] += len(mail.delivery_reports) == len(case["recipients"])
        for place, expected in enumerate(case["recipients"]):
            told = mail.delivery_reports[place] if place < len(mail.delivery_reports) else None
            seen["permanent"] += 1
            good["permanent"] += told is not None and told.permanent == expected["hard"]
            if expected["reply_code"]:
                seen["reply_code"] += 1
                good["reply_code"] += told is not None and told.reply_code == expected["reply_code"]
            if expected["status"] and not re.match(r"[45]\.0\.9", expected["status"]):  # those are its own
                seen["status"] += 1
                good["status"] += told is not None and told.status == expected["status"]
    assert seen["kind"] == 290
    assert good["kind"] >= 0.99 * seen["kind"]
    assert good["recipients"] >= 0.98 * seen["recipients"]
    assert good["permanent"] >= 0.94 * seen["permanent"]
    assert good["reply_code"] >= 0.95 * seen["reply_code"]
    assert good["status"] >= 0.95 * seen["status"]


@pytest.mark.parametrize("folder", ["spam_ham", "threads"])
def test_ordinary_mails_are_not_taken_for_reports(shared: Path, folder: str) -> None:
    kinds = Counter(read_mail(raw).kind for raw in mails_of(shared / "data/mail" / folder))
    assert kinds.total() > 600
    assert (
        kinds[MailKind.BOUNCE] + kinds[MailKind.ABUSE_REPORT] + kinds[MailKind.AUTOMATIC]
        <= kinds.total() // 600
    )
