"""What a channel and the store of files may be asked, and what they are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Delivery, Message
from agent_desktop.domain.workspace import Channel


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply that is due. `message.id` is the key by which a provider recognises a repeated attempt."""

    message: Message
    channel: Channel
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of an attempt, with a sentence for the agent when it failed.

    QUEUED says that the provider surely does not have the reply: it is sent again after a while.
    """

    delivery: Delivery
    detail: str = ""


class ChannelPort(Protocol):
    """A connected account. An OSError from a call says that nobody knows how it ended: it is asked about later."""

    def send(self, outgoing: Outgoing) -> SendResult:
        """Hand one reply to the provider."""
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


class InboundPort(Protocol):
    """Takes over what customers send, before anybody reads it."""

    def store(self, channel_id: Id, raw: bytes, received_at: datetime) -> bool:
        """Keep a raw mail durably; False when it was here before. It may be taken from its server afterwards.

        Raises StoreError when there is no room: then it must be handed over again.
        """
        ...
