"""Every channel that is found can be connected: it sends and receives through the ports, and says when it cannot."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

import sync.channels
from agent_desktop.domain.channels import LIMITS
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.mail_account import MailAccount, MailServer
from agent_desktop.domain.message import Delivery
from sync.channels import SPEC, ChannelSpec, Surroundings, channel_specs, spec_of
from sync.channels.simulated import SimulatedChannel
from sync.server.keys import ServerKey
from sync.server.ports import ChannelPort, OpenMailAccount, Outgoing
from tests.factories import make_channel, make_message
from tests.sync.channels.mail.accounts import CHANNEL, Password, Stored

SPECS = channel_specs()


def around(dialled: list[str]) -> Surroundings:
    def nobody(host: str, port: int, seconds: float) -> object:
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
        result = port.send(outgoing(spec), lambda: handed.append("over"))
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


def outgoing(spec: ChannelSpec) -> Outgoing:
    message = make_message(to=("ann@customer.test",))
    return Outgoing(message, make_channel(kind=spec.kind), ())


def test_the_demo_takes_everything() -> None:
    channel: ChannelPort = SimulatedChannel()
    result = channel.send(Outgoing(make_message(), make_channel(), ()), lambda: None)
    assert result.delivery is Delivery.SENT
    assert channel.find("message") is not None
