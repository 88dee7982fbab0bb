"""Every channel that is found can be connected: it sends and receives through the ports, and says when it cannot."""

import socket
import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest

import sync.channels
from agent_desktop.domain.channels import LIMITS
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.mail_account import (
    AfterReading,
    MailAccount,
    MailSecurity,
    MailServer,
    SenderName,
    StartWith,
    problems_of,
)
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.blobs import BlobStore
from sync.channels import SPEC, ChannelSpec, Surroundings, channel_specs, spec_of
from sync.channels.mail.connecting import dial
from sync.channels.simulated import SimulatedChannel
from sync.server.keys import ServerKey
from sync.server.mail.accounts import MailAccounts, Secret
from sync.server.mail.inbound import InboundStore
from sync.server.ports import ChannelPort, Dial, InboundPort, OpenMailAccount, Outgoing, TakenBack
from tests.factories import make_channel, make_message
from tests.mail_servers import MailServers
from tests.sync.channels.mail.accounts import CHANNEL, Password, Stored, account, letter
from tests.sync.channels.mail.letters import an_outgoing
from tests.sync.channels.mail.smtp_script import SmtpScript
from tests.sync.files import TEMPLATES

SPECS = channel_specs()


def around(dialled: list[str]) -> Surroundings:
    def nobody(host: str, port: int, seconds: float) -> socket.socket:
        dialled.append(host)
        raise ConnectionRefusedError(111, "Connection refused")

    return Surroundings(
        clock=SystemClock(), dial=nobody, random=Random(1), signer=ServerKey.generate(), inbound=Stored()
    )


def opened(account: MailAccount) -> OpenMailAccount:
    return OpenMailAccount(CHANNEL, account, Password("secret"))


FULL = MailAccount(
    imap=MailServer(host="imap.lighthouse.example", port=993),
    smtp=MailServer(host="smtp.lighthouse.example", port=465),
    user="help@lighthouse.example",
)

ODD = MailAccount(
    imap=MailServer(host="2001:db8::1", port=143, security=MailSecurity.STARTTLS),
    smtp=MailServer(host="smtp.lighthouse.example", port=587, security=MailSecurity.STARTTLS),
    user="hilfe@lighthouse.example",
    smtp_user="leuchtturm+é",
    authority="-----BEGIN CERTIFICATE-----",
    folders=("INBOX", "Größe/ü"),
    after_reading=AfterReading.MOVE,
    move_to="Erledigt",
    start=StartWith.UNSEEN,
    poll_seconds=45,
    sent_copy=False,
    sent_folder="Gesendet",
    trusted_host="mx.lighthouse.example",
    sender_name=SenderName.CHANNEL,
    quote=False,
    plus_addresses=True,
    most_per_minute=30,
    give_up_hours=48,
)
"""An account in which everything differs from what is set by default."""


def test_every_file_is_found() -> None:
    folder = Path(sync.channels.__file__).parent
    declaring = [path.stem for path in folder.glob("*.py") if f"\n{SPEC} = ChannelSpec(" in path.read_text()]
    assert declaring
    assert len(declaring) == len(SPECS)


def test_a_kind_is_connected_by_one_file() -> None:
    assert len({spec.kind for spec in SPECS}) == len(SPECS)
    assert all(spec_of(spec.kind) is spec for spec in SPECS)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
