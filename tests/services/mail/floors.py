"""How much of what others expect of real mails is read: `python -m tests.services.mail.floors FOLDER` prints it.

The folder holds the sets that docs/mail.md tells of; each comes with what the makers of other parsers expect.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_desktop.services.mail.names import clean_file_name
from agent_desktop.services.mail.parse import ParsedMail, parse_mail, read_mail
from agent_desktop.services.mail.quotes import split_quote
from agent_desktop.services.mail.text import KnownQuotes, html_to_text_and_quotes
from tests.services.mail.fuzz import mails_of

KINDS = {"bounce": "bounce", "abuse_report": "abuse_report", "vacation": "automatic"}
"""What a mail is by those who collected it, and by us."""


@dataclass(slots=True)
class Score:
    """How often each thing was expected, and how often it was so."""

    good: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def count(self, what: str, good: bool) -> None:
        """Note one case."""
        self.seen[what] += 1
        self.good[what] += good

    def missed(self, what: str) -> int:
        """How often it was not so."""
        return self.seen[what] - self.good[what]

    def share(self, what: str) -> float:
        """How often it was so, of 1."""
        return self.good[what] / self.seen[what]


def agreed(folder: Path) -> Score:
    """The fields on which two other parsers agree."""
    score = Score()
    for case, mail in _cases(folder / "robust"):
        expected = case.get("expected") or {}
        mails = _with_inner(mail)
        text = _letters(*(one.text + one.quoted for one in mails))
        verdicts = {
            "subject": mail.subject.split() == expected.get("subject", "").split(),
            "from": mail.from_.address.lower() in expected.get("from", []),
            "date": mail.date is not None and mail.date.timestamp() == expected.get("date"),
            "text": not _letters(expected.get("text", "")) - text,
            "filenames": not {clean_file_name(name) for name in expected.get("filenames", [])}
            - {file.name for one in mails for file in one.attachments},
        }
        for name in verdicts.keys() & expected.keys():
            score.count(name, verdicts[name])
    return score


def another_suite(folder: Path) -> Score:
    """What another parser's own tests expect. "all text": nothing is missing of the text that it expects."""
    score = Score()
    for case, mail in _cases(folder / "parse"):
        expected = case["expected"]
        senders = [one["addr"] or "" for one in expected["from"]][:1] or [""]
        ours, theirs = _letters(mail.text, mail.quoted), _letters(*expected["text_parts"])
        hashes = [hashlib.sha256(file.content).hexdigest() for file in mail.attachments]
        names = {one["filename"] for one in expected["attachments"]} - {None}
        for name in ("subject", "message_id", "in_reply_to"):
            score.count(name, getattr(mail, name) == (expected[name] or ""))
        score.count("from", mail.from_.address == senders[0])
        for name, found in (("to", mail.to), ("cc", mail.cc)):
            score.count(name, [one.address for one in found] == [one["addr"] or "" for one in expected[name]])
        score.count("text", ours == theirs)
        score.count("all text", not theirs - ours)
        score.count("html", (mail.html or "").split() == "\n".join(expected["html_parts"]).split())
        score.count("attachments", hashes == [one["sha256"] for one in expected["attachments"]])
        if names:
            score.count("filenames", not {clean_file_name(name) for name in names} - _names(mail))
    return score


def reports(folder: Path) -> Score:
    """What mail servers said about mails of ours."""
    score = Score()
    for case, mail in _cases(folder / "bounces"):
        score.count("never answered", mail.is_automatic)
        score.count("kind", mail.kind.value == KINDS[case["kind"]])
        if case["kind"] != "bounce":
            continue
        score.count("recipients", len(mail.delivery_reports) == len(case["recipients"]))
        for place, expected in enumerate(case["recipients"]):
            told = mail.delivery_reports[place] if place < len(mail.delivery_reports) else None
            score.count("permanent", told is not None and told.permanent == expected["hard"])
            if expected["reply_code"]:
                score.count("reply code", told is not None and told.reply_code == expected["reply_code"])
            if expected["status"] and not re.match(r"[45]\.0\.9", expected["status"]):  # those are its own
                score.count("status", told is not None and told.status == expected["status"])
    return score


def ordinary(folder: Path) -> Score:
    """Mails that are neither reports nor answers of programs."""
    score = Score()
    for name in ("spam_ham", "threads"):
        for raw in mails_of(folder / name):
            kind = read_mail(raw).kind.value
            score.count("no report", kind not in KINDS.values())
    return score


def replies(folder: Path) -> Score:
    """What is new in a reply. "no letter lost": what is not shown is folded."""
    score = Score()
    for line in (folder / "reply_stripping/expected.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        known, text = KnownQuotes(), case["input"]
        if case["kind"] == "html":
            text, known = html_to_text_and_quotes(text)
        split = split_quote(text, known, sender=case.get("sender", ""))
        expected = case["reply"] if "reply" in case else text.rpartition(case["signature"])[0]
        score.count("exactly", _without_blanks(split.reply) == _without_blanks(expected))
        everything = Counter(_without_blanks(split.reply + split.quoted))
        score.count("no letter lost", everything == Counter(_without_blanks(text)))
    return score


SETS: dict[str, Callable[[Path], Score]] = {
    "two other parsers agree": agreed,
    "another suite": another_suite,
    "reports of servers": reports,
    "ordinary mails": ordinary,
    "replies": replies,
}


def _cases(folder: Path) -> Iterator[tuple[dict[str, Any], ParsedMail]]:
    for line in (folder / "expected.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        yield case, read_mail((folder / case["file"]).read_bytes())


def _with_inner(mail: ParsedMail) -> list[ParsedMail]:
    """A mail and the mails attached to it, at any depth."""
    inner = [parse_mail(file.content) for file in mail.attachments if file.media_type == "message/rfc822"]
    return [mail, *(found for one in inner for found in _with_inner(one))]


def _letters(*texts: str) -> Counter[str]:
    """The letters of texts in any order, for texts whose parts may be joined in another order."""
    return Counter(re.sub(r"\W+", "", "".join(texts)))


def _names(mail: ParsedMail) -> set[str]:
    return {file.name for file in mail.attachments}


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="the sets: robust, parse, bounces, spam_ham, threads, reply_stripping"
    )
    folder = parser.parse_args(arguments).folder
    for name, read in SETS.items():
        score = read(folder)
        print(
            f"{name}: " + ", ".join(f"{what} {score.good[what]} of {score.seen[what]}" for what in score.seen)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
