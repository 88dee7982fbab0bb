"""A server that is asked about mailboxes, for tests: it answers what it was told to, and keeps what it got."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailAuth, MailSecurity, MailServer, MailStep
from agent_desktop.services.mail_setup import DetectedMail, OpenPage, SavedMail

FOUND = DetectedMail(
    account=MailAccount(
        imap=MailServer(host="imap.northwind.example", port=993),
        smtp=MailServer(host="smtp.northwind.example", port=587, security=MailSecurity.STARTTLS),
        user="help@northwind.example",
    ),
    source="northwind.example says that these are its servers.",
)
AT_MICROSOFT = DetectedMail(
    account=MailAccount(
        imap=MailServer(host="outlook.office365.com", port=993),
        smtp=MailServer(host="smtp.office365.com", port=587, security=MailSecurity.STARTTLS),
        user="help@northwind.example",
        auth=MailAuth.OAUTH,
        provider="microsoft",
    ),
    source="These are the servers of Microsoft.",
)
NOTHING = DetectedMail(
    source="Nothing was found. Ask your provider for the names of its IMAP and SMTP servers."
)
LET_IN = "imap.northwind.example lets “help@northwind.example” in."
SAID = "smtp.northwind.example took a mail and said: 250 queued as 4Xk."
REFUSED = (
    "imap.northwind.example does not take this password for “help@northwind.example”: [AUTHENTICATIONFAILED]. Type the"
    " password of the mailbox again; some providers want a password for programs."
)


@dataclass
class Attempt:
    """Somebody in a browser."""

    server: "MailboxServer"
    channel_id: Id
    account: MailAccount
    open_page: OpenPage
    cancelled: bool = False

    def run(self) -> SavedMail:
        self.open_page("https://accounts.google.example/o/oauth2")
        if self.server.declines:
            raise InputError("The provider did not grant access. Nothing was changed; try again.")
        return self.server.save(self.channel_id, self.account, "granted")

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class MailboxServer:
    """`password` is the one that lets in. `contact` is when a mail server answered last."""

    password: str = "correct horse"
    found: DetectedMail = FOUND
    contact: datetime | None = None
    problem: str = ""
    declines: bool = False
    kept: dict[Id, SavedMail] = field(default_factory=dict)
    secrets: dict[Id, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tried: list[MailAccount] = field(default_factory=list)
    sent: list[MailAccount] = field(default_factory=list)
    full: str = ""
    """Why it takes no mail."""

    def read(self, channel_id: Id) -> SavedMail:
        saved = self.kept.get(channel_id, SavedMail())
        return replace(saved, last_contact=self.contact, problem=self.problem) if saved.account else saved

    def save(self, channel_id: Id, account: MailAccount, secret: str | None = None) -> SavedMail:
        if secret is not None:
            self.secrets[channel_id] = secret
        self.kept[channel_id] = SavedMail(account=account, has_secret=channel_id in self.secrets)
        return self.read(channel_id)

    def remove(self, channel_id: Id) -> None:
        del self.kept[channel_id]

    def test(
        self, channel_id: Id, account: MailAccount, secret: str | None = None, *, send: bool = False
    ) -> tuple[MailStep, ...]:
        self.tried.append(account)
        part = "Receiving" if account.imap is not None else "Sending"
        host = account.imap or account.smtp
        assert host is not None
        worked = (secret or self.secrets.get(channel_id)) == self.password
        if send:
            self.sent.append(account)
            return (MailStep(name="Sending: Send a mail", worked=not self.full, sentence=self.full or SAID),)
        return (
            MailStep(
                name=f"{part}: Connect", worked=True, sentence=f"{host.host} answers on port {host.port}."
            ),
            MailStep(
                name=f"{part}: Sign in",
                worked=worked,
                sentence=LET_IN if worked else REFUSED,
            ),
        )

    def detect(self, address: str, provider: str = "") -> DetectedMail:
        self.asked.append(f"{address} at {provider}" if provider else address)
        return AT_MICROSOFT if provider == "microsoft" else self.found

    def granting(self, channel_id: Id, account: MailAccount, open_page: OpenPage) -> Attempt:
        return Attempt(self, channel_id, account, open_page)