class TestEveryChannel:
    def test_has_a_title_and_the_limits_that_the_composer_reads(self, spec: ChannelSpec) -> None:
        assert spec.title
        assert spec.limits is LIMITS[spec.kind]

    def test_with_nothing_set_up_neither_sends_nor_receives(self, spec: ChannelSpec) -> None:
        dialled: list[str] = []
        channel = make_channel(kind=spec.kind)
        assert spec.sender(channel, opened(MailAccount()), around(dialled)) is None
        assert spec.receiver(opened(MailAccount()), Stored(), around(dialled)) is None
        assert dialled == []

    def test_is_made_without_the_network(self, spec: ChannelSpec) -> None:
        dialled: list[str] = []
        assert spec.sender(make_channel(kind=spec.kind), opened(FULL), around(dialled)) is not None
        assert spec.receiver(opened(FULL), Stored(), around(dialled)) is not None
        assert dialled == []

    def test_what_was_surely_not_sent_is_sent_again(self, spec: ChannelSpec) -> None:
        """A provider that cannot be reached has nothing: no person is asked, and nothing was handed over."""
        dialled: list[str] = []
        port = spec.sender(make_channel(kind=spec.kind), opened(FULL), around(dialled))
        assert port is not None
        handed: list[str] = []
        result = port.send(outgoing(spec), lambda *told: handed.append("over"))
        assert dialled
        assert (result.delivery, handed) == (Delivery.QUEUED, [])
        assert result.detail.endswith(".")

    def test_a_provider_that_cannot_be_asked_is_asked_later(self, spec: ChannelSpec) -> None:
        port = spec.sender(make_channel(kind=spec.kind), opened(FULL), around([]))
        assert port is not None
        with pytest.raises(OSError):  # noqa: PT011 - any
            port.find("message")

    def test_tells_how_fast_it_may_send(self, spec: ChannelSpec) -> None:
        port = spec.sender(make_channel(kind=spec.kind), opened(FULL), around([]))
        assert port is not None
        assert port.pause >= timedelta()

    def test_receiving_ends_when_it_is_told_to(self, spec: ChannelSpec) -> None:
        stored = Stored()
        receiver = spec.receiver(opened(FULL), stored, around([]))
        assert receiver is not None
        receiver.stop()
        receiver.run()
        assert stored.mails == []

    def test_what_it_can_carry_is_said_in_full(self, spec: ChannelSpec) -> None:
        limits = spec.limits
        assert limits.title
        assert {Delivery.SENT, Delivery.FAILED} <= limits.delivery_states
        assert limits.maximum_length > 0
        assert 0 < limits.maximum_file_bytes <= (limits.maximum_total_bytes or limits.maximum_file_bytes)

    def test_what_is_set_up_comes_back_and_its_secret_does_not(
        self, spec: ChannelSpec, tmp_path: Path
    ) -> None:
        database = TEMPLATES.server(tmp_path / "server.db")
        try:
            accounts = MailAccounts(database, ServerKey.generate(), SystemClock())
            assert problems_of(ODD) == ()
            with database.write() as sql:
                accounts.save(sql, CHANNEL, ODD, Secret(password="correct horse"))
            saved, again = accounts.read(CHANNEL), accounts.account(CHANNEL)
        finally:
            database.close()
        assert saved.account == ODD
        assert b"horse" not in msgspec.json.encode(saved)
        assert again is not None
        assert (again.settings, again.credentials.password()) == (ODD, "correct horse")
        assert spec.sender(make_channel(kind=spec.kind), again, around([])) is not None

    def test_wherever_a_connection_ends_the_provider_has_only_what_was_handed_over(
        self, spec: ChannelSpec
    ) -> None:
        """Each step of sending is the last one once, before it is done or right after; at the end nothing is cut."""
        ends: Counter[str] = Counter()
        for place in range(200):
            cuts = []
            for answered in (False, True):
                with PROVIDERS[spec.kind]() as provider:
                    cut = Cut(place, answered)
                    cuts.append(cut)
                    handed, outcome = attempt(spec, provider.account, cut.dial)
                    taken = provider.taken
                assert handed <= 1
                assert taken <= handed, f"taken before it was handed over, at step {place}"
                if outcome in (Delivery.SENT, Delivery.DELIVERED):
                    assert taken == 1
                if outcome in (Delivery.QUEUED, Delivery.FAILED):
                    assert taken == 0, f"sent again, or given up, although it was taken, at step {place}"
                ends["unknown" if outcome is None else outcome.value] += 1
            if not any(cut.reached for cut in cuts):
                break
        else:
            pytest.fail("it never ends")
        assert ends["sent"] >= 1, "without a fault it arrives"
        assert ends["queued"] + ends["unknown"] > 10, ends

    def test_what_is_taken_back_does_not_leave(self, spec: ChannelSpec) -> None:
        with PROVIDERS[spec.kind]() as provider:
            port = spec.sender(make_channel(kind=spec.kind), opened(provider.account), surroundings(dial))
            assert port is not None

            def taken_back(*told: object) -> None:
                raise TakenBack

            with pytest.raises(TakenBack):
                port.send(outgoing(spec), taken_back)
            assert provider.taken == 0

    def test_what_is_too_large_for_the_provider_is_said_and_not_tried_again(self, spec: ChannelSpec) -> None:
        with PROVIDERS[spec.kind]() as provider:
            content = bytes(provider.largest)
            handed, outcome = attempt(spec, provider.account, dial, content)
            assert (handed, outcome, provider.taken) == (0, Delivery.FAILED, 0)

    @pytest.mark.peer
    def test_a_mail_that_is_received_again_is_stored_once(
        self, spec: ChannelSpec, mail_servers: MailServers, tmp_path: Path
    ) -> None:
        """Where it is not known any more how far was read, everything is handed over again."""
        box = mail_servers.new_mailbox()
        mail_servers.deliver(box.address, *(letter(f"{number}") for number in range(5)))
        database = TEMPLATES.server(tmp_path / "server.db")
        try:
            inbound = Handed(InboundStore(database, BlobStore(tmp_path), SystemClock()))
            for times in (1, 2):
                receiver = spec.receiver(
                    account(mail_servers, box, start=StartWith.ALL), Stored(), surroundings(dial, inbound)
                )
                assert receiver is not None
                thread = threading.Thread(target=receiver.run)
                thread.start()
                inbound.await_count(5 * times)
                receiver.stop()
                thread.join(20)
                assert not thread.is_alive()
            assert inbound.answers[:5] == [True] * 5
            assert not any(inbound.answers[5:])
        finally:
            database.close()


