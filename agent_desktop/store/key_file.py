"""The note in a profile of how its key is kept. It holds no key: what is wrapped here needs a passphrase."""

import json
import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.store.disk import overwrite_and_remove, replace, sync_file, sync_folder

_VERSION = 1
NAMES = ("keys.json", "keys.copy.json")
"""The note is there twice: a disk that damages one of them costs nothing."""


class Protection(StrEnum):
    """Where the key is."""

    KEYCHAIN = "keychain"
    PASSPHRASE = "passphrase"  # noqa: S105 - what it is called
    NONE = "none"
    """Nowhere: the person chose to leave everything readable."""


class KeychainWrap(NamedTuple):
    """The key lies in the keychain of the system under this name. `place` tells which of several it was kept in."""

    name: str
    place: str = ""
    confirmed: bool = False
    """Whether a later start found it there."""


class PassphraseWrap(NamedTuple):
    """The key, sealed with what Argon2id makes of a passphrase. Bytes are written in hexadecimal."""

    salt: str
    nonce: str
    sealed: str
    memory: int
    """KiB."""
    passes: int
    lanes: int
    confirmed: bool = False


Wrap: TypeAlias = KeychainWrap | PassphraseWrap


class KeyNote(NamedTuple):
    """How the key of a profile is kept. `wraps` has the newest first; older ones stay until that is confirmed.

    `key_id` names the key at the server's escrow and in keychains, `check` tells it from others. `server` is where
    the profile belongs, and `device_id` what it calls this computer once it has the key in escrow. `wiping` stands from
    the moment at which the profile is to be removed, and `receipt` is what the server is told when that was done.
    """

    protection: Protection
    key_id: str = ""
    check: str = ""
    wraps: tuple[Wrap, ...] = ()
    server: str = ""
    device_id: str = ""
    wiping: bool = False
    receipt: str = ""
    renew: bool = False
    """Whether the profile is to have a new key at its next start."""
    former: str = ""
    """While files are written anew: the key of before, sealed with the one that counts."""
    former_id: str = ""
    """What the key of before was called."""


class KeyFile:
    """The note in the folder of a profile. Thread-safe; who changes what it says has to see that nobody else does."""

    def __init__(self, folder: Path) -> None:
        self._paths = tuple(folder / name for name in NAMES)
        self._lock = threading.Lock()
        """Held while the files are open, or get their names: Windows replaces none that is open."""

    @property
    def exists(self) -> bool:
        """Whether there is one: a profile of before has none."""
        return any(path.exists() for path in self._paths)

    def read(self) -> KeyNote | None:
        """The note, or None where there is none. Raises KeyProblem when it cannot be read."""
        with self._lock:
            if not self.exists:
                return None
            for path in self._paths:
                note = _read(path)
                if note is not None:
                    return note
        raise KeyProblem(KeyTrouble.UNREADABLE)

    def write(self, note: KeyNote) -> None:
        """Keep this note: it is there, or the one before. Raises OSError."""
        content = _text(note)
        for path in self._paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(".new")
            new.write_text(content, "utf-8")
            new.chmod(0o600)
            sync_file(new)
            with self._lock:
                replace(new, path)
            sync_folder(path.parent)

    def destroy(self) -> None:
        """Overwrite and remove the note, and with it what a passphrase would open. Raises OSError."""
        with self._lock:
            for path in reversed(self._paths):  # the first is looked for first, so it goes last
                overwrite_and_remove(path.with_suffix(".new"))
                overwrite_and_remove(path)


def _text(note: KeyNote) -> str:
    values: dict[str, Any] = note._asdict()
    values["wraps"] = [
        {"kind": "keychain" if isinstance(wrap, KeychainWrap) else "passphrase", **wrap._asdict()}
        for wrap in note.wraps
    ]
    values["version"] = _VERSION
    return json.dumps({**values, "sum": _sum(values)}, indent=1)


def _read(path: Path) -> KeyNote | None:
    """None for a file that is not there, or not what was written."""
    try:
        values = json.loads(path.read_text("utf-8"))
        if values.pop("sum") != _sum(values) or values.pop("version") != _VERSION:
            return None
        wraps = tuple(_wrap(value) for value in values.pop("wraps"))
        return KeyNote(**{**values, "protection": Protection(values["protection"]), "wraps": wraps})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _wrap(values: dict[str, Any]) -> Wrap:
    return KeychainWrap(**values) if values.pop("kind") == "keychain" else PassphraseWrap(**values)


def _sum(values: Mapping[str, Any]) -> str:
    from hashlib import sha256  # which loads OpenSSL: not for who has no note

    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
