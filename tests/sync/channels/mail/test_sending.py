"""Replies through a real Postfix arrive as they were meant, and every answer of a server has its consequence."""

import re
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.mail_account import MailAccount, MailAuth, MailSecurity, MailServer
from agent_desktop.domain.message import Delivery
from agent_desktop.services.mail.parse import parse_mail
from sync.channels.mail import smtp
from sync.channels.mail.connecting import dial
from sync.channels.mail.sending import MailSender
from sync.server.ports import ALL_ALIKE, ByRecipient, OpenMailAccount, Outgoing, SendResult, TakenBack
from tests.certificates import Certificates
from tests.fakes import START
from tests.mail_servers import FULL, UNKNOWN
from tests.sync.channels.mail.conftest import Desk, Secret
from tests.sync.channels.mail.letters import CHANNEL, REPLY_ID, TEXT, TOKENS, a_reply, an_outgoing
from tests.sync.channels.mail.smtp_script import SmtpScript
from tests.sync.server.mail_provider import MailProvider

CUSTOMER = "ada@customer.test"


class HandOver:
    """Says whether the mail was handed over."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.times = 0
        self._then = then

    def __call__(self, recipients: ByRecipient = ALL_ALIKE) -> None:
        self.times += 1
        self._then()


def sent(desk: Desk, *to: str, files: Mapping[str, bytes] | None = None, text: str = TEXT) -> SendResult:
    hand_over = HandOver()
    outgoing = an_outgoing(a_reply(to=to or (desk.customer.address,), text=text), files, channel=desk.channel)
    result = desk.sender.send(outgoing, hand_over)
    assert hand_over.times == (result.delivery is Delivery.SENT)
    return result


# ----- real servers


@pytest.mark.peer
def test_a_reply_arrives_as_it_was_meant(mail_desk: Desk) -> None:
    files = {"Rechnung – März.pdf": bytes(range(256)) * 4_000}
    text = f".\r\n..two dots\n.\n\nFrom here on\n{TEXT}\n{'long ' * 500}"
    assert sent(mail_desk, text=text, files=files).detail == ""
    (raw,) = mail_desk.servers.arrived(mail_desk.customer.address)
    mail = parse_mail(raw)
    assert mail.from_.address == mail_desk.box.address
    assert TOKENS.verify(mail.message_id) == REPLY_ID
    assert [(file.name, file.content) for file in mail.attachments] == list(files.items())
    assert mail.text.strip() == text.replace("\r\n", "\n").strip()


@pytest.mark.peer
@pytest.mark.parametrize("security", [MailSecurity.TLS, MailSecurity.STARTTLS])
def test_a_copy_lies_in_the_folder_of_sent_mail_once(mail_desk: Desk, security: MailSecurity) -> None:
    servers = mail_desk.servers
    port = servers.submissions if security is MailSecurity.TLS else servers.submission
    desk = mail_desk.with_settings(smtp=MailServer(host=servers.host, port=port, security=security))
    assert desk.sender.find(REPLY_ID) is None, "nobody can know before"
    result = sent(desk)
    assert result.afterwards is not None
    result.afterwards()
    result.afterwards()
    (copy,) = servers.mails(desk.box.address, "Sent")
    (arrived,) = servers.arrived(desk.customer.address)
    assert parse_mail(copy).text == parse_mail(arrived).text
    assert desk.sender.find(REPLY_ID) == SendResult(Delivery.SENT)
    assert desk.sender.find("f" * 32) is None


@pytest.mark.peer
def test_no_copy_where_none_is_wanted(mail_desk: Desk) -> None:
    assert sent(mail_desk.with_settings(sent_copy=False)).afterwards is None
    assert sent(mail_desk.with_settings(imap=None)).afterwards is None
    assert mail_desk.with_settings(imap=None).sender.find(REPLY_ID) is None


@pytest.mark.peer
def test_who_is_not_taken_is_named(mail_desk: Desk) -> None:
    result = sent(mail_desk, mail_desk.customer.address, UNKNOWN, FULL)
    assert result.delivery is Delivery.SENT
    told = result.recipients
    assert told[mail_desk.customer.address].delivery is Delivery.SENT
    assert told[UNKNOWN].delivery is Delivery.FAILED
    assert re.fullmatch(r"localhost did not take it: 550 .*nobody of this name.*", told[UNKNOWN].said)
    assert told[FULL].delivery is Delivery.QUEUED
    assert len(mail_desk.servers.arrived(mail_desk.customer.address)) == 1


@pytest.mark.peer
@pytest.mark.parametrize(("address", "delivery"), [(UNKNOWN, Delivery.FAILED), (FULL, Delivery.QUEUED)])
def test_all_refused_is_failed_or_waits_by_the_code(
    mail_desk: Desk, address: str, delivery: Delivery
) -> None:
    result = sent(mail_desk, address)
    assert result.delivery is delivery
    assert address in result.detail


@pytest.mark.peer
def test_a_mail_beyond_the_announced_size_is_not_begun(mail_desk: Desk) -> None:
    result = sent(mail_desk, files={"film.mp4": b"x" * 37_000_000})
    assert result.delivery is Delivery.FAILED
    assert "this reply is 50" in result.detail
    assert "takes up to 50.0 MB" in result.detail


@pytest.mark.peer
def test_a_wrong_password_waits_and_says_so(mail_desk: Desk) -> None:
    desk = replace(mail_desk, account=replace(mail_desk.account, credentials=Secret("wrong")))
    result = sent(desk)
    assert result.delivery is Delivery.QUEUED
    assert "did not take the user" in result.detail
    assert "wrong" not in result.detail


@pytest.mark.peer
def test_what_is_called_back_at_the_last_moment_does_not_arrive(mail_desk: Desk) -> None:
    def called_back(recipients: ByRecipient = ALL_ALIKE) -> None:
        raise TakenBack

    outgoing = an_outgoing(a_reply(to=(mail_desk.customer.address,)), channel=mail_desk.channel)
    with pytest.raises(TakenBack):
        mail_desk.sender.send(outgoing, called_back)
    sent(mail_desk, text="The next one")
    (raw,) = mail_desk.servers.arrived(mail_desk.customer.address)
    assert b"The next one" in raw


@pytest.mark.peer
def test_a_reply_leaves_with_what_was_granted_and_a_token_that_is_over_is_renewed(mail_desk: Desk) -> None:
    provider = MailProvider(mail_desk.servers)
    try:
        desk = mail_desk.with_settings(auth=MailAuth.OAUTH)
        assert sent(desk).delivery is Delivery.QUEUED, "nobody granted anything"
        provider.tokens["renewed"] = desk.box.address
        result = sent(desk)
        assert (result.delivery, result.detail) == (Delivery.SENT, "")
        assert result.afterwards is not None
        result.afterwards()
        assert desk.sender.find(REPLY_ID) == SendResult(Delivery.SENT)
    finally:
        provider.close()
    assert len(desk.servers.arrived(desk.customer.address)) == 1


# ----- a server that does what the test says


def account(
    script: SmtpScript, security: MailSecurity = MailSecurity.NONE, **changes: object
) -> OpenMailAccount:
    server = MailServer(host="localhost", port=script.port, security=security)
    settings: dict[str, object] = {"smtp": server, "user": "ben", **changes}
    return OpenMailAccount(CHANNEL.id, MailAccount(**settings), Secret())  # type: ignore[arg-type]  # fields by name


def through(
    script: SmtpScript,
    outgoing: Outgoing | None = None,
    right_before_the_dot: Callable[[], object] = lambda: None,
    **changes: object,
) -> tuple[SendResult | None, int]:
    """What becomes of a reply (None: nobody knows), and whether it was handed over."""
    hand_over = HandOver(right_before_the_dot)
    sender = MailSender(CHANNEL, account(script, **changes), TOKENS, ManualClock(START), dial)  # type: ignore[arg-type]
    try:
        return sender.send(outgoing or an_outgoing(), hand_over), hand_over.times
    except OSError:
        return None, hand_over.times


BREAKS = ("", "AUTH", "MAIL", "RCPT", "DATA")


@pytest.mark.parametrize("command", BREAKS)
@pytest.mark.parametrize("answer", [None, "421 bye", "451 later", "554 never", "garbage"])
def test_what_fails_before_the_dot_is_certain(command: str, answer: str | None) -> None:
    with SmtpScript({command: answer}) as script:
        result, handed_over = through(script)
    assert handed_over == 0
    assert result is not None
    lasting = answer == "554 never" and command in ("MAIL", "RCPT", "DATA")
    assert result.delivery is (Delivery.FAILED if lasting else Delivery.QUEUED)
    assert result.detail.endswith(".")
    assert script.taken == []


@pytest.mark.parametrize(
    ("answer", "delivery"),
    [
        ("250 queued", Delivery.SENT),
        ("451 try later", Delivery.QUEUED),
        ("421 bye", Delivery.QUEUED),
        ("552 too large", Delivery.FAILED),
        ("554 spam", Delivery.FAILED),
        (None, None),
        ("!", None),
        ("!hello?", None),
        ("!354 go on", None),
    ],
)
def test_after_the_dot_the_answer_counts_and_silence_is_not_known(
    answer: str | None, delivery: Delivery | None
) -> None:
    with SmtpScript({".": answer}) as script:
        result, handed_over = through(script)
    assert handed_over == 1
    assert (result.delivery if result else None) == delivery


@pytest.mark.parametrize("command", ["", "MAIL"])
def test_a_server_that_never_comes_to_an_end_is_left(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """It says something all the time, so that no single wait is too long."""
    monkeypatch.setattr(smtp, "SESSION_SECONDS", 0.5)
    with SmtpScript({command: "250-and"}) as script:
        result, handed_over = through(script)
    assert result is not None
    assert handed_over == 0


def test_a_server_that_never_comes_to_an_end_of_the_mail_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    watches: list[threading.Timer] = []
    watched = smtp.SmtpLine._watched

    def noted(line: smtp.SmtpLine) -> threading.Timer:
        watches.append(watched(line))
        return watches[-1]

    def ring() -> None:
        (watch,) = watches
        if not watch.finished.is_set():
            watch.function()

    monkeypatch.setattr(smtp.SmtpLine, "_watched", noted)
    with SmtpScript({".": "!250-and"}) as script:
        soon = threading.Timer(0.3, ring)
        result, handed_over = through(script, right_before_the_dot=soon.start)
        soon.join()
    assert result is None
    assert handed_over == 1


def test_some_recipients_may_be_refused_for_now() -> None:
    outgoing = an_outgoing(a_reply(to=(CUSTOMER, "bob@customer.test"), cc=("eve@customer.test",)))
    with SmtpScript({"bob@customer.test": "450 full", "eve@customer.test": "550 unknown"}) as script:
        result, _ = through(script, outgoing)
    assert result is not None
    assert result.delivery is Delivery.SENT
    assert {one: told.delivery for one, told in result.recipients.items()} == {
        CUSTOMER: Delivery.SENT,
        "bob@customer.test": Delivery.QUEUED,
        "eve@customer.test": Delivery.FAILED,
    }
    with SmtpScript(
        {CUSTOMER: "550 x", "bob@customer.test": "450 full", "eve@customer.test": "550 x"}
    ) as script:
        result, _ = through(script, outgoing)
    assert result is not None
    assert result.delivery is Delivery.QUEUED, "one of them may be taken later"


def test_reports_are_asked_for_where_they_are_known() -> None:
    outgoing = an_outgoing(a_reply(to=("ada+x@customer.test",)))
    with SmtpScript(features=("AUTH PLAIN", "DSN")) as script:
        result, _ = through(script, outgoing)
    name = TOKENS.message_id(REPLY_ID, "example.test")
    assert result == SendResult(Delivery.SENT)
    assert f"MAIL FROM:<{CHANNEL.address}> RET=HDRS ENVID={name}" in script.said
    assert (
        "RCPT TO:<ada+x@customer.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ada+2Bx@customer.test" in script.said
    )
    with SmtpScript() as script:
        through(script)
    assert not any("NOTIFY" in line or "ENVID" in line for line in script.said)


def test_who_announces_reports_and_refuses_to_be_asked_gets_the_reply_without() -> None:
    outgoing = an_outgoing(a_reply(to=(CUSTOMER, "bob@customer.test")))
    for refused in ({"ENVID": "501 what?"}, {"NOTIFY": "555 what?"}):
        with SmtpScript(refused, features=("AUTH PLAIN", "DSN")) as script:
            result, _ = through(script, outgoing)
        assert result == SendResult(Delivery.SENT)
        assert len(script.taken) == 1


def test_addresses_of_other_scripts_go_where_they_are_known() -> None:
    outgoing = an_outgoing(a_reply(to=("jörg@customer.test",)))
    with SmtpScript(features=("AUTH PLAIN", "8BITMIME", "SMTPUTF8")) as script:
        result, _ = through(script, outgoing)
    assert result is not None
    assert result.delivery is Delivery.SENT
    assert any(line.endswith(" SMTPUTF8 BODY=8BITMIME") for line in script.said)
    assert parse_mail(script.taken[0]).to[0].address == "jörg@customer.test"


def test_a_server_that_knows_only_ascii_is_not_asked_for_more() -> None:
    with SmtpScript() as script:
        result, handed_over = through(script, an_outgoing(a_reply(to=("jörg@customer.test",))))
    assert result is not None
    assert (result.delivery, handed_over) == (Delivery.FAILED, 0)
    assert "cannot write to “jörg@customer.test”" in result.detail


def test_hostile_words_of_a_server_are_shown_as_one_short_line() -> None:
    with SmtpScript({".": "554 " + "\x1b[31m\u202e<b>" + "x" * 4_000}) as script:
        result, _ = through(script)
    assert result is not None
    assert len(result.detail) < 500
    assert not {"\x1b", "\u202e"} & set(result.detail)


def test_a_granted_token_is_renewed_once() -> None:
    with SmtpScript({"AUTH": "535 expired"}, features=("AUTH XOAUTH2",)) as script:
        result, handed_over = through(script, auth=MailAuth.OAUTH)
    assert result is not None
    assert (result.delivery, handed_over) == (Delivery.QUEUED, 0)
    assert "Sign in with the provider again" in result.detail
    assert sum(line.startswith("AUTH XOAUTH2 ") for line in script.said) == 2
    with SmtpScript(features=("AUTH XOAUTH2",)) as script:
        result, _ = through(script, auth=MailAuth.OAUTH)
    assert result is not None
    assert result.delivery is Delivery.SENT


# ----- secret connections


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


def context_of(certificates: Certificates, kind: str) -> ssl.SSLContext:
    """What a server shows: a good certificate, or one that nobody should accept."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    host = "elsewhere.test" if kind == "wrong host" else "localhost"
    made = certificates.make("server", host, expired=kind == "expired")
    context.load_cert_chain(made.chain, made.key)
    if kind == "TLS 1.0":
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    return context


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("kind", ["expired", "wrong host", "not trusted", "TLS 1.0", "good"])
def test_nothing_is_sent_to_who_does_not_prove_who_it_is(
    certificates: Certificates, kind: str, *, implicit: bool, recwarn: object
) -> None:
    context = context_of(certificates, kind)
    trusted = "" if kind == "not trusted" else certificates.authority.read_text()
    features = ("AUTH PLAIN",) if implicit else ("STARTTLS", "AUTH PLAIN")
    security = MailSecurity.TLS if implicit else MailSecurity.STARTTLS
    with SmtpScript(features=features, context=context, implicit=implicit) as script:
        result, handed_over = through(script, security=security, authority=trusted)
    assert result is not None
    spoken = " ".join(script.said)
    if kind == "good":
        assert (result.delivery, handed_over, len(script.taken)) == (Delivery.SENT, 1, 1)
        return
    assert (result.delivery, handed_over, script.taken) == (Delivery.QUEUED, 0, [])
    assert "AUTH" not in spoken
    assert "MAIL" not in spoken


def test_a_stripped_starttls_ends_it_before_any_word_is_said() -> None:
    with SmtpScript(features=("AUTH PLAIN",)) as script:
        result, handed_over = through(script, security=MailSecurity.STARTTLS)
    assert result is not None
    assert (result.delivery, handed_over) == (Delivery.QUEUED, 0)
    assert "STARTTLS" in result.detail
    assert [line.partition(" ")[0] for line in script.said] in (["ehlo"], ["ehlo", "quit"])


def test_words_slipped_in_before_the_secret_begins_are_dropped(certificates: Certificates) -> None:
    with SmtpScript(
        features=("STARTTLS", "AUTH PLAIN"),
        context=context_of(certificates, "good"),
        plain_after_starttls=b"250-evil.test\r\n250 AUTH LOGIN\r\n",
    ) as script:
        result, handed_over = through(
            script, security=MailSecurity.STARTTLS, authority=certificates.authority.read_text()
        )
    assert result is not None
    # TLS takes what was slipped in for a broken handshake; in no case it is believed.
    assert result.delivery is Delivery.QUEUED or script.said.count("AUTH LOGIN") == 0
    assert (handed_over, len(script.taken)) in ((0, 0), (1, 1))
