"""Gives a profile a new key: before anything of it is open, and on from wherever it was broken off."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from agent_desktop.domain.errors import StoreError
from agent_desktop.profile import Profile
from agent_desktop.services.settings import RECOVERY_HINT_PUT_AWAY, RECOVERY_KEY_SHOWN
from agent_desktop.store import rekeying
from agent_desktop.store.crypto import connect, driver_errors
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.rekeying import Progress

if TYPE_CHECKING:
    from agent_desktop.services.vault import Vault

SERVER_KEY = "server.key"
"""The setting that has the key of the embedded server where it does not follow from that of the profile any more."""
RENEWED = (
    "This profile has a new key. The recovery key of before opens nothing any more: write the new one down, on the page"
    " Security of the settings."
)


def begin(profile: Profile, vault: "Vault", key: DataKey, passphrase: str, progress: Progress) -> DataKey:
    """Make a new key and write the databases anew with it; from then on it is the one that counts.

    Raises KeyProblem and StoreError: the key of now stays then, and everything is as it was.
    """
    databases = _databases(profile)
    new, note = vault.prepare_renewal(key, passphrase)
    rekeying.prepare(databases, key, new, progress)
    try:
        _adjust(profile, key, new)
        vault.begin_renewal(note)
    except driver_errors(OSError, StoreError) as error:
        # Once one of the two notes is written, the new key counts: to go back would lose what is written from now on.
        if vault.note != note:
            rekeying.forget(databases)
            raise StoreError(rekeying.NOT_PREPARED, str(error)) from error
    return new


def finish(profile: Profile, vault: "Vault", key: DataKey, progress: Progress) -> bool:
    """Write anew whatever is left under the key of before; False when there was nothing to do.

    Raises StoreError when there is no room: the next start goes on.
    """
    databases = _databases(profile)
    before = vault.former(key)
    if before is None:
        rekeying.forget(databases)
        return False
    try:
        rekeying.put_in_place(databases)
        rekeying.change_left_over(profile.folder, databases, before, key)
        for left in rekeying.seal_anew(profile.blobs, before, key):
            if left % _TOLD_EVERY == 0:
                progress(f"Writing files anew: {left:,} left")
    except (OSError, StoreError) as error:
        raise StoreError(
            "The profile could not be written anew with its new key. Nothing was lost: free some space and start Agent"
            " Desktop again, which goes on.",
            str(error),
        ) from error
    vault.end_renewal()
    return True


_TOLD_EVERY = 50


def _databases(profile: Profile) -> list[Path]:
    return [path for path in (profile.replica_db, profile.server_db, profile.work_db) if path.exists()]


def _adjust(profile: Profile, before: DataKey, key: DataKey) -> None:
    """What else follows from the key, in the work file that is new: the embedded server's stays, and the hint about the
    recovery key comes again.
    """
    with closing(connect(rekeying.beside(profile.work_db), key)) as connection:
        connection.execute(
            "DELETE FROM setting WHERE name IN (?, ?)", (RECOVERY_KEY_SHOWN.name, RECOVERY_HINT_PUT_AWAY.name)
        )
        if profile.server_db.exists():
            connection.execute(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                (SERVER_KEY, json.dumps(before.derive("server").hex())),
            )
