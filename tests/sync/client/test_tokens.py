"""Where a sign-in is kept: in a keychain that protects it, or nowhere."""

from collections.abc import Callable

import pytest
from keyring.errors import KeyringLocked, PasswordDeleteError

from agent_desktop.domain.errors import InputError
from sync.client.keychain import SERVICE
from sync.client.tokens import DeviceToken


class MemoryKeychain:
    """A keychain that is gone with the test."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.secrets:
            raise PasswordDeleteError
        del self.secrets[service, username]


class LockedKeychain:
    """A keychain that its owner did not open."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked


def test_a_token_outlives_the_program_in_a_keychain() -> None:
    keychain = MemoryKeychain()
    assert DeviceToken("p1", keychain).get() is None
    assert DeviceToken("p1", keychain).keep("secret")
    assert DeviceToken("p1", keychain).get() == "secret"
    assert DeviceToken("p2", keychain).get() is None
    assert set(keychain.secrets) == {(SERVICE, "p1")}


def test_the_keychain_is_asked_once_and_when_it_is_needed() -> None:
    keychain = MemoryKeychain()
    token = DeviceToken("p1", keychain)
    assert keychain.asked == 0
    assert token.get() is token.get() is None
    assert keychain.asked == 1


def test_a_forgotten_token_is_gone_everywhere() -> None:
    keychain = MemoryKeychain()
    token = DeviceToken("p1", keychain)
    token.keep("secret")
    token.forget()
    token.forget()
    assert token.get() is None
    assert keychain.secrets == {}


def test_without_a_keychain_a_token_lives_for_this_run() -> None:
    token = DeviceToken("p1", None)
    assert not token.keep("secret")
    assert token.get() == "secret"
    assert DeviceToken("p1", None).get() is None


def test_a_locked_keychain_costs_a_sign_in_and_nothing_else(expect_log: Callable[[str], None]) -> None:
    expect_log("did not give the sign-in: locked")
    expect_log("did not take the sign-in: locked")
    expect_log("did not remove the sign-in: locked")
    token = DeviceToken("p1", LockedKeychain())
    assert token.get() is None
    assert not token.keep("secret")
    assert token.get() == "secret"
    token.forget()
    assert token.get() is None


@pytest.mark.parametrize("wrong", ["", "two words", "line\r\nX: y", "nöt", "\x00", "x" * 1_001])
def test_what_cannot_be_in_a_header_is_no_token(wrong: str) -> None:
    keychain = MemoryKeychain()
    with pytest.raises(InputError):
        DeviceToken("p1", keychain).keep(wrong)
    assert keychain.secrets == {}
