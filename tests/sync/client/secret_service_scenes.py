"""What is played in a session with a real Secret Service; see test_secret_service.py."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import secretstorage

from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.services.vault import Vault
from agent_desktop.store.client import open_client_files
from agent_desktop.store.crypto import is_plain
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.key_file import KeychainWrap, KeyFile, Protection
from agent_desktop.store.settings import SettingStore
from sync.client.keychain import SystemShelf, find_keychain

PATIENCE = 60.0
"""Seconds in which the daemon answers, however much else the computer has to do."""


def start_keyring() -> subprocess.Popen[bytes]:
    """The daemon with a login keyring that is open."""
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdin is not None
    daemon.stdin.write(b"a password\n")
    daemon.stdin.close()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with closing(secretstorage.dbus_init()) as bus:
            if secretstorage.check_service_availability(bus):
                return daemon
        with suppress(subprocess.TimeoutExpired):
            daemon.wait(0.05)
            break
    raise SystemExit("the Secret Service did not come")


def vault_of(folder: Path) -> Vault:
    return Vault(KeyFile(folder), lambda: SystemShelf(patience=PATIENCE))


def trouble_of(work: Callable[[], object]) -> KeyTrouble | None:
    begun = time.monotonic()
    try:
        work()
    except KeyProblem as problem:
        assert time.monotonic() - begun < PATIENCE
        return problem.trouble
    return None


def lock() -> None:
    with closing(secretstorage.dbus_init()) as bus:
        for collection in secretstorage.get_all_collections(bus):
            collection.lock()


def items() -> list[secretstorage.Item]:
    bus = secretstorage.dbus_init()
    return list(secretstorage.get_default_collection(bus).get_all_items())


def kept_and_found(folder: Path) -> None:
    keychain = find_keychain()
    assert type(keychain).__module__ == "keyring.backends.SecretService"
    key = vault_of(folder).make(Protection.KEYCHAIN)
    assert key is not None
    for _ in range(2):
        found = vault_of(folder).unlock()
        assert found is not None
        assert found.check == key.check
    assert len(items()) == 1
    note = vault_of(folder).note
    assert note is not None
    (wrap,) = note.wraps
    assert isinstance(wrap, KeychainWrap)
    assert wrap.place == "keyring.backends.SecretService:Keyring"
    elsewhere = SystemShelf(patience=10).get(wrap.name, "keyring.backends.kwallet:DBusKeyring")
    assert elsewhere == key.secret.hex()  # another one was preferred then
    vault_of(folder).begin_wipe()
    assert items() == []


def locked(folder: Path) -> None:
    """Nobody is there to answer the daemon's question: it is given up in time, and nothing is changed."""
    vault_of(folder).make(Protection.KEYCHAIN)
    lock()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    trouble = trouble_of(lambda: Vault(KeyFile(folder), lambda: SystemShelf(patience=3)).unlock())
    assert trouble in (KeyTrouble.LOCKED, KeyTrouble.SILENT, KeyTrouble.REFUSED), trouble
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def lost(folder: Path) -> None:
    vault = vault_of(folder)
    key = vault.make(Protection.KEYCHAIN)
    assert key is not None
    for item in items():
        item.delete()
    assert trouble_of(vault.unlock) is KeyTrouble.LOST
    vault.wrap(key, Protection.KEYCHAIN)
    assert trouble_of(vault.unlock) is None


def wrong(folder: Path) -> None:
    vault_of(folder).make(Protection.KEYCHAIN)
    for item in items():
        item.set_secret(DataKey.new().secret.hex().encode())
    assert trouble_of(vault_of(folder).unlock) is KeyTrouble.WRONG


def gone(folder: Path) -> None:
    vault_of(folder).make(Protection.KEYCHAIN)
    DAEMON.terminate()
    DAEMON.wait()
    trouble = trouble_of(lambda: vault_of(folder).unlock())
    assert trouble in (KeyTrouble.NO_KEYCHAIN, KeyTrouble.REFUSED, KeyTrouble.LOCKED), trouble


def profile_is_encrypted_and_opened_again(folder: Path) -> None:
    key = vault_of(folder).make(Protection.KEYCHAIN)
    for _ in range(2):
        with closing(open_client_files(folder / "work.db", folder / "replica.db", key)) as files:
            SettingStore(files.work).set("a", "b")
        assert not is_plain(folder / "work.db")
        key = vault_of(folder).unlock()
    with closing(open_client_files(folder / "work.db", folder / "replica.db", key)) as files:
        assert SettingStore(files.work).get("a") == "b"


SCENES = {
    scene.__name__: scene
    for scene in (kept_and_found, locked, lost, wrong, gone, profile_is_encrypted_and_opened_again)
}

if __name__ == "__main__":
    DAEMON = start_keyring()
    profile = Path(sys.argv[2])
    profile.mkdir()
    try:
        SCENES[sys.argv[1]](profile)
        print("as it should be", flush=True)
    finally:
        DAEMON.terminate()
        DAEMON.wait()
        sys.stdout.flush()
    os._exit(0)  # a call that a locked keychain never answered would keep it
