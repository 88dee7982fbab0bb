"""The key of a profile: from it follows whatever opens its databases and files."""

import base64
import os

LENGTH = 32
"""Bytes of a key."""
_SUM, _GROUP = 3, 7


class DataKey:
    """Random bytes that exist in memory and, wrapped, where the key file of a profile says. They are shown nowhere."""

    __slots__ = ("secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != LENGTH:
            raise ValueError("a key has 32 bytes")
        self.secret = secret

    @classmethod
    def new(cls) -> "DataKey":
        """A key that nobody has."""
        return cls(os.urandom(LENGTH))

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, which tell nothing of the key or of other purposes (HKDF with SHA-256)."""
        # They come with OpenSSL, which nobody needs who has no key.
        import hashlib
        import hmac

        extracted = hmac.digest(b"agent-desktop", self.secret, hashlib.sha256)
        return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)

    @property
    def check(self) -> str:
        """By what a right key is told from a wrong one, without a file that it opens."""
        return self.derive("check").hex()

    @property
    def recovery_text(self) -> str:
        """The key as a person writes it down: groups of letters and digits that are told apart easily."""
        text = base64.b32encode(self.secret + self.derive("recovery")[:_SUM]).decode().rstrip("=")
        return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))

    @classmethod
    def of_recovery_text(cls, text: str) -> "DataKey | None":
        """The key that somebody wrote down, or None when a letter is wrong or missing."""
        letters = "".join(text.upper().replace("0", "O").replace("1", "I").replace("-", " ").split())
        try:
            content = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except ValueError:
            return None
        if len(content) != LENGTH + _SUM:
            return None
        key = cls(content[:LENGTH])
        return key if key.derive("recovery")[:_SUM] == content[LENGTH:] else None

    def __repr__(self) -> str:
        return "DataKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled")
