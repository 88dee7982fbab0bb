"""Where a profile keeps its files. One profile is one user of one workspace on this computer."""

from pathlib import Path
from typing import NamedTuple

import platformdirs

APPLICATION = "agent-desktop"


class Profile(NamedTuple):
    """The folder of a profile and what lies in it.

    `work_db` exists nowhere else; `replica_db` can be fetched again; `server_db` is there only with the embedded
    backend, whose authority it is.
    """

    folder: Path

    @property
    def work_db(self) -> Path:
        """Outbox, drafts and settings."""
        return self.folder / "work.db"

    @property
    def replica_db(self) -> Path:
        """The copy of the workspace."""
        return self.folder / "replica.db"

    @property
    def server_db(self) -> Path:
        """The embedded backend's file."""
        return self.folder / "server.db"

    @property
    def blobs(self) -> Path:
        """Attachments, raw mails and mail HTML."""
        return self.folder / "blobs"

    @property
    def logs(self) -> Path:
        """Log files."""
        return self.folder / "logs"

    @property
    def lock(self) -> Path:
        """The lock that keeps a second program out."""
        return self.folder / "profile.lock"

    @property
    def exists(self) -> bool:
        """Whether the profile was set up."""
        return self.work_db.exists()


def default_folder(name: str = "default") -> Path:
    """Where a profile of this name lies on this system."""
    return Path(platformdirs.user_data_path(APPLICATION, appauthor=False)) / name
