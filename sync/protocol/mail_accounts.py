"""The mail account of a channel, as administrators set it up: servers, how to sign in, and what happens to read mail.

A password or a grant travels to the server once and is never given back. Times are in microseconds.
"""

from typing import Annotated

import msgspec

from agent_desktop.domain.mail_account import MailAccount, MailStep

_Line = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=320)]
_Secret = Annotated[str, msgspec.Meta(pattern=r"^[^\x00\r\n]*$", max_length=4_000)]
_Url = Annotated[str, msgspec.Meta(max_length=2_000)]


class SavedMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is set up, and how it does. `has_secret`: a password or a grant is kept.

    `last_contact`: when the mail server last answered as it should; `problem`: what is in the way since, in a sentence.
    """

    account: MailAccount | None = None
    has_secret: bool = False
    last_contact: int | None = None
    problem: str = ""


class SaveMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Set an account up. `secret` None: the one that is kept stays, as long as the servers and the user do."""

    account: MailAccount
    secret: _Secret | None = None


class TestMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Try an account without saving it. `secret` None: the one that is kept. `send`: one mail to whoever asks, too."""

    account: MailAccount
    secret: _Secret | None = None
    send: bool = False


class MailTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a test found, in the order of its steps; the first that failed ends its server's."""

    steps: tuple[MailStep, ...]

    @property
    def worked(self) -> bool:
        """Whether all did."""
        return all(step.worked for step in self.steps)


class DetectMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Look for the servers of an address; `provider` names who runs its mailbox, where somebody knows."""

    address: _Line
    provider: _Line = ""


class DetectedMailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `account` None: nothing. `source` says in words how, `hint` what the provider asks of people."""

    account: MailAccount | None = None
    source: str = ""
    hint: str = ""


class BeginMailGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Begin to ask a provider for access, with a browser that comes back to `redirect` (on this computer)."""

    provider: _Line
    redirect: _Url
    user: _Line = ""


class MailGrantBegun(msgspec.Struct, frozen=True, kw_only=True):
    """The page to open, and what is brought back with the answer; only the server can read `step`."""

    url: str
    state: str
    step: str


class FinishMailGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brought back: the server gets the grant for it and keeps it with the account."""

    step: Annotated[str, msgspec.Meta(max_length=8_000)]
    code: Annotated[str, msgspec.Meta(max_length=4_000)]
    account: MailAccount
