"""The keychain of the system, asked with a limit of time: it may be locked, away, or wait for somebody for ever.

Only keychains that the system protects are used. `keyring` itself would also take one that writes plain text.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Protocol, TypeVar

import keyring
from keyring.backend import KeyringBackend, get_all_keyring
from keyring.errors import KeyringError, KeyringLocked, NoKeyringError, PasswordDeleteError

from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble

SERVICE = "Agent Desktop"
PATIENCE = 20.0
"""Seconds until a keychain counts as silent."""
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
_log = logging.getLogger("agent_desktop.sync.keychain")
T = TypeVar("T")


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
    found = find_keychains()
    return found[0] if found else None


def find_keychains() -> list[Keychain]:
    """All that there are, the preferred one first: a system that changes from one to another may keep both."""
    try:
        chosen = keyring.get_keyring()
    except (ImportError, ValueError, AttributeError, RuntimeError) as error:
        # Set by a variable or a file of the person's own, to something that is not there.
        _log.warning("the keychain that was chosen by configuration cannot be used: %s", type(error).__name__)
        return []
    if type(chosen).__module__ in _NONE:
        return []
    others = sorted(get_all_keyring(), key=lambda backend: backend.priority, reverse=True)
    found: list[Keychain] = []
    for backend in dict.fromkeys((chosen, *others)):
        if is_real(backend):
            if hasattr(type(backend), "persist"):
                setattr(backend, "persist", "local machine")  # noqa: B010 - Windows' backend alone has it; its default roams
            found.append(backend)
    return found


def is_real(backend: KeyringBackend) -> bool:
    """Whether the system protects what this keychain keeps."""
    return (type(backend).__module__, type(backend).__name__) in _REAL


def _is_configured() -> bool:
    """Whether the person, or a test, chose a keychain by a variable."""
    return "PYTHON_KEYRING_BACKEND" in os.environ


class SystemShelf:
    """The keychains of the system as a shelf for keys. Each call ends within `patience` seconds.

    A call that does not end is left to itself: it ends with the program, or when somebody answers the keychain.
    """

    def __init__(
        self, find: Callable[[], list[Keychain]] = find_keychains, patience: float = PATIENCE
    ) -> None:
        self._find = find
        self._patience = patience

    def get(self, name: str, place: str = "") -> str | None:
        """The secret of this name in any keychain that is there; the one of `place` is asked first."""

        def look() -> str | None:
            problem: KeyringError | None = None
            for keychain in self._one_after_the_other(place):
                try:
                    secret = keychain.get_password(SERVICE, name)
                except KeyringError as error:
                    problem = problem or error
                    continue
                if secret is not None:
                    return secret
            if problem is not None:
                raise problem
            return None

        return self._within_patience(look)

    def put(self, name: str, secret: str) -> str:
        """Keep a secret in the preferred keychain, and see that it can be read again; which keychain that is."""

        def keep() -> str:
            keychain = self._all()[0]
            keychain.set_password(SERVICE, name, secret)
            if keychain.get_password(SERVICE, name) != secret:
                raise KeyringError("what was kept does not come back")
            return f"{type(keychain).__module__}:{type(keychain).__name__}"

        return self._within_patience(keep)

    def drop(self, name: str) -> None:
        """Remove a secret from all keychains."""

        def remove() -> None:
            for keychain in self._all():
                try:
                    keychain.delete_password(SERVICE, name)
                except PasswordDeleteError:
                    continue  # it was not there
                if keychain.get_password(SERVICE, name) is not None:
                    raise KeyringError("what was removed is still there")

        self._within_patience(remove)

    def _one_after_the_other(self, place: str) -> Iterator[Keychain]:
        """The keychain of a place, if it is one that the system protects, and the others if that did not help."""
        module, _, name = place.partition(":")
        if self._find is find_keychains and (module, name) in _REAL and not _is_configured():
            # To look for all keychains of a system takes three times as long as to ask the right one.
            with suppress(ImportError, AttributeError, RuntimeError):
                backend: type[KeyringBackend] = getattr(import_module(module), name)
                if backend.viable:
                    yield backend()
        yield from self._all()

    def _all(self) -> list[Keychain]:
        found = self._find()
        if not found:
            raise NoKeyringError
        return found

    def _within_patience(self, work: Callable[[], T]) -> T:
        results: list[T] = []
        problems: list[KeyTrouble | BaseException] = []

        def run() -> None:
            try:
                results.append(work())
            except NoKeyringError:
                problems.append(KeyTrouble.NO_KEYCHAIN)
            except KeyringLocked:
                problems.append(KeyTrouble.LOCKED)
            except (KeyringError, OSError) as error:
                _log.warning("the keychain failed: %s", type(error).__name__)
                problems.append(KeyTrouble.REFUSED)
            except Exception as error:  # noqa: BLE001 - a border: handed to the thread that waits
                problems.append(error)

        thread = threading.Thread(target=run, name="keychain", daemon=True)
        thread.start()
        thread.join(self._patience)
        if results:
            return results[0]
        problem = problems[0] if problems else KeyTrouble.SILENT
        if isinstance(problem, KeyTrouble):
            raise KeyProblem(problem)
        _log.warning("the keychain failed in a way of its own: %s", type(problem).__name__)
        raise KeyProblem(KeyTrouble.REFUSED, str(problem)) from problem