# ----- providers that the test has in its hands, one for each kind of channel


class SmtpProvider:
    """A mail server on loopback."""

    largest = 10_000_000

    def __enter__(self) -> "SmtpProvider":
        self._script = SmtpScript().__enter__()
        server = MailServer(host="localhost", port=self._script.port, security=MailSecurity.NONE)
        self.account = MailAccount(smtp=server, user="help@lighthouse.example")
        return self

    def __exit__(self, *error: object) -> None:
        self._script.__exit__(*error)

    @property
    def taken(self) -> int:
        """How many replies it has."""
        return len(self._script.taken)


PROVIDERS = {ChannelKind.EMAIL: SmtpProvider}


def test_each_channel_is_tested_with_a_provider() -> None:
    assert {spec.kind for spec in SPECS} <= PROVIDERS.keys()


class Cut:
    """Ends connections at a step: before it, or (`answered`) after it. `reached`: whether there was such a step."""

    def __init__(self, place: int, answered: bool) -> None:
        self._left = place
        self._answered = answered
        self.reached = False

    def dial(self, host: str, port: int, seconds: float) -> socket.socket:
        self.before()
        made = dial(host, port, seconds)
        cut = CutSocket(made.family, made.type, made.proto, made.detach())
        cut.settimeout(seconds)
        cut.cut = self
        return cut

    def before(self) -> None:
        self._left -= 1
        if self._left == -1 and not self._answered:
            self._end()

    def after(self) -> None:
        if self._left == -1 and self._answered:
            self._end()

    def _end(self) -> None:
        self.reached = True
        raise ConnectionResetError(104, "Connection reset by peer")


class CutSocket(socket.socket):
    """A connection that a `Cut` ends."""

    cut: Cut

    def sendall(self, *values: object) -> None:
        self.cut.before()
        super().sendall(*values)  # type: ignore[arg-type]  # passed on
        self.cut.after()

    def recv_into(self, *values: object) -> int:
        self.cut.before()
        count = super().recv_into(*values)  # type: ignore[arg-type]  # passed on
        self.cut.after()
        return count


class Handed:
    """What receivers hand over, and what they were answered."""

    def __init__(self, inbound: InboundStore) -> None:
        self._inbound = inbound
        self._changed = threading.Condition()
        self.answers: list[bool] = []

    def store(self, channel_id: str, raw: bytes, received_at: datetime) -> bool:
        is_new = self._inbound.store(channel_id, raw, received_at)
        with self._changed:
            self.answers.append(is_new)
            self._changed.notify_all()
        return is_new

    def await_count(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.answers) >= count, 60)


def attempt(
    spec: ChannelSpec, account: MailAccount, dials: Dial, content: bytes = b""
) -> tuple[int, Delivery | None]:
    """Send once; how often it was handed over, and what became of it: None, nobody knows."""
    port = spec.sender(make_channel(kind=spec.kind), opened(account), surroundings(dials))
    assert port is not None
    handed: list[bool] = []
    try:
        result = port.send(outgoing(spec, content), lambda *told: handed.append(True))
    except OSError:
        # Before the hand-over whoever asked knows that nothing left.
        return len(handed), None if handed else Delivery.QUEUED
    return len(handed), result.delivery


def surroundings(dials: Dial, inbound: InboundPort | None = None) -> Surroundings:
    key = ServerKey.generate()
    return Surroundings(
        clock=SystemClock(), dial=dials, random=Random(1), signer=key, inbound=inbound or Stored()
    )


def outgoing(spec: ChannelSpec, content: bytes = b"") -> Outgoing:
    message = make_message(to=("ann@customer.test",))
    files = {"large.bin": content} if content else None
    return replace(an_outgoing(message, files), channel=make_channel(kind=spec.kind))


def test_the_demo_takes_everything() -> None:
    channel: ChannelPort = SimulatedChannel()
    result = channel.send(Outgoing(make_message(), make_channel(), ()), lambda *told: None)
    assert result.delivery is Delivery.SENT
    assert channel.find("message") is not None
