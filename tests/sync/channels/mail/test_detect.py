"""The servers of an address are known, published by its domain, or found by their usual names."""

import ipaddress
import socket
from collections.abc import Mapping

import pytest

from agent_desktop.domain.mail_account import MailAuth, MailSecurity, MailServer, problems_of
from agent_desktop.services.mail.authentication import NAMELESS
from sync.channels.mail.detect import NOTHING, detect
from sync.channels.mail.providers import PROVIDERS
from sync.protocol.mail_accounts import DetectedMailAccount
from sync.server.mail.hosts import PublicMailHosts
from sync.server.ports import NotAllowed
from sync.server.public_address import IpAddress

PUBLISHED = b"""<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="lamps.example">
<incomingServer type="pop3"><hostname>pop.lamps.example</hostname><port>995</port>
<socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>in.lamps.example</hostname><port>143</port><socketType>STARTTLS</socketType>
<username>%EMAILLOCALPART%</username></incomingServer>
<outgoingServer type="smtp"><hostname>out.lamps.example</hostname><port>465</port>
<socketType>SSL</socketType></outgoingServer>
</emailProvider></clientConfig>"""


def found(
    address: str, pages: Mapping[str, bytes] | None = None, named: str = "", *, granting: bool = False
) -> tuple[DetectedMailAccount, list[str]]:
    """What is found, and whom it was looked for at."""
    asked: list[str] = []

    def fetch(url: str) -> bytes | None:
        asked.append(url)
        return (pages or {}).get(url)

    def nobody(host: str, port: int, seconds: float) -> socket.socket:
        asked.append(f"{host}:{port}")
        raise ConnectionRefusedError

    return detect(address, fetch, nobody, lambda provider: granting, named), asked


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_large_providers_are_known(provider: object) -> None:
    from sync.channels.mail.providers import Provider

    assert isinstance(provider, Provider)
    for domain in provider.domains:
        detected, asked = found(f"support@{domain.upper()}")
        assert asked == []
        assert detected.account is not None
        assert problems_of(detected.account) == ()
        assert MailSecurity.NONE not in (server.security for server in provider.servers)


def test_mailboxes_of_own_domains_may_be_at_a_large_provider() -> None:
    hosts = {}
    for name in ("google", "microsoft"):
        detected, asked = found("help@lamps.example", named=name, granting=True)
        assert asked == []
        assert detected.account is not None
        assert detected.account.imap is not None
        assert detected.account.smtp is not None
        assert (detected.account.auth, detected.account.provider) == (MailAuth.OAUTH, name)
        hosts[name] = detected.account.imap.host, detected.account.smtp.host
    assert hosts == {
        "google": ("imap.gmail.com", "smtp.gmail.com"),
        "microsoft": ("outlook.office365.com", "smtp.office365.com"),
    }
    personal, _ = found("lamps@outlook.com", granting=True)
    assert personal.account is not None
    assert personal.account.smtp is not None
    assert personal.account.smtp.host == "smtp-mail.outlook.com"
    assert personal.account.trusted_host == NAMELESS


def test_access_is_granted_where_this_server_is_known() -> None:
    by_password, _ = found("support@gmail.com")
    by_grant, _ = found("support@gmail.com", granting=True)
    assert by_password.account is not None
    assert by_grant.account is not None
    assert (by_password.account.auth, by_grant.account.auth) == (MailAuth.PASSWORD, MailAuth.OAUTH)
    assert by_password.hint
    assert not by_grant.hint


def test_what_a_domain_publishes_is_taken() -> None:
    page = "https://autoconfig.lamps.example/mail/config-v1.1.xml"
    detected, asked = found("support@lamps.example", {page: PUBLISHED})
    assert asked == [page]
    assert detected.account is not None
    assert detected.account.imap == MailServer(
        host="in.lamps.example", port=143, security=MailSecurity.STARTTLS
    )
    assert detected.account.smtp == MailServer(host="out.lamps.example", port=465)
    assert detected.account.user == "support"


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><clientConfig>&b;</clientConfig>',
        # The same in letters of two bytes, whose declarations stand nowhere as such.
        PUBLISHED.decode()
        .replace("?>", "?><!DOCTYPE clientConfig [<!ENTITY h 'in.lamps.example'>]>", 1)
        .replace("in.lamps.example</hostname>", "&h;</hostname>")
        .encode("utf-16"),
        PUBLISHED.replace(b"SSL", b"plain").replace(b"STARTTLS", b"plain"),
        PUBLISHED.replace(b"<port>143", b"<port>22"),
        PUBLISHED.replace(b"in.lamps.example", b"in.lamps.example/../x"),
    ],
    ids=range(8),
)
def test_nonsense_and_open_connections_are_not_taken(page: bytes) -> None:
    address = "https://autoconfig.lamps.example/mail/config-v1.1.xml"
    detected, asked = found("support@lamps.example", {address: page})
    assert detected.account is None
    assert detected.source == NOTHING
    assert "imap.lamps.example:993" in asked


@pytest.mark.parametrize("address", ["", "support", "@lamps.example", "support@", "support@localhost"])
def test_what_is_no_address_is_looked_for_nowhere(address: str) -> None:
    detected, asked = found(address)
    assert (detected.account, asked) == (None, [])
    assert detected.source


class Network:
    """Names and addresses of a network; every connection is noted."""

    def __init__(self, **names: str) -> None:
        self._names = names
        self.connected: list[str] = []

    def resolve(self, host: str) -> list[IpAddress]:
        return [ipaddress.ip_address(one) for one in self._names[host.split(".")[0]].split()]

    def connect(self, address: IpAddress, port: int, seconds: float) -> socket.socket:
        self.connected.append(f"{address}:{port}")
        return socket.socket()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("inside.example", 993),
        ("both.example", 993),
        ("mapped.example", 993),
        ("127.0.0.1", 143),
        ("::1", 993),
        ("169.254.169.254", 143),
        ("outside.example", 22),
        ("outside.example", 80),
    ],
)
def test_a_team_server_connects_to_nothing_inside(host: str, port: int) -> None:
    network = Network(
        inside="10.0.0.5", both="8.8.8.8 192.168.1.1", mapped="::ffff:10.0.0.1", outside="8.8.8.8"
    )
    with pytest.raises(NotAllowed):
        PublicMailHosts(network.resolve, network.connect)(host, port, 1.0)
    assert network.connected == []


def test_a_team_server_connects_to_the_address_that_it_judged() -> None:
    network = Network(outside="8.8.8.8")
    PublicMailHosts(network.resolve, network.connect)("outside.example", 993, 1.0).close()
    assert network.connected == ["8.8.8.8:993"]
