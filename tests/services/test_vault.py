"""The key of a profile: kept in a way that was confirmed, told apart from any other, and never made anew by mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_desktop.domain.key_trouble import SENTENCES, KeyProblem, KeyTrouble
from agent_desktop.services.vault import Cost, KeyShelf, Vault
from agent_desktop.store import crypto
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.key_file import KeychainWrap, KeyFile, Protection

WEAK = Cost(memory=32, passes=1, lanes=1)
"""As weak as can be: what is tested here is not how long guessing takes."""
PHRASE = "correct horse battery"


class MemoryShelf:
    """A keychain in memory that can be made to fail."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.trouble: KeyTrouble | None = None

    def _look(self) -> None:
        if self.trouble is not None:
            raise KeyProblem(self.trouble)

    def get(self, name: str, place: str = "") -> str | None:
        self._look()
        return self.secrets.get(name)

    def put(self, name: str, secret: str) -> str:
        self._look()
        self.secrets[name] = secret
        return "memory"

    def drop(self, name: str) -> None:
        self._look()
        self.secrets.pop(name, None)


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def vault(tmp_path: Path, shelf: MemoryShelf) -> Vault:
    return Vault(KeyFile(tmp_path), lambda: shelf, WEAK)


def trouble_of(work: Callable[[], object]) -> KeyTrouble:
    with pytest.raises(KeyProblem) as problem:
        work()
    assert problem.value.sentence == SENTENCES[problem.value.trouble]
    return problem.value.trouble


def made(vault: Vault, protection: Protection, passphrase: str = "") -> DataKey:
    key = vault.make(protection, passphrase)
    assert key is not None
    return key


def opened(vault: Vault, passphrase: str = "") -> DataKey:
    key = vault.unlock(passphrase)
    assert key is not None
    return key


@pytest.mark.parametrize("protection", [Protection.KEYCHAIN, Protection.PASSPHRASE])
def test_a_key_comes_back_at_every_start(vault: Vault, protection: Protection) -> None:
    key = made(vault, protection, PHRASE)
    for _ in range(3):
        assert opened(vault, PHRASE).check == key.check


def test_the_note_has_no_key_in_it(tmp_path: Path, vault: Vault) -> None:
    for protection in (Protection.KEYCHAIN, Protection.PASSPHRASE):
        key = made(vault, protection, PHRASE)
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert key.secret not in stored
        assert key.secret.hex().encode() not in stored
        assert PHRASE.encode() not in stored


def test_who_wants_no_encryption_says_so_once(vault: Vault) -> None:
    assert vault.note is None
    assert vault.make(Protection.NONE) is None
    assert vault.note is not None
    assert vault.unlock() is None


@pytest.mark.parametrize(
    "trouble", [KeyTrouble.LOCKED, KeyTrouble.SILENT, KeyTrouble.NO_KEYCHAIN, KeyTrouble.REFUSED]
)
def test_a_keychain_that_fails_is_told_and_changes_nothing(
    tmp_path: Path, vault: Vault, shelf: MemoryShelf, trouble: KeyTrouble
) -> None:
    key = made(vault, Protection.KEYCHAIN)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    shelf.trouble = trouble
    assert trouble_of(vault.unlock) is trouble
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    shelf.trouble = None
    assert opened(vault).check == key.check


def test_a_lost_or_wrong_key_is_a_problem_of_the_key(vault: Vault, shelf: MemoryShelf) -> None:
    key = made(vault, Protection.KEYCHAIN)
    (name,) = shelf.secrets
    for secret in (DataKey.new().secret.hex(), "not hexadecimal", "", key.secret.hex()[:-2]):
        shelf.secrets[name] = secret
        assert trouble_of(vault.unlock) is KeyTrouble.WRONG
    shelf.secrets.clear()
    assert trouble_of(vault.unlock) is KeyTrouble.LOST
    vault.wrap(key, Protection.KEYCHAIN)  # the escrow gave it back
    assert opened(vault).check == key.check


