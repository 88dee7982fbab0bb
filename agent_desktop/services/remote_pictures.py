"""Pictures on the internet that mails name: loaded when a reader asks, by the server, and kept for their message."""

from collections.abc import Callable, Sequence
from typing import Protocol

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Direction, Message
from agent_desktop.domain.trust import SenderTrust, trust_of
from agent_desktop.services.settings import PICTURES_OF, SettingsService
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.remote_pictures import RemotePictureNotes

NO_SERVER = "Pictures on the internet are loaded by the server, and this profile has none that could."


class PictureSource(Protocol):
    """Who fetches a picture, so that its owner learns nothing of who reads where."""

    def fetch(self, message_id: Id, url: str) -> bytes:
        """The content of a picture that a message names. Raises InputError in words."""
        ...


class RemotePictures:
    """What was loaded for which message, and whose pictures are loaded unasked."""

    def __init__(
        self,
        notes: RemotePictureNotes,
        blobs: BlobStore,
        settings: SettingsService,
        source: Callable[[], PictureSource | None],
    ) -> None:
        self._notes = notes
        self._blobs = blobs
        self._settings = settings
        self._source = source

    def known(self, message_id: Id, urls: Sequence[str]) -> dict[str, str]:
        """The SHA-256 of those of these pictures that were loaded before and are here."""
        found = self._notes.of(message_id, urls)
        return {url: sha256 for url, sha256 in found.items() if self._blobs.has(sha256)}

    def load(self, message_id: Id, url: str) -> str:
        """Load one picture; its SHA-256. Waits for the network: not for the GUI thread.

        Raises InputError in words when it cannot be had, StoreError when there is no room for it.
        """
        known = self.known(message_id, [url])
        if url in known:
            return known[url]
        source = self._source()
        if source is None:
            raise InputError(NO_SERVER)
        sha256 = self._blobs.put(source.fetch(message_id, url))
        self._notes.note(message_id, url, sha256)
        return sha256

    def may_always(self, message: Message) -> bool:
        """Whether the pictures of this sender may be loaded unasked from now on: it must be sure who they are."""
        inbound = message.direction is Direction.IN and message.author_id is not None
        return inbound and trust_of(message.authentication) is SenderTrust.VERIFIED

    def always(self, message: Message) -> bool:
        """Whether the pictures of this message are loaded unasked."""
        return self.may_always(message) and message.author_id in self._settings.get(PICTURES_OF)

    def load_always(self, message: Message) -> None:
        """Load the pictures of this sender unasked from now on, where it is sure who they are."""
        if self.may_always(message) and not self.always(message):
            self._settings.set(PICTURES_OF, [*self._settings.get(PICTURES_OF), str(message.author_id)])
