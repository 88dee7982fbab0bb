"""What administrators ask the server about the mail accounts of channels.

All methods of the port wait for the server, which may wait for others: they are not for the GUI thread. They raise
InputError in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailStep


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMail:
    """What is set up for a channel, and how it does. `has_secret`: a password or a grant is kept at the server.

    `last_contact`: when the mail server last answered as it should; `problem`: what is in the way since, in a sentence.
    """

    account: MailAccount | None = None
    has_secret: bool = False
    last_contact: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedMail:
    """The servers of an address; `account` None: none were found. `source` says how, `hint` what the provider asks."""

    account: MailAccount | None = None
    source: str = ""
    hint: str = ""


OpenPage = Callable[[str], object]
"""Opens an address in the browser of the person; may be called on any thread."""


class GrantAttempt(Protocol):
    """One attempt to have a provider grant access, in the person's browser."""

    def run(self) -> SavedMail:
        """Open the browser, wait, and set the account up with what was granted."""
        ...

    def cancel(self) -> None:
        """End it, on any thread; nothing was changed."""
        ...


class MailSetup(Protocol):
    """The server as administrators ask it about mail accounts. A `secret` is a password; None: the one that is kept."""

    def read(self, channel_id: Id) -> SavedMail:
        """What is set up for a channel."""
        ...

    def save(self, channel_id: Id, account: MailAccount, secret: str | None = None) -> SavedMail:
        """Set an account up."""
        ...

    def remove(self, channel_id: Id) -> None:
        """Forget an account and its secret; what was received stays."""
        ...

    def test(
        self, channel_id: Id, account: MailAccount, secret: str | None = None, *, send: bool = False
    ) -> tuple[MailStep, ...]:
        """Try an account: each step with what worked, or what failed. `send`: one mail to whoever asks, too."""
        ...

    def detect(self, address: str, provider: str = "") -> DetectedMail:
        """The servers of an address; `provider` runs its mailbox ("google", "microsoft"), where that is known."""
        ...

    def granting(self, channel_id: Id, account: MailAccount, open_page: OpenPage) -> GrantAttempt:
        """An attempt to have the provider of an account grant access to it."""
        ...
