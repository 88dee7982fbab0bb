"""Whose tokens are good, remembered for a moment so that not every request asks the database."""

import hashlib
import threading

from sync.server.limits import Monotonic
from sync.server.sign_in.accounts import Accounts, Session

REMEMBERED_SECONDS = 3.0
"""So long a token may still be taken after it was revoked in another process."""
_MOST = 10_000


class Sessions:
    """Sessions by token. Its methods may be called on any thread; `find` may wait for the database."""

    def __init__(self, accounts: Accounts, monotonic: Monotonic) -> None:
        self._accounts = accounts
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[float, Session]] = {}
        self._forgotten = 0
        """How often all were."""

    def remembered(self, token: str) -> Session | None:
        """The session, if it was found a moment ago."""
        with self._lock:
            until, session = self._known.get(_key(token), (0.0, None))
        return session if until > self._monotonic() else None

    def find(self, token: str) -> Session | None:
        """The session of a token; None when it is not good."""
        with self._lock:
            forgotten = self._forgotten
        session = self._accounts.session(token)
        if session is not None:
            with self._lock:
                if forgotten != self._forgotten:
                    return session  # it was revoked meanwhile, perhaps
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[_key(token)] = (self._monotonic() + REMEMBERED_SECONDS, session)
        return session

    def forget(self) -> None:
        """Ask the database about everybody again."""
        with self._lock:
            self._forgotten += 1
            self._known.clear()


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
