"""Signed names for our replies, by which an answer proves which of them it answers.

A Message-ID is `{message id}.{signature}@{domain}`; where a mail program loses it, an address such as
`support+r.{token}@example.com` says the same. Anybody may read them, nobody else can make one: a mail that names one
was written by somebody who had that reply, or was shown it.
"""

import base64
import hmac
import re
from typing import Protocol

from agent_desktop.domain.ids import Id

PURPOSE = "reply token"
SIGNATURE_BYTES = 8
"""Each guess costs a mail, so that 64 bits are plenty; short enough for the local part of an address."""
LONGEST_LOCAL = 64
"""Characters before the @ of an address (RFC 5321, 4.5.3.1.1)."""

_MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})\.([0-9a-f]{16})@[^@<>\s]{1,255}>?", re.ASCII)
_MARK = "+r."
_ADDRESS = re.compile(r"[^@\s]*\+r\.([a-z2-7]{39})@[^@\s]{1,255}", re.ASCII | re.IGNORECASE)
_ID_BYTES = 16


class Signer(Protocol):
    """Who holds the secret: the server's key."""

    def digest(self, purpose: str, *parts: str) -> bytes:
        """Bytes that follow from the parts, which nobody else can tell."""
        ...


class ReplyTokens:
    """Makes and verifies signed names of replies."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def message_id(self, message_id: Id, domain: str) -> str:
        """The Message-ID of a reply, without angle brackets; the same for every attempt to send it."""
        return f"{message_id}.{self._signature(message_id).hex()}@{domain}"

    def address(self, message_id: Id, address: str) -> str:
        """The address that an answer to this reply comes to; the plain one where a longer one is not possible."""
        local, at, domain = address.rpartition("@")
        signed = f"{local}{_MARK}{self._token(message_id)}"
        return f"{signed}{at}{domain}" if local and len(signed) <= LONGEST_LOCAL else address

    def verify(self, name: str) -> Id | None:
        """The reply that a Message-ID or an address of ours names; None for what was not made with this key."""
        found = _MESSAGE_ID.fullmatch(name.strip())
        if found is not None:
            message_id = found[1]
            right = hmac.compare_digest(found[2], self._signature(message_id).hex())
        elif (found := _ADDRESS.fullmatch(name.strip())) is not None:
            message_id = base64.b32decode(found[1].upper() + "=")[:_ID_BYTES].hex()
            right = hmac.compare_digest(found[1].lower(), self._token(message_id))
        else:
            return None
        return message_id if right else None

    def _signature(self, message_id: Id) -> bytes:
        return self._signer.digest(PURPOSE, message_id)[:SIGNATURE_BYTES]

    def _token(self, message_id: Id) -> str:
        """Id and signature in letters that may lose their case on the way."""
        signed = base64.b32encode(bytes.fromhex(message_id) + self._signature(message_id))
        return signed.rstrip(b"=").decode("ascii").lower()
