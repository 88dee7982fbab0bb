"""What a client asks of the authorization endpoint, and what of that is accepted."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from sync.protocol.messages import DeviceFacts

CLIENT_ID = "agent-desktop"
"""The one client: a program that keeps no secret of its own (RFC 8252, 8.4)."""
# The port is any, as RFC 8252 (7.3) has it; everything else is compared exactly.
_REDIRECT = re.compile(r"http://(?:127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?/cb")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_STATE = re.compile(r"[ -~]{0,500}")
_EMAIL, _NAME, _OS, _VERSION, _ID = 320, 200, 100, 50, re.compile(r"[!-~]{1,100}")


class NotForUs(Exception):
    """The request names no client of ours or no place of its own to return to: nobody is sent anywhere."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that may go on. `error` is what is wrong with it and is told to the client (RFC 6749, 4.1.2.1)."""

    redirect_uri: str
    challenge: str = ""
    state: str = ""
    email: str = ""
    device: DeviceFacts = DeviceFacts()
    new_password: bool = False
    """Whether the person wants to choose another password on the way."""
    error: str = ""

    def back(self, issuer: str, **values: str) -> str:
        """Where the browser goes with these values."""
        query = {**values, "iss": issuer}
        if self.state:
            query["state"] = self.state
        return f"{self.redirect_uri}?{urlencode(query)}"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the place to return to."""
        return self.redirect_uri.removesuffix("/cb")


def read(query: Mapping[str, str]) -> Asked:
    """The request in a query. Raises NotForUs."""
    redirect_uri = query.get("redirect_uri", "")
    if query.get("client_id") != CLIENT_ID or not _REDIRECT.fullmatch(redirect_uri):
        raise NotForUs
    state = query.get("state", "")
    if not _STATE.fullmatch(state):
        raise NotForUs
    challenge = query.get("code_challenge", "")
    error = ""
    if query.get("response_type") != "code":
        error = "unsupported_response_type"
    elif query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        error = "invalid_request"
    device_id = query.get("device_id", "")
    return Asked(
        redirect_uri=redirect_uri,
        challenge=challenge,
        state=state,
        email=query.get("login_hint", "")[:_EMAIL],
        device=DeviceFacts(
            name=_one_line(query.get("device", ""))[:_NAME],
            os=_one_line(query.get("os", ""))[:_OS],
            version=_one_line(query.get("version", ""))[:_VERSION],
            id=device_id if _ID.fullmatch(device_id) else None,
        ),
        new_password=query.get("new_password") == "yes",
        error=error,
    )


def answers(challenge: str, verifier: str) -> bool:
    """Whether a verifier is the one that a challenge was made of (RFC 7636, 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.encode())


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
