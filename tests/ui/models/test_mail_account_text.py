"""How mailboxes read: never by colour alone, and never as if they were well when they are not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent_desktop.domain.mail_account import MailAccount, MailServer
from agent_desktop.services.mail_setup import DetectedMail, SavedMail
from tests.fakes import START
from ui.models.mail_account_text import (
    AUTO_REPLY,
    ago_text,
    found_text,
    granting_provider,
    health_of,
    name_for,
    not_registered_text,
    reply_preview,
    reply_problem,
    signature_preview,
)

ACCOUNT = MailAccount(imap=MailServer(host="imap.gmail.com", port=993), user="help@northwind.example")
WELL = SavedMail(account=ACCOUNT, has_secret=True, last_contact=START)


@pytest.mark.parametrize(
    ("saved", "words", "is_good"),
    [
        (SavedMail(), "Not connected", False),
        (WELL, "In touch", True),
        (replace(WELL, last_contact=None), "Connecting…", False),
        (replace(WELL, problem="It takes no password."), "Needs attention", False),
        (replace(WELL, account=replace(ACCOUNT, enabled=False), problem="x"), "Paused", False),
        (replace(WELL, account=replace(ACCOUNT, imap=None), last_contact=None), "In use", True),
    ],
)
def test_how_a_mailbox_does(saved: SavedMail, words: str, is_good: bool) -> None:
    health = health_of(saved, START + timedelta(minutes=2))
    assert (health.words, health.is_good) == (words, is_good)
    assert health.sentence
    assert health.cell.words == f"{words}, {health.sentence}"


def test_what_is_in_the_way_is_said_as_the_server_says_it() -> None:
    assert (
        health_of(replace(WELL, problem="It takes no password."), START).sentence == "It takes no password."
    )


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
    ],
)
def test_how_long_ago(ago: timedelta, words: str) -> None:
    assert ago_text(START, START + ago) == words


def test_what_was_found() -> None:
    assert found_text(DetectedMail(source="Nothing was found.")) == "Nothing was found."
    said = found_text(DetectedMail(account=ACCOUNT, source="These are the servers of Google."))
    assert said.splitlines()[1:] == ["Receiving: imap.gmail.com, port 993, TLS.", "Sending: no server."]
    assert granting_provider(ACCOUNT) == "google"
    assert "docs/server.md" in not_registered_text("google")
    assert granting_provider(MailAccount()) == ""


def test_what_a_channel_is_called_by_its_address() -> None:
    assert [name_for(address) for address in ("help@x.example", "our-shop.orders@x.example", "")] == [
        "Help",
        "Our shop orders",
        "",
    ]


def test_the_automatic_answer_is_read_as_a_customer_would() -> None:
    shown = reply_preview(AUTO_REPLY, "Support", "Northwind", START)
    assert shown.startswith("Hello Amelia,")
    assert "{{" not in shown
    assert shown.endswith("Support, Northwind")
    assert reply_problem(AUTO_REPLY) == ""
    assert "{{ customer.email }}" in reply_problem("Dear {{ customer.email }}")


def test_ones_own_signature_comes_before_that_of_the_channel() -> None:
    assert signature_preview(" Maya ", "Northwind", "Maya Keller") == "Maya"
    assert signature_preview("", "Northwind", "Maya Keller") == "Northwind"
    assert "neither Maya Keller nor" in signature_preview("", " ", "Maya Keller")
