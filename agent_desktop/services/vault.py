"""Keeps the key of a profile: in a keychain, or wrapped with a passphrase; and gets it back from there."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.store import crypto
from agent_desktop.store.data_key import LENGTH, DataKey
from agent_desktop.store.key_file import KeychainWrap, KeyFile, KeyNote, PassphraseWrap, Protection, Wrap

_FORMER = "key of before"
SHORTEST_PASSPHRASE = 10
"""Characters: less is found by trying, whatever each try costs."""


class KeyShelf(Protocol):
    """A keychain, asked with a limit of time. Raises KeyProblem: none there, locked, silent or refusing."""

    def get(self, name: str, place: str = "") -> str | None:
        """The secret of this name, or None. It is looked for in this place first, which is quicker."""
        ...

    def put(self, name: str, secret: str) -> str:
        """Keep a secret, and see that it can be read again; the place where it is now."""
        ...

    def drop(self, name: str) -> None:
        """Remove a secret; one that is not there is fine."""
        ...


class Cost(NamedTuple):
    """What one try of a passphrase costs: KiB of memory, passes over it, and lanes."""

    memory: int = 65_536
    passes: int = 3
    lanes: int = 4


class Vault:
    """The key of the profile that a note belongs to. Not thread-safe; asks the keychain, so not for the GUI thread.

    All methods raise KeyProblem when the key is not at hand, and StoreError when the note of it cannot be written.
    """

    def __init__(self, file: KeyFile, shelf: Callable[[], KeyShelf], cost: Cost | None = None) -> None:
        self._file = file
        self._shelf = shelf
        self._cost = cost or Cost()

    @property
    def note(self) -> KeyNote | None:
        """How the key is kept; None for a profile of before, where nothing was ever said of a key."""
        return self._file.read()

    def make(self, protection: Protection, passphrase: str = "", server: str = "") -> DataKey | None:
        """A new key, kept in this way; None where the person wants none."""
        if protection is Protection.NONE:
            self._write(KeyNote(protection=protection, server=server))
            return None
        if not crypto.is_available():
            raise KeyProblem(KeyTrouble.NO_CIPHER)
        key = DataKey.new()
        note = KeyNote(
            protection=protection, key_id=os.urandom(16).hex(), check=key.check, wraps=(), server=server
        )
        self._write(note._replace(wraps=(self._wrapped(note, key, protection, passphrase),)))
        return key

    def unlock(self, passphrase: str = "") -> DataKey | None:
        """The key; None where everything is readable. What failed is said of the newest way that was tried."""
        note = self.note
        if note is None or note.protection is Protection.NONE:
            return None
        if note.wiping:
            raise KeyProblem(KeyTrouble.WIPED)
        if not crypto.is_available():
            raise KeyProblem(KeyTrouble.NO_CIPHER)
        problems: list[KeyProblem] = []
        for age, wrap in enumerate(note.wraps):
            try:
                key = self._unwrapped(note, wrap, passphrase)
            except KeyProblem as problem:
                problems.append(problem)
                continue
            if age == 0:
                self._confirm(note)
            return key
        asks = [problem for problem in problems if problem.trouble in _ASK]
        raise (asks or problems or [KeyProblem(KeyTrouble.LOST)])[0]

    def wrap(self, key: DataKey, protection: Protection, passphrase: str = "") -> None:
        """Keep this key of the profile in another way from the next start on; until then the older ways stay, too."""
        note = self.note
        if note is None or key.check != note.check:
            raise KeyProblem(KeyTrouble.WRONG)
        new = self._wrapped(note, key, protection, passphrase)
        older = tuple(wrap for wrap in note.wraps if wrap != new._replace(confirmed=wrap.confirmed))
        self._write(note._replace(protection=protection, wraps=(new, *older)))

    # ----- a new key for a profile

    def want_renewal(self) -> None:
        """Have the profile get a new key at its next start."""
        note = self.note
        if note is not None and note.protection is not Protection.NONE:
            self._write(note._replace(renew=True))

    def prepare_renewal(self, key: DataKey, passphrase: str = "") -> tuple[DataKey, KeyNote]:
        """A new key, kept as the one of now is, and the note of it, which is not written yet.

        A passphrase has to be that of now.
        """
        note = self.note
        if note is None or key.check != note.check:
            raise KeyProblem(KeyTrouble.WRONG)
        if note.protection is Protection.PASSPHRASE:
            self._unwrapped(note, note.wraps[0], passphrase)
        new = DataKey.new()
        fresh = note._replace(
            key_id=os.urandom(16).hex(),
            check=new.check,
            device_id="",  # the server has the key of before
            renew=False,
            former=_under(new, key),
            former_id=note.key_id,
        )
        return new, fresh._replace(wraps=(self._wrapped(fresh, new, note.protection, passphrase),))

    def begin_renewal(self, prepared: KeyNote) -> None:
        """From now on the new key counts."""
        self._write(prepared)

    def former(self, key: DataKey) -> DataKey | None:
        """The key of before, while there may be files that it opens; None when there are none."""
        note = self.note
        return None if note is None or not note.former else _from_under(key, note.former)

    def end_renewal(self) -> None:
        """Nothing is left that the key of before opens: forget it everywhere."""
        note = self.note
        if note is not None and note.former:
            self._drop_former(note)
            self._write(note._replace(former="", former_id=""))

    def _drop_former(self, note: KeyNote) -> None:
        with suppress(KeyProblem):  # a keychain that is gone has no key either
            if note.former_id and note.protection is Protection.KEYCHAIN:
                self._shelf().drop(_name(note.former_id))

    def note_escrow(self, device_id: str) -> None:
        """The server has the key, under the name that it gave this computer."""
        note = self.note
        if note is not None:
            self._write(note._replace(device_id=device_id))

    def begin_wipe(self, device_id: str = "", receipt: str = "", server: str = "") -> None:
        """Destroy the key: what is in keychains, then what a passphrase would open. May be repeated.

        From the first moment on the profile is one that is being removed, whatever happens.
        """
        try:
            note = self.note or KeyNote(protection=Protection.NONE)
        except (
            KeyProblem
        ):  # damaged: what is in a keychain cannot be found any more, and everything else goes
            note = KeyNote(protection=Protection.NONE)
        note = note._replace(
            wiping=True,
            device_id=device_id or note.device_id,
            receipt=receipt or note.receipt,
            server=server or note.server,
        )
        self._write(note)
        for wrap in note.wraps:
            if isinstance(wrap, KeychainWrap):
                with suppress(KeyProblem):  # a keychain that is gone has no key either
                    self._shelf().drop(wrap.name)
        self._drop_former(note)
        self._write(note._replace(wraps=(), check="", former="", former_id="", renew=False))

    def end_wipe(self) -> None:
        """Remove the note itself, once nothing else is left."""
        try:
            self._file.destroy()
        except OSError as error:
            raise _not_written(error) from error

    def _confirm(self, note: KeyNote) -> None:
        """The newest way works at a later start: the older ones are given up."""
        newest, *older = note.wraps
        if newest.confirmed and not older:
            return
        self._write(note._replace(wraps=(newest._replace(confirmed=True),)))
        for wrap in older:
            if isinstance(wrap, KeychainWrap):
                with suppress(KeyProblem):
                    self._shelf().drop(wrap.name)

    def _wrapped(self, note: KeyNote, key: DataKey, protection: Protection, passphrase: str) -> Wrap:
        if protection is Protection.KEYCHAIN:
            name = _name(note.key_id)
            return KeychainWrap(name, self._shelf().put(name, key.secret.hex()))
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise KeyProblem(KeyTrouble.PASSPHRASE)
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt, nonce, cost = os.urandom(16), os.urandom(12), self._cost
        sealed = AESGCM(_stretched(passphrase, salt, cost)).encrypt(nonce, key.secret, note.key_id.encode())
        return PassphraseWrap(
            salt=salt.hex(),
            nonce=nonce.hex(),
            sealed=sealed.hex(),
            memory=cost.memory,
            passes=cost.passes,
            lanes=cost.lanes,
        )

    def _unwrapped(self, note: KeyNote, wrap: Wrap, passphrase: str) -> DataKey:
        if isinstance(wrap, KeychainWrap):
            found = self._shelf().get(wrap.name, wrap.place)
            if found is None:
                raise KeyProblem(KeyTrouble.LOST)
            return _checked(note, found)
        if not passphrase:
            raise KeyProblem(KeyTrouble.PASSPHRASE)
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        cost = Cost(wrap.memory, wrap.passes, wrap.lanes)
        try:
            cipher = AESGCM(_stretched(passphrase, bytes.fromhex(wrap.salt), cost))
            secret = cipher.decrypt(
                bytes.fromhex(wrap.nonce), bytes.fromhex(wrap.sealed), note.key_id.encode()
            )
        except InvalidTag as error:
            raise KeyProblem(KeyTrouble.WRONG_PASSPHRASE) from error
        return _checked(note, secret.hex())

    def _write(self, note: KeyNote) -> None:
        try:
            self._file.write(note)
        except OSError as error:
            raise _not_written(error) from error


_ASK = (KeyTrouble.PASSPHRASE, KeyTrouble.WRONG_PASSPHRASE)


def _name(key_id: str) -> str:
    """What a key is called in keychains."""
    return f"key of profile {key_id}"


def _under(key: DataKey, former: DataKey) -> str:
    """A key, sealed with another."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    return (nonce + AESGCM(key.derive(_FORMER)).encrypt(nonce, former.secret, None)).hex()


def _from_under(key: DataKey, text: str) -> DataKey:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        raw = bytes.fromhex(text)
        return DataKey(AESGCM(key.derive(_FORMER)).decrypt(raw[:12], raw[12:], None))
    except (InvalidTag, ValueError) as error:
        raise KeyProblem(KeyTrouble.UNREADABLE) from error


def _checked(note: KeyNote, secret: str) -> DataKey:
    """The key that somebody handed out, if it is that of the profile."""
    try:
        key = DataKey(bytes.fromhex(secret))
    except ValueError as error:
        raise KeyProblem(KeyTrouble.WRONG) from error
    if key.check != note.check:
        raise KeyProblem(KeyTrouble.WRONG)
    return key


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    from unicodedata import normalize

    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(
        salt=salt, length=LENGTH, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory
    )
    return kdf.derive(normalize("NFKC", passphrase).encode())


def _not_written(error: OSError) -> StoreError:
    return StoreError(
        "The folder of this profile cannot be written. Check that it belongs to you and has room.", str(error)
    )
