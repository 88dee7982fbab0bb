"""One-time codes that change every thirty seconds (RFC 6238 on RFC 4226), as all apps for them make them."""

import base64
import hmac
import secrets
import struct
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
WINDOW = 1
"""So many steps before and after now are taken, for clocks that are not quite right."""
_SECRET_BYTES = 20


def new_secret() -> bytes:
    """160 random bits, as long as the hash of the algorithm."""
    return secrets.token_bytes(_SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """The code of one time step, which is a number of half minutes since 1970."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return str((number & 0x7FFF_FFFF) % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, code: str, seconds: int, after: int) -> int | None:
    """The step that a code belongs to, near `seconds` since 1970 and later than the step `after`; None when to none."""
    now, matched = seconds // STEP_SECONDS, None
    for step in range(now - WINDOW, now + WINDOW + 1):
        # All are compared, whichever it is.
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            matched = step
    return matched


def key_text(secret: bytes) -> str:
    """The secret as a person types it into an app."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def address(secret: bytes, workspace: str, account: str) -> str:
    """The secret as an app reads it from a picture."""
    issuer = workspace or "Agent Desktop"
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={key_text(secret)}&issuer={quote(issuer)}"
