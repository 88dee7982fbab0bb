"""What a window needs to get at the key of a profile: asked before there is anything else of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent_desktop.store.key_file import Protection

__all__ = ["ProfileKeys", "Protection"]


class ProfileKeys(Protocol):
    """The key of one profile. All calls may take long and raise KeyProblem or InputError in words."""

    progress: Callable[[str], None]
    """Told what takes long, on any thread: set by who shows it."""
    let_go: Callable[[], object]
    """Closes what the program keeps open in the profile's folder: Windows removes and renames nothing that is open."""

    @property
    def server(self) -> str:
        """The address of the server that has the key in escrow; empty where there is none."""
        ...

    @property
    def protection(self) -> Protection | None:
        """How the key is kept; None while nothing was decided."""
        ...

    def type_passphrase(self, text: str) -> None:
        """Use this when the profile is opened next."""
        ...

    def decide(self, protection: Protection, passphrase: str = "") -> None:
        """Keep the key in this way from now on; where there is none yet, make one, or none."""
        ...

    def use_recovery_key(self, text: str) -> None:
        """Take the key from what was written down, and keep it here again."""
        ...

    def sign_in(self, email: str, password: str, code: str = "") -> None:
        """Take the key from the server's escrow, and keep it here again; the lease begins anew."""
        ...

    def sign_in_with_browser(self, email: str, open_page: Callable[[str], object]) -> None:
        """The same in the browser: waits for the person, two minutes at most. `open_page` is given what to open, on the
        thread of this call.
        """
        ...

    def cancel_sign_in(self) -> None:
        """Let `sign_in_with_browser` end, from another thread."""
        ...

    @property
    def is_wiping(self) -> bool:
        """Whether the profile is being removed."""
        ...

    def finish_wipe(self) -> None:
        """Remove the files of the profile, which nobody may have open, and tell the server."""
        ...

    def put_aside(self) -> Path:
        """Rename the folder of the profile, so that a new one can be made; where everything is now."""
        ...

    @property
    def is_renewing(self) -> bool:
        """Whether the profile gets a new key at its next start."""
        ...

    def renew(self) -> None:
        """Have the profile get a new key at its next start, when nothing of it is open."""
        ...

    @property
    def recovery_key(self) -> str:
        """The key as it can be written down; empty while it is not at hand."""
        ...
