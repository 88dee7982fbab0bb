"""What a profile shows its server: an access token that lasts minutes, and what brings the next one.

The next refresh token is in the keychain before the access token that came with it is used: whatever stops the program,
what it has next time is good. With the token goes a proof that follows from it and a secret of the profile: whoever
asks again because an answer was lost has the same proof, and the server knows that it is no thief who comes second.
"""

import hmac
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from sync.client.tokens import DeviceToken
from sync.protocol.messages import DeviceFacts, SignedIn, TokenAnswer
from sync.protocol.transport import RefusalReason, Refused

EARLY = 60.0
"""So many seconds before its end a token is renewed."""
_LASTING = 3_600
"""So many seconds a token of an older server is shown before it is asked again whether it is newer now."""
_log = logging.getLogger("agent_desktop.sync.credentials")


class TokenEndpoint(Protocol):
    """Where tokens are renewed. Raises Unreachable, or Refused when the sign-in has ended."""

    def renew(self, token: str, attempt: str, facts: DeviceFacts) -> TokenAnswer | None:
        """The next tokens; None when this server is older and knows lasting tokens alone."""
        ...


class Credentials:
    """Of one profile. Thread-safe; whoever needs a new token while one is being asked for waits for it.

    `secret` is the profile's, and kept with it: apart from the token, which is in the keychain.
    """

    def __init__(
        self,
        kept: DeviceToken,
        endpoint: TokenEndpoint,
        secret: str,
        facts: Callable[[], DeviceFacts] = DeviceFacts,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept = kept
        self._endpoint = endpoint
        self._secret = secret.encode()
        self._facts = facts
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._access: str | None = None
        self._until = 0.0

    @property
    def signed_in(self) -> bool:
        """Whether there is something to show. May ask the keychain."""
        return self._kept.get() is not None

    def access(self) -> str | None:
        """A token that opens the server now; None when somebody has to sign in. Raises as the endpoint does."""
        with self._lock:
            if self._access is not None and self._monotonic() < self._until:
                return self._access
            return self._renewed()

    def another(self, refused: str) -> str | None:
        """What to show instead of a token that the server has just refused. Raises as the endpoint does."""
        with self._lock:
            if self._access is None or self._access == refused:
                self._access = None
                return self._renewed()
            return self._access

    def begin(self, signed_in: SignedIn) -> bool:
        """Take what a sign-in brought; False when it is kept for this run only.

        Raises InputError when the server answered with something that cannot be a token.
        """
        with self._lock:
            kept = self._kept.keep(signed_in.refresh_token or signed_in.token)
            self._access = None
            if signed_in.refresh_token:
                self._take(signed_in.token, signed_in.expires_in)
            return kept

    def give_up(self) -> str | None:
        """Show nothing any more; what was there, to be revoked."""
        with self._lock:
            token = self._kept.get()
            self._kept.forget()
            self._access = None
            return token

    def _renewed(self) -> str | None:
        token = self._kept.current()
        if token is None:
            return None
        attempt = hmac.digest(self._secret, token.encode(), "sha256").hex()
        try:
            answer = self._endpoint.renew(token, attempt, self._facts())
        except Refused as error:
            if error.reason is RefusalReason.SIGN_IN:
                _log.info("the sign-in has ended")
                self._kept.forget()
            raise
        if answer is None:
            self._take(token, _LASTING)
            return token
        self._kept.keep(answer.refresh_token)
        self._take(answer.access_token, answer.expires_in)
        return self._access

    def _take(self, access: str, seconds: int) -> None:
        self._access = access
        self._until = self._monotonic() + max(seconds - EARLY, seconds / 2)
