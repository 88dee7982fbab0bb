"""Sealed files: AES-256-GCM in frames of 64 KiB, each of which can be read alone, and none changed, moved or left out.

A file begins with a mark, 16 random bytes from which its own key follows, and the size of its content.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from agent_desktop.store.data_key import DataKey

if TYPE_CHECKING:
    pass

MARK = b"\x00sealed\x01"
"""No file that any program makes begins so."""
FRAME = 65_536
_ID, _SIZE, _TAG = 16, 8, 16
HEAD = len(MARK) + _ID + _SIZE


class NotSealed(Exception):
    """The file is not what was written: damaged, cut, exchanged, or sealed with another key."""


class SealedFile:
    """One sealed file that is open: its content frame by frame."""

    def __init__(self, key: DataKey, head: bytes) -> None:
        # The first list is shown without any file.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(head) != HEAD or not head.startswith(MARK):
            raise NotSealed("no sealed file")
        self.head = head
        self.size = int.from_bytes(head[-_SIZE:], "big")
        self._cipher: AESGCM = AESGCM(key.derive(f"file {head[len(MARK) : -_SIZE].hex()}"))

    @classmethod
    def new(cls, key: DataKey, size: int) -> "SealedFile":
        """A file for content of this size."""
        return cls(key, MARK + os.urandom(_ID) + size.to_bytes(_SIZE, "big"))

    @classmethod
    def of(cls, key: DataKey, file: BinaryIO) -> "SealedFile":
        """The file that is open at its beginning. Raises NotSealed."""
        return cls(key, file.read(HEAD))

    @property
    def frames(self) -> int:
        """How many frames it has; one even of nothing, so that it can be told from what was cut."""
        return max(1, -(-self.size // FRAME))

    def seal(self, number: int, content: bytes) -> bytes:
        """The frame of this number."""
        return self._cipher.encrypt(number.to_bytes(12, "big"), content, self.head)

    def unseal(self, number: int, frame: bytes) -> bytes:
        """Its content. Raises NotSealed."""
        from cryptography.exceptions import InvalidTag

        try:
            content = self._cipher.decrypt(number.to_bytes(12, "big"), frame, self.head)
        except (InvalidTag, ValueError) as error:
            raise NotSealed("a frame is not as it was written") from error
        if len(content) != min(FRAME, self.size - number * FRAME):
            raise NotSealed("a frame has another length")
        return content

    def read(self, file: BinaryIO, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The content between two places, of which only the frames are read that hold it. Raises NotSealed."""
        end = self.size if end is None else min(end, self.size)
        last = self.frames if self.size == 0 else -(-end // FRAME)
        for number in range(begin // FRAME, last):
            file.seek(place_of(number))
            content = self.unseal(number, file.read(FRAME + _TAG))
            at = number * FRAME
            yield content[max(begin - at, 0) : end - at]


def place_of(frame: int) -> int:
    """Where a frame begins in the file."""
    return HEAD + frame * (FRAME + _TAG)


def frames_in(length: int) -> int:
    """How many whole frames of full length a file of this length holds."""
    return max(0, (length - HEAD) // (FRAME + _TAG))


def length_of(size: int) -> int:
    """How long the file is that holds content of this size."""
    return HEAD + size + max(1, -(-size // FRAME)) * _TAG


def sealed(key: DataKey, content: bytes) -> Iterator[bytes]:
    """What is written to a file for this content, piece by piece."""
    file = SealedFile.new(key, len(content))
    yield file.head
    for number in range(file.frames):
        yield file.seal(number, content[number * FRAME : (number + 1) * FRAME])
