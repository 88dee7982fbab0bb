"""Locking the program while nobody works with it: what opens it again, and after how long it locks itself.

It keeps those out who come by an unlocked computer. What the files hold is kept by their encryption, not by this.
"""

import hashlib
import hmac
import os

from agent_desktop.domain.errors import InputError
from agent_desktop.services.server_account import ServerAccount
from agent_desktop.services.settings import LOCK_CODE, SettingsService

SHORTEST_CODE = 6
_COST, _BLOCK, _LANES = 1 << 14, 8, 1
WRONG = "This does not unlock it. Try again."


class AppLock:
    """What unlocks the windows of one profile: a code that the person chose, or signing in to the team's server."""

    def __init__(self, settings: SettingsService, account: ServerAccount | None) -> None:
        self._settings = settings
        self._account = account

    @property
    def has_code(self) -> bool:
        """Whether the person chose a code."""
        return bool(self._settings.get(LOCK_CODE))

    @property
    def asks_for(self) -> str:
        """What is asked for: the code, the password of the server, or nothing."""
        if self.has_code:
            return "Code"
        return "" if self._account is None else "Password of the server"

    def set_code(self, code: str) -> None:
        """Ask for this from now on; an empty one: for none. Raises InputError for one that is too short."""
        if code and len(code) < SHORTEST_CODE:
            raise InputError(f"Please take {SHORTEST_CODE} digits or letters, or more.")
        salt = os.urandom(16)
        self._settings.set(LOCK_CODE, f"{salt.hex()} {_stretched(code, salt).hex()}" if code else "")

    def unlock(self, typed: str) -> None:
        """Return where that opens it. Takes a moment, and perhaps the network. Raises InputError in words."""
        if self.has_code:
            salt, _, known = self._settings.get(LOCK_CODE).partition(" ")
            if not hmac.compare_digest(_stretched(typed, bytes.fromhex(salt)).hex(), known):
                raise InputError(WRONG)
        elif self._account is not None:
            self._account.sign_in(typed)


def _stretched(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(code.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=32)
