"""What a server knows this device by from run to run: in the keychain of the system, or for this run only."""

import logging
import threading

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.key_trouble import KeyProblem
from sync.client.keychain import Keychain, SystemShelf

NO_KEYCHAIN = (
    "This computer has no keychain that the program could keep the sign-in in. You are signed in until you close"
    " the program, and are asked again at the next start."
)
_LONGEST = 1_000
"""Windows takes 2,560 bytes of UTF-16."""
_log = logging.getLogger("agent_desktop.sync.tokens")


class DeviceToken:
    """The token of one profile. `name` is what it is called in the keychain; thread-safe.

    The keychain is asked when the token is first needed, for it may be slow or ask the person to unlock it.
    """

    def __init__(self, name: str, keychain: Keychain | None) -> None:
        self._name = name
        # A keychain that hangs must not keep whoever waits for a token for ever.
        self._shelf = None if keychain is None else SystemShelf(lambda: [keychain])
        self._lock = threading.Lock()
        self._asked = False
        self._token: str | None = None
        self._saved = True
        """Whether the keychain has what is here."""

    def get(self) -> str | None:
        """The token, or None when somebody has to sign in."""
        with self._lock:
            if not self._asked:
                self._asked = True
                self._token = self._from_keychain()
            return self._token

    def current(self) -> str | None:
        """The token as the keychain has it now: a copy of the profile on this computer may have renewed it."""
        with self._lock:
            if not self._asked or self._saved:
                self._token = self._from_keychain() or self._token
                self._asked = True
            return self._token

    def keep(self, token: str) -> bool:
        """Use this token from now on; False when it is kept for this run only.

        Raises InputError for something that cannot be a token.
        """
        if not token.isascii() or not token.isprintable() or " " in token or not 0 < len(token) <= _LONGEST:
            raise InputError("The server answered with a sign-in that this program does not understand.")
        with self._lock:
            self._asked, self._token, self._saved = True, token, False
            if self._shelf is None:
                return False
            try:
                self._shelf.put(self._name, token)
            except KeyProblem as problem:
                _log.warning("the keychain did not take the sign-in: %s", problem.trouble.value)
                return False
            self._saved = True
            return True

    def forget(self) -> None:
        """Use no token any more."""
        with self._lock:
            self._asked, self._token, self._saved = True, None, False
            if self._shelf is None:
                return
            try:
                self._shelf.drop(self._name)
            except KeyProblem as problem:
                _log.warning("the keychain did not remove the sign-in: %s", problem.trouble.value)

    def _from_keychain(self) -> str | None:
        if self._shelf is None:
            return None
        try:
            return self._shelf.get(self._name)
        except KeyProblem as problem:
            _log.warning("the keychain did not give the sign-in: %s", problem.trouble.value)
            return None
