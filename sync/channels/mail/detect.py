"""Finds the servers of an address: large providers, what its domain publishes for mail programs, who takes its mail in,
or the usual names.

Nobody is asked but the domain itself and name servers, and nothing is sent there but what everybody could ask.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final
from xml.etree import ElementTree

from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer
from sync.channels.mail.connecting import Trouble, connected
from sync.channels.mail.exchangers import Exchangers, asks_nobody
from sync.channels.mail.providers import Provider, provider_behind, provider_of
from sync.protocol.mail_accounts import DetectedMailAccount
from sync.server.ports import Dial

Fetch = Callable[[str], bytes | None]
"""What is at an address of the web, of the public network alone; None: nothing."""

_SECURITY: Final = {"SSL": MailSecurity.TLS, "STARTTLS": MailSecurity.STARTTLS}
_IMAP: Final = ((993, MailSecurity.TLS), (143, MailSecurity.STARTTLS))
_SMTP: Final = ((465, MailSecurity.TLS), (587, MailSecurity.STARTTLS))
NOTHING: Final = "Nothing was found. Ask your provider for the names of its IMAP and SMTP servers."


def detect(
    address: str,
    fetch: Fetch,
    dial: Dial,
    granting: Callable[[str], bool],
    named: str = "",
    exchangers: Exchangers = asks_nobody,
) -> DetectedMailAccount:
    """What is known or found for an address. `granting`: whether this server is known to a provider; `named`: who runs
    the mailbox.
    """
    local, _, domain = address.strip().rpartition("@")
    domain = domain.lower()
    if not local or "." not in domain:
        return DetectedMailAccount(source="This is no e-mail address. Enter it as name@domain.")
    provider = provider_of(address, named)
    if provider is not None:
        source = f"These are the servers of {provider.title}."
        return _at(provider, address, source, granting)
    for url in (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    ):
        published = fetch(url)
        described = _read(published, address) if published is not None else None
        if described is not None:
            return DetectedMailAccount(account=described, source=f"{domain} says that these are its servers.")
    provider = provider_behind(exchangers(domain))
    if provider is not None:
        source = (
            f"{provider.title} takes in the mail of {domain}, so these are the servers of {provider.title}."
        )
        return _at(provider, address, source, granting)
    imap = _first(dial, (f"imap.{domain}", f"mail.{domain}"), _IMAP)
    smtp = _first(dial, (f"smtp.{domain}", f"mail.{domain}"), _SMTP)
    if imap is None and smtp is None:
        return DetectedMailAccount(source=NOTHING)
    found = MailAccount(imap=imap, smtp=smtp, user=address)
    return DetectedMailAccount(account=found, source="Servers with the usual names answer; check them.")


def _at(
    provider: Provider, address: str, source: str, granting: Callable[[str], bool]
) -> DetectedMailAccount:
    account = provider.account(address, granting=granting(provider.name))
    return DetectedMailAccount(account=account, source=source, hint="" if account.provider else provider.hint)


def _read(published: bytes, address: str) -> MailAccount | None:
    """The account in a document for mail programs (clientConfig 1.1)."""
    # No document of this kind needs what is declared there; in letters of two bytes it would not be found.
    if b"\0" in published or b"<!" in published.replace(b"<!--", b""):
        return None
    try:
        document = ElementTree.fromstring(published)  # noqa: S314 - nothing can be declared in it
    except (ElementTree.ParseError, ValueError):
        return None
    imap = next(_servers(document, "incomingServer", "imap"), None)
    smtp = next(_servers(document, "outgoingServer", "smtp"), None)
    if imap is None or smtp is None:
        return None
    return MailAccount(imap=imap[0], smtp=smtp[0], user=_filled(imap[1], address) or address)


def _servers(document: ElementTree.Element, tag: str, kind: str) -> Iterator[tuple[MailServer, str]]:
    for element in document.iter(tag):
        host, port = (element.findtext("hostname") or "").strip(), (element.findtext("port") or "").strip()
        security = _SECURITY.get((element.findtext("socketType") or "").strip())
        is_name = (
            host.isascii() and 0 < len(host) <= 253 and all(part.isalnum() or part in ".-" for part in host)
        )
        if element.get("type") == kind and security and is_name and port in ("993", "143", "465", "587"):
            yield (
                MailServer(host=host, port=int(port), security=security),
                (element.findtext("username") or "").strip()[:100],
            )


def _filled(pattern: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    for name, value in (("EMAILADDRESS", address), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
        pattern = pattern.replace(f"%{name}%", value)
    return "" if "%" in pattern or not pattern.isprintable() else pattern


def _first(
    dial: Dial, hosts: tuple[str, ...], ways: tuple[tuple[int, MailSecurity], ...]
) -> MailServer | None:
    for host in hosts:
        for port, security in ways:
            server = MailServer(host=host, port=port, security=security)
            with contextlib.suppress(Trouble):
                connected(server, "", dial).close()
                return server
    return None
