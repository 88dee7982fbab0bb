"""Servers that lie: a clear sentence, nothing lost, and bounded memory and time."""

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.mail_account import (
    AfterReading,
    MailAccount,
    MailAuth,
    MailSecurity,
    MailServer,
    StartWith,
)
from sync.channels.mail.afterwards import MOST_BREAKS
from sync.channels.mail.connecting import Step, Trouble, dial
from sync.channels.mail.imap import MailboxReader, sign_in
from sync.channels.mail.imap_line import LARGEST_ANSWER, ImapLine
from sync.channels.mail.receiving import ImapReceiver
from sync.server.ports import OpenMailAccount
from tests.sync.channels.mail.accounts import CHANNEL, Password, Stored
from tests.sync.channels.mail.lying_imap import LyingImap, Script, answering


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def read(script: Script, security: MailSecurity = MailSecurity.NONE) -> tuple[Stored, int]:
    """What is read from a server."""
    stored = Stored()
    with LyingImap(script) as lying:
        server = MailServer(host="localhost", port=lying.port, security=security)
        account = MailAccount(imap=server, user="support", start=StartWith.ALL)
        opened = OpenMailAccount(CHANNEL, account, Password("secret"))
        line = ImapLine(server, "", dial)
        try:
            sign_in(line, opened)
            count = MailboxReader(opened, stored, stored, Clock()).read_all(line)
        finally:
            line.cut()
            line.leave()
    return stored, count


def test_an_honest_one_is_read() -> None:
    stored, count = read(answering())
    assert (stored.mails, count) == ([b"Subject: one\r\n\r\nhi\r\n"], 1)
    assert stored.places["INBOX"].last_uid == 1