def test_a_passphrase_is_asked_for_and_told_from_a_wrong_one(vault: Vault) -> None:
    made(vault, Protection.PASSPHRASE, PHRASE)
    assert trouble_of(vault.unlock) is KeyTrouble.PASSPHRASE
    assert trouble_of(lambda: vault.unlock("wrong")) is KeyTrouble.WRONG_PASSPHRASE
    assert trouble_of(lambda: vault.make(Protection.PASSPHRASE, "short")) is KeyTrouble.PASSPHRASE


def test_an_accent_may_be_typed_in_two_ways(vault: Vault) -> None:
    made(vault, Protection.PASSPHRASE, "caf\u00e9 au lait")
    assert opened(vault, "cafe\u0301 au lait")


def test_an_older_way_stays_until_the_newer_one_worked_at_a_later_start(
    vault: Vault, shelf: MemoryShelf
) -> None:
    key = made(vault, Protection.PASSPHRASE, PHRASE)
    vault.wrap(key, Protection.KEYCHAIN)
    shelf.trouble = KeyTrouble.NO_KEYCHAIN
    assert trouble_of(vault.unlock) is KeyTrouble.PASSPHRASE
    assert opened(vault, PHRASE).check == key.check
    shelf.trouble = None
    assert opened(vault).check == key.check
    note = vault.note
    assert note is not None
    assert [type(wrap) for wrap in note.wraps] == [KeychainWrap]
    shelf.secrets.clear()
    assert trouble_of(lambda: vault.unlock(PHRASE)) is KeyTrouble.LOST


def test_the_same_way_again_is_one_way(vault: Vault) -> None:
    key = made(vault, Protection.KEYCHAIN)
    vault.wrap(key, Protection.KEYCHAIN)
    note = vault.note
    assert note is not None
    assert len(note.wraps) == 1


def test_another_key_is_not_wrapped(vault: Vault) -> None:
    made(vault, Protection.KEYCHAIN)
    assert trouble_of(lambda: vault.wrap(DataKey.new(), Protection.KEYCHAIN)) is KeyTrouble.WRONG


def test_without_the_cipher_nothing_is_made_or_opened(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    made(vault, Protection.KEYCHAIN)
    monkeypatch.setattr(crypto, "is_available", lambda: False)
    assert trouble_of(vault.unlock) is KeyTrouble.NO_CIPHER
    assert trouble_of(lambda: vault.make(Protection.KEYCHAIN)) is KeyTrouble.NO_CIPHER
    assert vault.make(Protection.NONE) is None


@pytest.mark.parametrize("damaged", ["keys.json", "keys.copy.json"])
def test_one_copy_of_the_note_may_be_damaged(tmp_path: Path, vault: Vault, damaged: str) -> None:
    key = made(vault, Protection.KEYCHAIN)
    for at in range(0, len((tmp_path / damaged).read_bytes()), 7):
        content = bytearray((tmp_path / damaged).read_bytes())
        content[at] ^= 4
        (tmp_path / damaged).write_bytes(content)
        assert opened(vault).check == key.check
        content[at] ^= 4
        (tmp_path / damaged).write_bytes(content)
    (tmp_path / damaged).unlink()
    assert opened(vault).check == key.check


def test_a_note_that_is_damaged_twice_is_no_new_profile(tmp_path: Path, vault: Vault) -> None:
    made(vault, Protection.KEYCHAIN)
    for name in ("keys.json", "keys.copy.json"):
        (tmp_path / name).write_bytes(b"\x00" * 40)
    assert trouble_of(vault.unlock) is KeyTrouble.UNREADABLE


def test_a_wiped_key_is_nowhere(tmp_path: Path, vault: Vault, shelf: MemoryShelf) -> None:
    key = made(vault, Protection.PASSPHRASE, PHRASE)
    vault.wrap(key, Protection.KEYCHAIN)
    for _ in range(2):
        vault.begin_wipe()
        assert shelf.secrets == {}
        assert trouble_of(lambda: vault.unlock(PHRASE)) is KeyTrouble.WIPED
        note = KeyFile(tmp_path).read()
        assert note is not None
        assert note.wraps == ()
    vault.end_wipe()
    assert list(tmp_path.iterdir()) == []


def test_a_shelf_is_what_the_vault_asks_for(shelf: MemoryShelf) -> None:
    kept: KeyShelf = shelf
    assert kept.get("nothing") is None
