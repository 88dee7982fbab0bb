"""Large providers of mail: their servers by the domain of an address, and how access is granted there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.domain.mail_account import MailAccount, MailAuth, MailSecurity, MailServer
from agent_desktop.services.mail.authentication import NAMELESS

FOR_PROGRAMS: Final = (
    "Make a password for programs (app password) in the security settings of your account there."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """Where a provider grants access (OAuth 2.0, RFC 6749), for what, and what it is told beside."""

    authorize: str
    token: str
    scopes: tuple[str, ...]
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who runs the mailboxes of these domains; `servers` for IMAP and SMTP, `company` for those of other domains where
    they differ.

    `copies`: what is sent gets into the folder of sent mail without our doing. `exchangers` end the names of
    what takes mail in for domains of others.
    """

    name: str
    title: str
    domains: tuple[str, ...]
    servers: tuple[MailServer, MailServer]
    grants: Grants | None = None
    hint: str = ""
    copies: bool = False
    trusted_host: str = ""
    company: tuple[MailServer, MailServer] | None = None
    exchangers: tuple[str, ...] = ()

    def account(self, address: str, *, granting: bool) -> MailAccount:
        """The account of an address there; `granting`: this server is known to the provider."""
        by_grant = granting and self.grants is not None
        own = address.rpartition("@")[2].lower() in self.domains
        imap, smtp = self.servers if own or self.company is None else self.company
        return MailAccount(
            imap=imap,
            smtp=smtp,
            user=address,
            auth=MailAuth.OAUTH if by_grant else MailAuth.PASSWORD,
            provider=self.name if by_grant else "",
            sent_copy=not self.copies,
            trusted_host=self.trusted_host,
        )


def _servers(imap: str, smtp: str, port: int = 465) -> tuple[MailServer, MailServer]:
    security = MailSecurity.TLS if port == 465 else MailSecurity.STARTTLS
    return MailServer(host=imap, port=993), MailServer(host=smtp, port=port, security=security)


PROVIDERS: Final = (
    Provider(
        name="google",
        title="Google",
        domains=("gmail.com", "googlemail.com"),
        servers=_servers("imap.gmail.com", "smtp.gmail.com"),
        grants=Grants(
            authorize="https://accounts.google.com/o/oauth2/v2/auth",
            token="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
            scopes=("https://mail.google.com/",),
            # Without these there is no grant that outlives the hour.
            extra={"access_type": "offline", "prompt": "consent"},
        ),
        hint=FOR_PROGRAMS,
        copies=True,
        trusted_host="mx.google.com",
        exchangers=(".google.com", ".googlemail.com"),
    ),
    Provider(
        name="microsoft",
        title="Microsoft",
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "hotmail.de"),
        servers=_servers("outlook.office365.com", "smtp-mail.outlook.com", 587),
        grants=Grants(
            authorize="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            token="https://login.microsoftonline.com/common/oauth2/v2.0/token",  # noqa: S106 - an address
            scopes=(
                "offline_access",
                "https://outlook.office.com/IMAP.AccessAsUser.All",
                "https://outlook.office.com/SMTP.Send",
            ),
        ),
        hint=(
            "Microsoft takes no passwords from mail programs any more: sign in with your account there, and allow IMAP"
            " in the settings of your mailbox first."
        ),
        copies=True,
        trusted_host=NAMELESS,
        company=_servers("outlook.office365.com", "smtp.office365.com", 587),
        exchangers=(".mail.protection.outlook.com", ".mx.microsoft"),
    ),
    Provider(
        name="icloud",
        title="iCloud",
        domains=("icloud.com", "me.com", "mac.com"),
        servers=_servers("imap.mail.me.com", "smtp.mail.me.com", 587),
        hint=FOR_PROGRAMS,
    ),
    Provider(
        name="yahoo",
        title="Yahoo",
        domains=("yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr"),
        servers=_servers("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
        hint=FOR_PROGRAMS,
    ),
    Provider(
        name="fastmail",
        title="Fastmail",
        domains=("fastmail.com", "fastmail.fm"),
        servers=_servers("imap.fastmail.com", "smtp.fastmail.com"),
        hint=FOR_PROGRAMS,
    ),
    Provider(
        name="gmx",
        title="GMX",
        domains=("gmx.de", "gmx.net", "gmx.at", "gmx.ch"),
        servers=_servers("imap.gmx.net", "mail.gmx.net"),
        hint="Allow IMAP in the settings of your mailbox there first.",
    ),
    Provider(
        name="webde",
        title="WEB.DE",
        domains=("web.de",),
        servers=_servers("imap.web.de", "smtp.web.de", 587),
        hint="Allow IMAP in the settings of your mailbox there first.",
    ),
    Provider(
        name="posteo",
        title="Posteo",
        domains=("posteo.de", "posteo.net"),
        servers=_servers("posteo.de", "posteo.de"),
    ),
    Provider(
        name="mailbox",
        title="mailbox.org",
        domains=("mailbox.org",),
        servers=_servers("imap.mailbox.org", "smtp.mailbox.org"),
    ),
    Provider(
        name="t-online",
        title="Telekom",
        domains=("t-online.de", "magenta.de"),
        servers=_servers("secureimap.t-online.de", "securesmtp.t-online.de"),
        hint="Use the password for mail programs, which differs from that of your account.",
    ),
)


def provider_of(address: str, named: str = "") -> Provider | None:
    """Who runs the mailbox of an address, as far as its domain or somebody who knows tells."""
    domain = address.rpartition("@")[2].lower()
    return next((one for one in PROVIDERS if domain in one.domains or one.name == named), None)


def provider_behind(exchangers: Sequence[str]) -> Provider | None:
    """Who runs the mailboxes of a domain whose mail goes to these servers; None where they are not all of one."""
    for provider in PROVIDERS:
        if (
            provider.exchangers
            and exchangers
            and all(name.endswith(provider.exchangers) for name in exchangers)
        ):
            return provider
    return None
