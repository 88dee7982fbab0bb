"""Where the mail of a domain goes is asked of name servers; whatever they answer, or do not, the search goes on."""

import socket
import threading
from collections.abc import Callable, Iterator

import dns.message
import dns.rcode
import dns.rrset
import pytest

from agent_desktop.domain.mail_account import MailAuth
from sync.channels.mail.detect import NOTHING, detect
from sync.channels.mail.exchangers import asks_nobody, exchangers_of
from sync.channels.mail.providers import PROVIDERS, provider_behind
from sync.protocol.mail_accounts import DetectedMailAccount

GOOGLE = ("aspmx.l.google.com", "alt1.aspmx.l.google.com", "ASPMX2.googlemail.com")
MICROSOFT = ("lamps-example.mail.protection.outlook.com",)
SHORT, LONG = 0.3, 60.0
"""Seconds, where nothing is to come and where something is."""


class NameServer:
    """Answers on a port of this computer, as `answer` turns a question into bytes; None: not at all."""

    def __init__(self, answer: Callable[[dns.message.Message], bytes | None]) -> None:
        self._answer = answer
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place: tuple[str, int] = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            data, asker = self._socket.recvfrom(4096)
            if not data:
                return
            question = dns.message.from_wire(data)
            self.asked.append(question.question[0].to_text())
            answer = self._answer(question)
            if answer is not None:
                self._socket.sendto(answer, asker)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.place)
        self._thread.join()
        self._socket.close()


Serving = Callable[[Callable[[dns.message.Message], bytes | None]], NameServer]


@pytest.fixture
def serving() -> Iterator[Serving]:
    servers: list[NameServer] = []

    def serve(answer: Callable[[dns.message.Message], bytes | None]) -> NameServer:
        servers.append(NameServer(answer))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


def mail_goes_to(*names: str) -> Callable[[dns.message.Message], bytes]:
    def answer(question: dns.message.Message) -> bytes:
        made = dns.message.make_response(question)
        asked = question.question[0].name
        if names:
            records = [f"{10 * place} {name.rstrip('.')}." for place, name in enumerate(names)]
            made.answer.append(dns.rrset.from_text(asked, 60, "IN", "MX", *records))
        return made.to_wire()

    return answer


def fails(question: dns.message.Message) -> bytes:
    made = dns.message.make_response(question)
    made.set_rcode(dns.rcode.SERVFAIL)
    return made.to_wire()


def found(server: NameServer, seconds: float = SHORT) -> DetectedMailAccount:
    def nobody(host: str, port: int, seconds: float) -> socket.socket:
        raise ConnectionRefusedError

    def ask(domain: str) -> tuple[str, ...]:
        return exchangers_of(domain, [server.place], seconds)

    return detect("Help@Lamps.example", lambda url: None, nobody, lambda name: True, exchangers=ask)


@pytest.mark.parametrize(
    ("names", "title", "smtp"),
    [(GOOGLE, "Google", "smtp.gmail.com"), (MICROSOFT, "Microsoft", "smtp.office365.com")],
    ids=["google", "microsoft"],
)
def test_a_domain_of_ones_own_at_a_large_provider_is_known(
    serving: Serving, names: tuple[str, ...], title: str, smtp: str
) -> None:
    server = serving(mail_goes_to(*names))
    detected = found(server, LONG)
    assert server.asked == ["lamps.example. IN MX"]
    assert detected.account is not None
    assert detected.account.smtp is not None
    assert detected.account.smtp.host == smtp
    assert (detected.account.auth, detected.account.user) == (MailAuth.OAUTH, "Help@Lamps.example")
    assert detected.source.startswith(f"{title} takes in the mail of lamps.example")


@pytest.mark.parametrize(
    "answer",
    [
        mail_goes_to(),
        mail_goes_to("mx.lamps.example"),
        mail_goes_to("."),
        mail_goes_to("aspmx.l.google.com", "mx.lamps.example"),
        mail_goes_to("notgoogle.com", "google.com.lamps.example"),
        fails,
        lambda question: None,
        lambda question: b"\0\1\2",
    ],
    ids=["none", "own", "takes none", "both", "alike", "failure", "silence", "nonsense"],
)
def test_whatever_else_is_answered_the_search_goes_on(
    serving: Serving, answer: Callable[[dns.message.Message], bytes | None]
) -> None:
    detected = found(serving(answer))
    assert (detected.account, detected.source) == (None, NOTHING)


@pytest.mark.parametrize("domain", ["", ".", "a..b", "x" * 64 + ".example", "ä" * 300, "\0.example"])
def test_what_is_no_domain_is_nowhere(serving: Serving, domain: str) -> None:
    assert exchangers_of(domain, [serving(fails).place], SHORT) == ()


def test_nobody_is_asked_unless_a_server_is_told_to(serving: Serving) -> None:
    assert asks_nobody("lamps.example") == ()
    assert provider_behind(()) is None
    assert {provider.name for provider in PROVIDERS if provider.exchangers} == {"google", "microsoft"}
