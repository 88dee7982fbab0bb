"""New text is told from quotes and signatures, and nothing is ever lost."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.quotes import split_quote
from agent_desktop.services.mail.text import html_to_text

HEADS = [
    "On Thu, Mar 31, 2016 at 11:16 AM Ann Example <ann@example.com> wrote:",
    "Am Do., 31. März 2016 um 11:16 Uhr schrieb Ann Example <ann@example.com>:",
    "Le jeu. 31 mars 2016 à 11:16, Ann Example <ann@example.com> a écrit :",
    "El jue, 31 mar 2016 a las 11:16, Ann Example (<ann@example.com>) escribió:",
    "Il giorno gio 31 mar 2016 alle ore 11:16 Ann Example <ann@example.com> ha scritto:",
    "Op do 31 mrt. 2016 om 11:16 schreef Ann Example <ann@example.com>:",
    "Em qui., 31 de mar. de 2016 às 11:16, Ann Example <ann@example.com> escreveu:",
    "From: Ann Example <ann@example.com>\nSent: Thursday, 31 March 2016 11:16\nTo: Us\nSubject: Order",
    "Von: Ann Example\nGesendet: Donnerstag, 31. März 2016 11:16\nAn: Wir\nBetreff: Bestellung",
    "De : Ann Example\nEnvoyé : jeudi 31 mars 2016 11:16\nÀ : Nous\nObjet : Commande",
    "-----Original Message-----\nFrom: Ann",
    "-----Ursprüngliche Nachricht-----\nVon: Ann",
]


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.split()[0] + head.split()[-1])
@pytest.mark.parametrize("mark", ["> ", ""], ids=["marked", "unmarked"])
def test_the_quoted_mail_is_folded(head: str, mark: str) -> None:
    old = f"{head}\n\n{mark}Where is my order?\n{mark}Ann"
    split = split_quote(f"It is on its way.\n\n{old}")
    assert split.reply == "It is on its way."
    assert split.quoted == old


@pytest.mark.parametrize(
    "signature", ["-- \nAnn Example\nExample Ltd", "Sent from my iPhone", "Gesendet von Mail für Windows"]
)
def test_the_signature_is_folded(signature: str) -> None:
    split = split_quote(f"Thanks!\n\n{signature}\n")
    assert (split.reply, split.quoted) == ("Thanks!", signature)


@pytest.mark.parametrize(
    "text",
    [
        "I want to travel:\nFrom: Berlin\nTo: Paris\nDate: 5 May 2026\n\nThank you",
        "FYI\n\n---------- Forwarded message ----------\nFrom: Bob <b@x>\nSubject: Order\n\nYour order",
        "> only\n> a quote",
        ">From now on I want a refund",
        "On Monday I wrote: nobody answered.\nNow I ask again.",
        "-- \nonly a signature",
        "Sent from my iPhone",
    ],
)
def test_what_is_content_stays(text: str) -> None:
    assert split_quote(text).reply == text
    assert split_quote(text).quoted == ""


def test_answers_between_quoted_lines_keep_them() -> None:
    text = "On 5 May 2026, Ann wrote:\n> First?\nYes.\n> Second?\nNo."
    assert split_quote(text).reply == "> First?\nYes.\n> Second?\nNo."


def test_an_answer_below_the_quote_is_the_answer() -> None:
    assert split_quote("On 5 May 2026, Ann wrote:\n> First?\n\nYes.").reply == "Yes."


LINES = st.sampled_from(
    ["", "Hello", "> quoted", ">> deep", "On 5 May 2026, Ann <a@b> wrote:", "-- ", "--", "Sent from my iPhone",
     "From: a@b", "Subject: x", "Sent: today", "-----Original Message-----", "________________",
     "---- Forwarded message ----",
     "| bar", "wrote:", "Am 5. Mai 2026 schrieb", "<a@b>:"]
)  # fmt: skip


@given(st.lists(LINES, max_size=30))
def test_no_line_is_lost_or_doubled(lines: list[str]) -> None:
    split = split_quote("\n".join(lines))
    shown = Counter(line.strip() for line in f"{split.reply}\n{split.quoted}".split("\n") if line.strip())
    assert shown == Counter(line.strip() for line in lines if line.strip())
    assert split.reply.strip() or not any(line.strip() for line in lines)


def test_it_agrees_with_the_suites_of_other_programs(shared: Path) -> None:
    """54 of 57; those that differ fold forwarded mails, which are content here, or hide quotes with answers."""
    cases = [
        json.loads(line)
        for line in (shared / "data/mail/reply_stripping/expected.jsonl").read_text("utf-8").splitlines()
    ]
    cases = [case for case in cases if case["kind"] != "signature"]
    wrong = []
    for case in cases:
        text = html_to_text(case["input"]) if case["kind"] == "html" else case["input"]
        if "".join(split_quote(text).reply.split()) != "".join(case["reply"].split()):
            wrong.append(case["id"])
    assert len(wrong) <= 0.06 * len(cases), wrong
