"""What a channel and the store of files may be asked, and what they are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from socket import socket
from types import MappingProxyType
from typing import Final, Protocol

from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount
from agent_desktop.domain.message import Attachment, Delivery, Message
from agent_desktop.domain.workspace import Channel

ReadFile = Callable[[str], bytes | None]
"""The content of a file by its SHA-256; None when it is not here."""


def no_files(sha256: str) -> bytes | None:
    """No file is here."""
    return None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply that is due. `message.id` is the key by which a provider recognises a repeated attempt.

    `thread` are the messages of the conversation that had been said before, the oldest first: what is answered, and by
    what names those who get the reply know the conversation. `author_name` is who is to be named as its author.
    `settled`: recipients, as the channel has told of them, who are not to be written to: they have it, or never will.
    """

    message: Message
    channel: Channel
    attachments: tuple[Attachment, ...]
    thread: tuple[Message, ...] = ()
    author_name: str = ""
    read: ReadFile = no_files
    settled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """What became of a reply for one recipient, with what was said about it: SENT, QUEUED when they may be tried again,
    FAILED for good; SENDING while the provider may have it for them.
    """

    delivery: Delivery
    said: str = ""


ByRecipient = Mapping[str, RecipientResult]
"""By address, as the channel writes it: all that were tried, where it is not the same for all of them."""
ALL_ALIKE: Final[ByRecipient] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of an attempt, with a sentence for the agent when it failed.

    QUEUED says that the provider surely does not have the reply: it is sent again after a while. SENT says that it has
    it for those of the `recipients` at least of whom nothing else is said. `afterwards` is what is left to do once it
    is written down, and may fail.
    """

    delivery: Delivery
    detail: str = ""
    afterwards: Callable[[], None] | None = None
    recipients: ByRecipient = field(default_factory=dict)


class TakenBack(Exception):
    """This attempt must not go on: the reply was called back or held meanwhile, or it is somebody else's to send."""


PATIENCE = timedelta(hours=24)
"""How long replies are tried again where nobody says otherwise."""


class HandOver(Protocol):
    """Writes down that the provider may have the reply from now on. Raises TakenBack, and then it must not get it."""

    def __call__(self, recipients: ByRecipient = ALL_ALIKE) -> None:
        """`recipients`: whom it was refused for already, and the others, for whom it is SENDING."""
        ...


class ChannelPort(Protocol):
    """A connected account. An OSError from a call says that nobody knows how it ended: it is asked about later."""

    @property
    def pause(self) -> timedelta:
        """The least time between two replies, by what the provider allows."""
        ...

    @property
    def patience(self) -> timedelta:
        """How long a reply is tried again that the provider does not take now."""
        ...

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        """Hand one reply to the provider.

        `hand_over` is called once, right before the first byte by which the provider could come to have the reply, and
        TakenBack passes through. What fails before it is surely not sent, and is tried again without asking anybody.
        """
        ...

    def find(self, message_id: str) -> SendResult | None:
        """Whether the provider has this reply already: asked before any second attempt. None: it cannot know."""
        ...


class FilePort(Protocol):
    """Where the server keeps the content of attachments."""

    def has(self, sha256: str) -> bool:
        """Whether the whole file is here."""
        ...


class FileShelf(Protocol):
    """The files themselves, for whoever hands them out or takes them away for good."""

    def read(self, sha256: str) -> bytes | None:
        """The content; None when it is not here."""
        ...

    def remove(self, sha256: str) -> None:
        """Take a file away so that it cannot be read any more; nothing happens when it is not here."""
        ...


class FileKeeper(FileShelf, Protocol):
    """Files for whoever stores some, too."""

    def put(self, content: bytes) -> str:
        """Store the content durably; its SHA-256. Raises StoreError when there is no room."""
        ...


class NoAccess(Exception):
    """We cannot sign in; the text is a sentence that says why and what to do. Nothing is lost by it."""


class MailCredentials(Protocol):
    """What we sign in with."""

    def password(self) -> str:
        """The password. Raises NoAccess."""
        ...

    def access_token(self, *, renew: bool = False) -> str:
        """A token that is good for a minute at least; `renew`: the last was refused. Raises NoAccess or OSError."""
        ...


@dataclass(frozen=True, slots=True)
class OpenMailAccount:
    """The account of a channel, ready to be used."""

    channel_id: Id
    settings: MailAccount
    credentials: MailCredentials


class MailAccountPort(Protocol):
    """The mail accounts of channels, with their secrets opened."""

    def account(self, channel_id: Id) -> OpenMailAccount | None:
        """The account of a channel as it is set up now; None when it has none, or it is switched off."""
        ...


class NotAllowed(Exception):
    """A server that is not asked for its mail; the text is a sentence that says why."""


Dial = Callable[[str, int, float], socket]
"""A connection to a host and port, within so many seconds. Raises OSError or NotAllowed."""


@dataclass(frozen=True, slots=True)
class MailPlace:
    """How far a folder was read: up to `last_uid`, while it is counted by `uid_validity`; first looked at `since`.

    Mails up to `old_upto` were there when it was first looked at, or `recounted`: when its server began to count anew.
    """

    uid_validity: int
    last_uid: int
    since: datetime
    old_upto: int = 0
    recounted: bool = False


class MailPlacePort(Protocol):
    """Remembers how far the folders of channels were read, and how their accounts do."""

    def place(self, channel_id: Id, folder: str) -> MailPlace | None:
        """How far a folder was read; None: it never was looked at."""
        ...

    def move_place(self, channel_id: Id, folder: str, place: MailPlace) -> None:
        """Remember it, durably. Raises StoreError, or TakenBack when somebody else reads this account now."""
        ...

    def tell(self, channel_id: Id, problem: str) -> None:
        """Say how an account does, for people: a sentence, or nothing when its server answered as it should."""
        ...


class Receiver(Protocol):
    """Reads one account as long as it may."""

    def run(self) -> None:
        """Read until `stop`: what goes wrong is told and tried again. Raises TakenBack."""
        ...

    def stop(self) -> None:
        """Have `run` end at once; on any thread."""
        ...


class InboundPort(Protocol):
    """Takes over what customers send, before anybody reads it."""

    def store(self, channel_id: Id, raw: bytes, received_at: datetime) -> bool:
        """Keep a raw mail durably; False when it was here before. It may be taken from its server afterwards.

        Raises StoreError when there is no room: then it must be handed over again.
        """
        ...
