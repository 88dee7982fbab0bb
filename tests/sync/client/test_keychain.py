"""Keychains: only those that protect what they keep, and an answer within so many seconds whatever they do."""

import threading
import types
from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordSetError

from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from sync.client import keychain as module_of_keychains
from sync.client.keychain import SERVICE, Keychain, SystemShelf, find_keychain, is_real
from tests.sync.client.test_tokens import LockedKeychain, MemoryKeychain

ExpectLog = Callable[[str], None]


def backend(module: str, name: str) -> KeyringBackend:
    """A backend as some package would bring it."""

    def fill(namespace: dict[str, object]) -> None:
        namespace.update(
            __module__=module,
            priority=1,
            get_password=lambda self, service, username: None,
            set_password=lambda self, service, username, password: None,
            delete_password=lambda self, service, username: None,
        )

    made = types.new_class(name, (KeyringBackend,), exec_body=fill)
    KeyringBackend._classes.discard(made)  # nobody else is to find it
    instance = made()
    assert isinstance(instance, KeyringBackend)
    return instance


PLAIN = ("keyrings.alt.file", "PlaintextKeyring")
REAL = ("keyring.backends.SecretService", "Keyring")


@pytest.mark.parametrize(
    ("module", "name", "real"),
    [
        (*REAL, True),
        ("keyring.backends.Windows", "WinVaultKeyring", True),
        ("keyring.backends.macOS", "Keyring", True),
        (*PLAIN, False),
        ("keyrings.alt.file", "EncryptedKeyring", False),
        ("keyring.backends.null", "Keyring", False),
        ("keyring.backends.fail", "Keyring", False),
        ("keyring.backends.chainer", "ChainerBackend", False),
        ("evil", "WinVaultKeyring", False),
    ],
)
def test_only_keychains_of_the_system_are_real(module: str, name: str, real: bool) -> None:
    assert is_real(backend(module, name)) is real


@pytest.mark.parametrize(
    ("chosen", "others", "found"),
    [
        (REAL, [], REAL),
        (PLAIN, [], None),
        (PLAIN, [REAL], REAL),
        (("keyring.backends.chainer", "ChainerBackend"), [PLAIN, REAL], REAL),
        (("keyring.backends.fail", "Keyring"), [REAL], None),
        (("keyring.backends.null", "Keyring"), [REAL], None),
    ],
)
def test_the_best_real_keychain_is_found(
    monkeypatch: pytest.MonkeyPatch,
    chosen: tuple[str, str],
    others: list[tuple[str, str]],
    found: tuple[str, str] | None,
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend(*chosen))
    monkeypatch.setattr(module_of_keychains, "get_all_keyring", lambda: [backend(*other) for other in others])
    keychain = find_keychain()
    assert (None if keychain is None else (type(keychain).__module__, type(keychain).__name__)) == found


def test_a_keychain_that_is_configured_wrongly_is_none(
    monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("the keychain that was chosen by configuration cannot be used")

    def load() -> None:
        raise ValueError("Empty module name")

    monkeypatch.setattr(keyring, "get_keyring", load)
    assert find_keychain() is None


# ----- the shelf


def shelf(*keychains: Keychain, patience: float = 20.0) -> SystemShelf:
    return SystemShelf(lambda: list(keychains), patience)


def test_what_is_put_comes_back_and_can_be_dropped() -> None:
    keys = MemoryKeychain()
    shelf(keys).put("a", "secret")
    assert keys.secrets == {(SERVICE, "a"): "secret"}
    assert shelf(keys).get("a") == "secret"
    shelf(keys).drop("a")
    shelf(keys).drop("a")
    assert shelf(keys).get("a") is None


def test_a_keychain_that_is_preferred_no_longer_is_asked_all_the_same() -> None:
    """A desktop that changes from one keychain to another keeps both for a while."""
    before, now = MemoryKeychain(), MemoryKeychain()
    shelf(before).put("a", "secret")
    assert shelf(now, before).get("a") == "secret"
    assert shelf(LockedKeychain(), before).get("a") == "secret"
    shelf(now, before).drop("a")
    assert before.secrets == {}


class FullKeychain(MemoryKeychain):
    """Takes short secrets only, as some do."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PasswordSetError("too long")


class ForgetfulKeychain(MemoryKeychain):
    """Says that it has kept what it has not."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class BrokenKeychain(MemoryKeychain):
    """Fails as no keychain should."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("no bus")


@pytest.mark.parametrize(
    ("keys", "trouble"),
    [
        ([], KeyTrouble.NO_KEYCHAIN),
        ([LockedKeychain()], KeyTrouble.LOCKED),
        ([FullKeychain()], KeyTrouble.REFUSED),
        ([ForgetfulKeychain()], KeyTrouble.REFUSED),
        ([BrokenKeychain()], KeyTrouble.REFUSED),
    ],
    ids=["none", "locked", "full", "forgetful", "broken"],
)
def test_what_goes_wrong_has_a_name(
    keys: list[Keychain], trouble: KeyTrouble, log_records: object, expect_log: ExpectLog
) -> None:
    if trouble is KeyTrouble.REFUSED:
        expect_log("the keychain failed")
    with pytest.raises(KeyProblem) as problem:
        shelf(*keys).put("a", "secret")
    assert problem.value.trouble is trouble
    assert "secret" not in str(problem.value) + problem.value.detail


class HangingKeychain(MemoryKeychain):
    """Waits for somebody who does not come."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answered.wait()
        raise KeyringError


@pytest.fixture
def hanging() -> Iterator[HangingKeychain]:
    keys = HangingKeychain()
    yield keys
    keys.answered.set()
    for thread in threading.enumerate():
        if thread.name == "keychain":
            thread.join()


def test_a_keychain_that_does_not_answer_is_given_up(hanging: HangingKeychain, expect_log: ExpectLog) -> None:
    expect_log("the keychain failed")
    with pytest.raises(KeyProblem) as problem:
        shelf(hanging, patience=0.05).get("a")
    assert problem.value.trouble is KeyTrouble.SILENT
    assert module_of_keychains.PATIENCE <= 20
