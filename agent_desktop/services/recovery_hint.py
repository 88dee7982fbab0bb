"""Whether to remind somebody of the recovery key: without a server that has the key, nothing else brings it back.

It is a hint, and no more: who puts it away twice is not told again, and who has seen the key neither.
"""

import os
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.services.profile_keys import ProfileKeys, Protection
from agent_desktop.services.settings import RECOVERY_HINT_PUT_AWAY, RECOVERY_KEY_SHOWN, SettingsService
from agent_desktop.store.disk import force

MOST_TIMES = 2


class RecoveryHint:
    """Of one open profile. `put_away` and `shown` write a setting: not for the GUI thread."""

    def __init__(self, settings: SettingsService, keys: ProfileKeys | None) -> None:
        self._settings = settings
        # Where the key is kept does not change while the profile is open; a server's escrow brings it back, too.
        encrypted = keys is not None and keys.protection in (Protection.KEYCHAIN, Protection.PASSPHRASE)
        self._matters = encrypted and keys is not None and not keys.server
        self._put_away = False

    @property
    def is_missing(self) -> bool:
        """Whether losing the keychain or the passphrase would lose the data, as far as is known here."""
        return self._matters and not self._settings.get(RECOVERY_KEY_SHOWN)

    @property
    def is_due(self) -> bool:
        """Whether to remind now."""
        often = self._settings.get(RECOVERY_HINT_PUT_AWAY) >= MOST_TIMES
        return self.is_missing and not self._put_away and not often

    def put_away(self) -> None:
        """Do not remind until the next start; after the second time, never."""
        self._put_away = True
        self._settings.set(RECOVERY_HINT_PUT_AWAY, self._settings.get(RECOVERY_HINT_PUT_AWAY) + 1)

    def shown(self) -> None:
        """The key was on the screen, or went into a file."""
        self._settings.set(RECOVERY_KEY_SHOWN, True)


def save_privately(place: Path, text: str) -> None:
    """Write a file that only this user of the computer may read. Raises StoreError in words."""
    try:
        place.unlink(missing_ok=True)  # its rights would stay what they were
        with os.fdopen(
            os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            force(file.fileno())
    except OSError as error:
        raise StoreError(
            "The file could not be written. Choose another place, or check that it has room.", str(error)
        ) from error
