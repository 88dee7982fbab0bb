"""How mail accounts read: what was found, how one does, and the choices there are. Free of widgets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent_desktop.domain.mail_account import (
    AfterReading,
    MailAccount,
    MailSecurity,
    MailServer,
    SenderName,
    StartWith,
)
from agent_desktop.domain.placeholders import render
from agent_desktop.domain.workspace import Reopening
from agent_desktop.services.mail_setup import DetectedMail, SavedMail
from ui.icon_names import IconName
from ui.models.cells import Cell
from ui.models.moment_text import date_text
from ui.tokens import ColorRole

SECURITIES: Mapping[MailSecurity, str] = {
    MailSecurity.TLS: "TLS",
    MailSecurity.STARTTLS: "STARTTLS",
    MailSecurity.NONE: "None (same computer)",
}
USUAL_PORTS: Mapping[tuple[str, MailSecurity], int] = {
    ("imap", MailSecurity.TLS): 993,
    ("imap", MailSecurity.STARTTLS): 143,
    ("imap", MailSecurity.NONE): 143,
    ("smtp", MailSecurity.TLS): 465,
    ("smtp", MailSecurity.STARTTLS): 587,
    ("smtp", MailSecurity.NONE): 25,
}
"""Where a server listens unless somebody says otherwise."""
STARTS: Mapping[StartWith, str] = {
    StartWith.NOW: "Mail that comes from now on",
    StartWith.UNSEEN: "Unread mail, and what comes from now on",
    StartWith.ALL: "All mail in these folders",
}
AFTERWARDS: Mapping[AfterReading, str] = {
    AfterReading.LEAVE: "Leave it as it is",
    AfterReading.SEEN: "Mark it as read",
    AfterReading.MOVE: "Move it to a folder",
}
SENDERS: Mapping[SenderName, str] = {
    SenderName.AGENT_AND_CHANNEL: "Who answers, and the channel",
    SenderName.AGENT: "Who answers",
    SenderName.CHANNEL: "The channel",
}
REOPENINGS: Mapping[Reopening, str] = {
    Reopening.ALWAYS: "Open the solved conversation again",
    Reopening.WITHIN: "Open it again for some days, then begin a new one",
    Reopening.NEVER: "Begin a new conversation that follows it",
}
PROVIDERS: Mapping[str, str] = {"google": "Google", "microsoft": "Microsoft"}
"""Who grants access in the browser."""
GRANTING_HOSTS: Mapping[str, str] = {
    "imap.gmail.com": "google",
    "outlook.office365.com": "microsoft",
}
NEVER_ANSWERED = (
    "Only who begins a conversation is answered, once a day for each address. Newsletters, out-of-office notes, bounces"
    " and other programs never are, nor mail whose sender is not who it says."
)
AUTO_REPLY = (
    "Hello {{ customer.first_name }},\n\nthank you for your mail. It has the number {{ conversation.number }};"
    " we answer as soon as we can.\n\n{{ channel.name }}, {{ workspace.name }}"
)
"""What is suggested where somebody turns the automatic answer on."""
_SAMPLE = {
    "customer.name": "Amelia Novak",
    "customer.first_name": "Amelia",
    "conversation.number": "1042",
}


@dataclass(frozen=True, slots=True)
class Health:
    """How an account does: an icon, few words, and perhaps a sentence."""

    icon: IconName
    color: ColorRole
    words: str
    sentence: str = ""

    @property
    def is_good(self) -> bool:
        """Whether mail comes in."""
        return self.color is ColorRole.OK

    @property
    def cell(self) -> Cell:
        """For a table."""
        return Cell(text=self.words, detail=self.sentence, icon=self.icon, icon_color=self.color)


UNKNOWN = Health(IconName.CLOCK, ColorRole.TEXT_3, "Looking…")
NO_MAILBOX = Health(IconName.MINUS, ColorRole.TEXT_3, "Not connected", "Nothing comes in or leaves here.")


def health_of(saved: SavedMail, now: datetime) -> Health:
    """How an account does, as far as the server knows."""
    account = saved.account
    if account is None:
        return NO_MAILBOX
    if not account.enabled:
        return Health(
            IconName.PAUSE, ColorRole.TEXT_3, "Paused", "Mail waits at its server, replies wait here."
        )
    if saved.problem:
        return Health(IconName.WARNING, ColorRole.DANGER, "Needs attention", saved.problem)
    if account.imap is None:
        return Health(IconName.CHECK, ColorRole.OK, "In use", "Mail is brought by your mail server.")
    if saved.last_contact is None:
        return Health(IconName.CLOCK, ColorRole.WARN, "Connecting…", "Its server was not reached yet.")
    return Health(
        IconName.CHECK, ColorRole.OK, "In touch", f"Last contact {ago_text(saved.last_contact, now)}"
    )


def ago_text(moment: datetime, now: datetime) -> str:
    """How long ago something was, roughly."""
    minutes = (now - moment) // timedelta(minutes=1)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 24 * 60 else f"on {date_text(moment, now)}"


def server_text(server: MailServer | None) -> str:
    """A server as people write it."""
    return f"{server.host}, port {server.port}, {SECURITIES[server.security]}" if server else "no server"


def found_text(found: DetectedMail) -> str:
    """What was found for an address, in words."""
    if found.account is None:
        return found.source
    lines = [
        found.source,
        f"Receiving: {server_text(found.account.imap)}.",
        f"Sending: {server_text(found.account.smtp)}.",
    ]
    return "\n".join(lines)


def granting_provider(account: MailAccount) -> str:
    """The provider of these servers that grants access in the browser; "" for none that does."""
    if account.provider in PROVIDERS:
        return account.provider
    return GRANTING_HOSTS.get(account.imap.host, "") if account.imap else ""


def not_registered_text(provider: str) -> str:
    """Why one cannot sign in with a provider here."""
    title = PROVIDERS[provider]
    return (
        f"To sign in with {title} instead, whoever runs this server registers Agent Desktop there once and sets"
        f" AGENT_DESKTOP_MAIL_{provider.upper()}_ID: see “Mail accounts” in docs/server.md."
    )


def name_for(address: str) -> str:
    """What a channel of this address may be called: "Support" for support@example.com."""
    local = address.partition("@")[0].replace(".", " ").replace("-", " ").replace("_", " ").strip()
    return local[:1].upper() + local[1:]


def reply_preview(text: str, channel: str, workspace: str, today: datetime) -> str:
    """An automatic answer as a customer would read it; what cannot be filled is left out, as when it is sent."""
    values = {
        **_SAMPLE,
        "channel.name": channel,
        "workspace.name": workspace,
        "today": today.date().isoformat(),
    }
    rendered = render(text, values)
    shown = rendered.text
    for left in reversed(rendered.unresolved):
        shown = shown[: left.start] + shown[left.end :]
    return shown.strip()


def reply_problem(text: str) -> str:
    """What is wrong with the placeholders of an automatic answer, or ""."""
    values = {
        **dict.fromkeys(("channel.name", "workspace.name", "today"), "x"),
        **_SAMPLE,
    }
    left = render(text, values).unresolved
    return f"{left[0].source} cannot be filled in here. Take it out of the automatic answer." if left else ""


def signature_preview(own: str, channel: str, name: str) -> str:
    """What stands below a reply of this person on the channel."""
    return own.strip() or channel.strip() or f"(nothing: neither {name} nor the channel has a signature)"
