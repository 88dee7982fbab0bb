"""The token by which a server knows this device: in the keychain of the system, or for this run only.

Only keychains that the system protects are used. `keyring` itself would also take one that writes plain text.
"""

import logging
import threading
from typing import Protocol

import keyring
from keyring.backend import KeyringBackend, get_all_keyring
from keyring.errors import KeyringError, PasswordDeleteError

from agent_desktop.domain.errors import InputError

SERVICE = "Agent Desktop"
NO_KEYCHAIN = (
    "This computer has no keychain that the program could keep the sign-in in. You are signed in until you close"
    " the program, and are asked again at the next start."
)
_REAL = frozenset(
    {
        ("keyring.backends.Windows", "WinVaultKeyring"),
        ("keyring.backends.macOS", "Keyring"),
        ("keyring.backends.SecretService", "Keyring"),
        ("keyring.backends.libsecret", "Keyring"),
        ("keyring.backends.kwallet", "DBusKeyring"),
        ("keyring.backends.kwallet", "DBusKeyringKWallet4"),
    }
)
_NONE = frozenset({"keyring.backends.fail", "keyring.backends.null"})
_LONGEST = 1_000
"""Windows takes 2,560 bytes of UTF-16."""
_log = logging.getLogger("agent_desktop.sync.tokens")


class Keychain(Protocol):
    """Keeps secrets by name. What goes wrong is a KeyringError."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, or None."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove a secret."""
        ...


def find_keychain() -> Keychain | None:
    """The keychain of this system, or None when there is none that protects what it keeps. May take a moment."""
    try:
        chosen = keyring.get_keyring()
    except (ImportError, ValueError, AttributeError, RuntimeError) as error:
        # Set by a variable or a file of the person's own, to something that is not there.
        _log.warning("the keychain that was chosen by configuration cannot be used: %s", type(error).__name__)
        return None
    if type(chosen).__module__ in _NONE:
        return None
    others = sorted(get_all_keyring(), key=lambda backend: backend.priority, reverse=True)
    for backend in (chosen, *others):
        if is_real(backend):
            if hasattr(type(backend), "persist"):
                setattr(backend, "persist", "local machine")  # noqa: B010 - Windows' backend alone has it; its default roams
            return backend
    return None


def is_real(backend: KeyringBackend) -> bool:
    """Whether the system protects what this keychain keeps."""
    return (type(backend).__module__, type(backend).__name__) in _REAL


class DeviceToken:
    """The token of one profile. `name` is what it is called in the keychain; thread-safe.

    The keychain is asked when the token is first needed, for it may be slow or ask the person to unlock it.
    """

    def __init__(self, name: str, keychain: Keychain | None) -> None:
        self._name = name
        self._keychain = keychain
        self._lock = threading.Lock()
        self._asked = False
        self._token: str | None = None

    def get(self) -> str | None:
        """The token, or None when somebody has to sign in."""
        with self._lock:
            if not self._asked:
                self._asked = True
                self._token = self._from_keychain()
            return self._token

    def keep(self, token: str) -> bool:
        """Use this token from now on; False when it is kept for this run only.

        Raises InputError for something that cannot be a token.
        """
        if not token.isascii() or not token.isprintable() or " " in token or not 0 < len(token) <= _LONGEST:
            raise InputError("The server answered with a sign-in that this program does not understand.")
        with self._lock:
            self._asked, self._token = True, token
            if self._keychain is None:
                return False
            try:
                self._keychain.set_password(SERVICE, self._name, token)
            except KeyringError as error:
                _log.warning("the keychain did not take the sign-in: %s", type(error).__name__)
                return False
            return True

    def forget(self) -> None:
        """Use no token any more."""
        with self._lock:
            self._asked, self._token = True, None
            if self._keychain is None:
                return
            try:
                self._keychain.delete_password(SERVICE, self._name)
            except PasswordDeleteError:
                pass  # there was none
            except KeyringError as error:
                _log.warning("the keychain did not remove the sign-in: %s", type(error).__name__)

    def _from_keychain(self) -> str | None:
        if self._keychain is None:
            return None
        try:
            return self._keychain.get_password(SERVICE, self._name)
        except KeyringError as error:
            _log.warning("the keychain did not give the sign-in: %s", type(error).__name__)
            return None
