"""The key of a server: what it seals, signs and derives with. Kept apart from the database, whose copies travel.

With the database alone nobody can read the secrets of second factors or make tokens; with the key alone neither.
"""

import base64
import binascii
import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from agent_desktop.domain.errors import InputError
from agent_desktop.store.disk import sync_file, sync_folder

LENGTH = 32
_NONCE = 12
_WRONG = "The key of the server must be 32 bytes in base64. Nothing was started."


class NotSealedHere(Exception):
    """What was to be opened was not sealed with this key, for this purpose, or was changed since."""


class ServerKey:
    """32 secret bytes. Each purpose has keys of its own, so that nothing sealed for one is taken for another."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != LENGTH:
            raise InputError(_WRONG)
        self._secret = secret

    @staticmethod
    def generate() -> "ServerKey":
        """A new one, kept nowhere."""
        return ServerKey(secrets.token_bytes(LENGTH))

    @staticmethod
    def parse(text: str) -> "ServerKey":
        """From base64. Raises InputError for anything else."""
        try:
            return ServerKey(base64.b64decode(text.strip(), validate=True))
        except (binascii.Error, ValueError) as error:
            raise InputError(_WRONG) from error

    @staticmethod
    def of_file(path: Path) -> "ServerKey":
        """The key in a file, made there when there is none; several processes may try at once.

        Raises InputError when the file holds none or cannot be used.
        """
        try:
            if not path.exists():
                _make(path)
            return ServerKey.parse(path.read_text("ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"The key file {path} cannot be used. Nothing was started.", str(error)
            ) from error

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes that follow from the parts, which nobody else can tell."""
        message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.digest(self._derived(purpose), message, "sha256")

    def seal(self, purpose: str, plain: bytes, about: str = "") -> str:
        """Hide and sign some bytes, bound to what they are about, as text for URLs and columns."""
        # Loaded by the first who signs in: the embedded server seals nothing.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._derived(purpose)).encrypt(nonce, plain, about.encode())
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode("ascii")

    def open(self, purpose: str, sealed: str, about: str = "") -> bytes:
        """What was sealed. Raises NotSealedHere."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            return AESGCM(self._derived(purpose)).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except (ValueError, InvalidTag) as error:
            raise NotSealedHere from error

    def _derived(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"agent-desktop {purpose}".encode(), sha256)


def _make(path: Path) -> None:
    """Whole or not at all, readable by its owner alone; whoever comes second takes what the first made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(LENGTH)) + b"\n")
    try:
        sync_file(partial)
        if not path.exists():
            try:
                os.link(partial, path)
            except FileExistsError:
                return
            except OSError:  # a file system without links: the last one wins, before anything was sealed
                partial.replace(path)
                return
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)