def test_a_refused_token_is_said_once_and_its_refusal_answered_with_nothing() -> None:
    """As Gmail and Exchange do it: the reason comes as a challenge, and the refusal after an empty answer to it."""
    heard: list[bytes] = []

    def script(connection: socket.socket, asked: Iterator[bytes]) -> None:
        connection.sendall(b"* OK hello\r\n")
        for line in asked:
            tag, _, command = line.strip().partition(b" ")
            if command.upper().startswith(b"AUTHENTICATE"):
                connection.sendall(b"+ \r\n")
                heard.append(next(asked))
                connection.sendall(b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
                heard.append(next(asked))
                connection.sendall(tag + b" NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")
            elif command.upper().startswith(b"CAPABILITY"):
                connection.sendall(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n")
            else:
                connection.sendall(tag + b" OK done\r\n")

    class Granted(Password):
        def access_token(self, *, renew: bool = False) -> str:
            return "new" if renew else "old"

    with LyingImap(script) as lying:
        server = MailServer(host="localhost", port=lying.port, security=MailSecurity.NONE)
        account = MailAccount(imap=server, user="support", auth=MailAuth.OAUTH, provider="google")
        line = ImapLine(server, "", dial)
        with pytest.raises(Trouble, match="Sign in with the provider again"):
            sign_in(line, OpenMailAccount(CHANNEL, account, Granted("")))
        line.leave()
    assert [base64.b64decode(words) for words in heard] == [
        b"user=support\x01auth=Bearer old\x01\x01",
        b"",
        b"user=support\x01auth=Bearer new\x01\x01",
        b"",
    ]


def reader_of(lying: LyingImap, stored: Stored, **settings: Any) -> tuple[MailboxReader, Callable[[], int]]:
    """Who reads a server, and one connection of theirs."""
    server = MailServer(host="localhost", port=lying.port, security=MailSecurity.NONE)
    account = MailAccount(imap=server, user="support", start=StartWith.ALL, **settings)
    opened = OpenMailAccount(CHANNEL, account, Password("secret"))
    reader = MailboxReader(opened, stored, stored, Clock())

    def session() -> int:
        line = ImapLine(server, "", dial)
        try:
            sign_in(line, opened)
            return reader.read_all(line)
        finally:
            line.cut()
            line.leave()

    return reader, session


def test_goes_on_where_moving_breaks_the_connection_each_time() -> None:
    capable = (b"CAPABILITY", b"* CAPABILITY IMAP4rev1 MOVE\r\n%s OK done\r\n")
    select = (b"SELECT", b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n%s OK [READ-WRITE] done\r\n")
    stored = Stored()
    with LyingImap(answering(capable, select, (b"UID MOVE", b"* BYE gone\r\n"))) as lying:
        reader, session = reader_of(lying, stored, after_reading=AfterReading.MOVE, move_to="Done")
        for _ in range(MOST_BREAKS):
            with pytest.raises(Trouble):
                session()
        assert [session(), session()] == [1, 0]
    assert len(stored.mails) == 1
    assert "marked as read instead" in reader.problem


@pytest.mark.parametrize("wanted", [AfterReading.SEEN, AfterReading.MOVE])
def test_reads_a_folder_in_which_nothing_may_be_changed(wanted: AfterReading) -> None:
    stored = Stored()
    refused = b"%s NO [READ-ONLY] it may only be read\r\n"
    with LyingImap(answering((b"UID STORE", refused), (b"UID COPY", refused))) as lying:
        reader, session = reader_of(lying, stored, after_reading=wanted)
        assert [session(), session()] == [1, 0]
    assert len(stored.mails) == 1
    assert "left as it is" in reader.problem
    assert "it may only be read" in reader.problem


@pytest.mark.parametrize(
    "lie",
    [
        (b"BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> {99999999999}\r\nx"),
        (b"BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> {" + b"9" * 5_000 + b"}\r\nx"),
        (b"BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> {3}\r\nSubject: much more\r\n)\r\n%s OK done\r\n"),
        (b"BODY.PEEK", b"* 1 FETCH (UID 1 BODY[]<0> " + b"(" * 100_000 + b"\r\n%s OK done\r\n"),
        (b"SEARCH", b"* SEARCH " + b"1" * 1_100_000),
        (b"SEARCH", b"* SEARCH " + b"9" * 10_000 + b"\r\n%s OK done\r\n"),
        (b"SEARCH", b"* SEARCH one two\r\n%s OK done\r\n"),
        (b"SEARCH", b"* 1 EXISTS\r\n" * (LARGEST_ANSWER // 12 + 1)),
        (b"EXAMINE", b"%s OK there is nothing to say\r\n"),
        (b"EXAMINE", b"* OK [UIDVALIDITY x] x\r\n* OK [UIDNEXT -1] x\r\n%s OK done\r\n"),
        (b"CAPABILITY", b"\x00\xff\xfe\r\n"),
        (b"LOGIN", b"x999 OK another tag\r\n%s BAD no\r\n"),
        (b"SIZE", b"* BYE gone\r\n"),
    ],
    ids=range(13),
)
def test_what_makes_no_sense_is_said_and_counts_as_nothing(lie: tuple[bytes, bytes]) -> None:
    stored = Stored()
    with pytest.raises(Trouble) as caught:
        stored, _ = read(answering(lie))
    assert str(caught.value).startswith("localhost ") or "connection" in str(caught.value).lower()
    assert len(str(caught.value)) < 500
    assert stored.mails == []


@pytest.mark.parametrize(
    "said",
    [
        b"* 2 EXISTS\r\n* SEARCH 1\r\n* 3 EXISTS\r\n%s OK done\r\n",
        b"* SEARCH 1 1 1 1\r\n%s OK done\r\n",
        b"* SEARCH 1 2 3 4000000000\r\n%s OK done\r\n",
        b"* SEARCH 1\r\n* 5 FETCH (FLAGS (\\Seen))\r\n%s OK done\r\n",
    ],
)
def test_what_nobody_asked_for_does_no_harm(said: bytes) -> None:
    stored, count = read(answering((b"SEARCH", said)))
    assert (len(stored.mails), count) == (1, 1)


def test_a_mail_that_is_not_given_is_named_in_its_place() -> None:
    stored, _ = read(answering((b"BODY.PEEK[]", b"* 1 FETCH (UID 1 BODY[]<0> NIL)\r\n%s OK done\r\n")))
    assert b"Subject: one" in stored.mails[0]
    assert b"could not be taken over" in stored.mails[0]


def test_a_mail_that_never_ends_is_named_in_its_place() -> None:
    """The server says that it is small, and gives another megabyte each time it is asked."""
    piece = b"* 1 FETCH (UID 1 BODY[]<0> {1000000}\r\n" + b"x" * 1_000_000 + b")\r\n%s OK done\r\n"
    stored, _ = read(answering((b"BODY.PEEK[]", piece)))
    assert len(stored.mails[0]) < 2_000


def test_more_than_asked_before_tls_is_an_attack() -> None:
    """What is sent in the open behind the answer to STARTTLS would be taken as if it were secret."""
    injecting = answering((b"STARTTLS", b"%s OK begin\r\n* CAPABILITY IMAP4rev1\r\n"))
    with pytest.raises(Trouble) as caught:
        read(injecting, MailSecurity.STARTTLS)
    assert caught.value.step is Step.SECURE


@pytest.mark.parametrize("greeting", [b"* PREAUTH welcome\r\n", b"* OK hello\r\n"])
def test_no_password_leaves_before_tls(greeting: bytes) -> None:
    asked: list[bytes] = []
    usual = answering((b"STARTTLS", b"%s BAD unknown\r\n"), greeting=greeting)

    def noting(connection: socket.socket, lines: Iterator[bytes]) -> None:
        def noted() -> Iterator[bytes]:
            for line in lines:
                asked.append(line)
                yield line

        usual(connection, noted())

    with pytest.raises(Trouble, match="TLS"):
        read(noting, MailSecurity.STARTTLS)
    assert not [line for line in asked if b"LOGIN" in line or b"AUTH" in line]


def test_a_server_that_drips_is_left() -> None:
    now = [0.0]

    def dripping(connection: socket.socket, lines: Iterator[bytes]) -> None:
        connection.sendall(b"* OK hello\r\n")
        for _ in lines:
            while True:
                connection.sendall(b"*")
                stepped.wait(0.001)

    stepped = threading.Event()

    def monotonic() -> float:
        now[0] += 1.0
        return now[0]

    with LyingImap(dripping) as lying, pytest.raises(Trouble, match="too long"):
        ImapLine(
            MailServer(host="localhost", port=lying.port, security=MailSecurity.NONE), "", dial, monotonic
        ).leave()


@pytest.mark.parametrize(
    ("idle", "after_done"),
    [
        (b"%s BAD never heard of it\r\n", b""),
        (b"%s NO not now\r\n", b""),
        (b"+ idling\r\n", b"%s OK done\r\n"),
        (b"+ idling\r\n%s OK enough\r\n", b""),
        (b"* 1 EXISTS\r\n+ idling\r\n", b"%s OK done\r\n"),
    ],
    ids=["bad", "no", "silent", "ends", "early"],
)
def test_mail_comes_though_listening_does_not_work(idle: bytes, after_done: bytes) -> None:
    """A mail comes while it is listened; the server says it knows IDLE and does not, or says nothing by it."""
    there = [1]

    def script(connection: socket.socket, lines: Iterator[bytes]) -> None:
        connection.sendall(b"* OK hello\r\n")
        idling = b""
        for line in lines:
            tag, _, command = line.strip().partition(b" ")
            upper = command.upper()
            if line.strip() == b"DONE":
                connection.sendall(after_done.replace(b"%s", idling))
                continue
            if upper.startswith(b"IDLE"):
                idling = tag
                there[0] += 1
                connection.sendall(idle.replace(b"%s", tag))
                continue
            if upper.startswith(b"EXAMINE"):
                said = f"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {1 + there[0]}] x\r\n%s OK done\r\n".encode()
            elif b"UID SEARCH" in upper:
                first = upper.rpartition(b" ")[2].partition(b":")[0]
                said = b"* SEARCH " + first + b"\r\n%s OK done\r\n"
            elif b"UID FETCH" in upper:
                uid = upper.split()[2]
                text = b"Subject: " + uid + b"\r\n\r\n"
                if b"SIZE" in upper:
                    said = b"* 1 FETCH (UID " + uid + b" RFC822.SIZE 20)\r\n%s OK done\r\n"
                else:
                    size = str(len(text)).encode()
                    said = b"* 1 FETCH (UID " + uid + b" BODY[]<0> {" + size + b"}\r\n" + text
                    said += b")\r\n%s OK done\r\n"
            elif upper.startswith(b"CAPABILITY"):
                said = b"* CAPABILITY IMAP4rev1 IDLE\r\n%s OK done\r\n"
            else:
                said = b"%s OK done\r\n"
            connection.sendall(said.replace(b"%s", tag))

    stored = Stored()
    with LyingImap(script) as lying:
        server = MailServer(host="localhost", port=lying.port, security=MailSecurity.NONE)
        account = MailAccount(imap=server, user="support", start=StartWith.ALL, poll_seconds=0)
        opened = OpenMailAccount(CHANNEL, account, Password("secret"))
        brief = timedelta(milliseconds=30)
        receiver = ImapReceiver(opened, server, stored, stored, Clock(), dial, Random(1), brief)
        thread = threading.Thread(target=receiver.run)
        thread.start()
        try:
            stored.has(2)
        finally:
            receiver.stop()
            thread.join(60)
    assert not thread.is_alive()
    assert stored.subjects()[:2] == ["1", "2"]


_NOISE = st.binary(max_size=200) | st.sampled_from(
    [
        b"* ",
        b"\r\n",
        b"{5}\r\n",
        b"{",
        b"(",
        b")",
        b'"',
        b"%s OK done\r\n",
        b"%s NO\r\n",
        b"* BYE\r\n",
        b"+ \r\n",
        b"NIL",
        b"\\",
    ]
)


@given(
    st.sampled_from([b"CAPABILITY", b"LOGIN", b"EXAMINE", b"SEARCH", b"SIZE", b"BODY"]),
    st.lists(_NOISE, max_size=12),
)
@settings(max_examples=150)
def test_noise_ends_in_a_sentence(word: bytes, noise: list[bytes]) -> None:
    """Whatever is said instead of one answer, followed by hanging up."""
    said = b"".join(noise)

    def script(connection: socket.socket, lines: Iterator[bytes]) -> None:
        def until() -> Iterator[bytes]:
            for line in lines:
                yield line
                if word in line.upper():
                    return

        answering((word, said))(connection, until())

    try:
        stored, _ = read(script)
    except Trouble as trouble:
        words = str(trouble)
    else:
        words = f"{len(stored.mails)} mails"
    assert words
