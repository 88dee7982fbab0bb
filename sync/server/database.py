"""What the server needs of the database of its workspace, and what its processes say to each other."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from agent_desktop.store.data_key import DataKey
from agent_desktop.store.database import Database, Durability, Statements, is_environment

LONGEST_TEXT = 4_000
"""So many characters may be told at once: PostgreSQL's NOTIFY carries 8,000 bytes."""


ANY_VERSION = "any"
"""The version of a transaction that loads rows which have their versions already."""


class Topic(StrEnum):
    """What is told to other processes."""

    COMMIT = "commit"
    """The version that was committed. Also told after a time in which nothing could be heard."""
    PRESENCE = "presence"
    """Somebody does something in a conversation; the text is up to who sends it."""
    SESSIONS = "sessions"
    """A device was signed out or a user disabled: look again."""


Listener = Callable[[str], None]
"""Is called on any thread and must return at once."""


class Peers(Protocol):
    """The other processes that serve the same workspace. What is told may be lost: nothing may depend on it."""

    def tell(self, topic: Topic, text: str, connection: Statements | None = None) -> None:
        """Tell all others; within a transaction of `connection`, once that is committed. Does not fail otherwise."""
        ...

    def hear(self, topic: Topic, listener: Listener) -> None:
        """Call `listener` with what others tell."""
        ...


class NoPeers:
    """This process is alone."""

    def tell(self, topic: Topic, text: str, connection: Statements | None = None) -> None:
        """Nobody is there."""

    def hear(self, topic: Topic, listener: Listener) -> None:
        """Nobody will speak."""


class ServerDatabase(Protocol):
    """The database of one workspace. Its errors come as StoreError where the environment is to blame."""

    peers: Peers

    def read(self) -> AbstractContextManager[Statements]:
        """A connection for queries. Each statement sees the last commit."""
        ...

    def snapshot(self) -> AbstractContextManager[Statements]:
        """A connection for queries that all see the same commit."""
        ...

    def write(self) -> AbstractContextManager[Statements]:
        """The one writing transaction of the workspace: others wait until it is over."""
        ...

    def begin_version(self, connection: Statements, version: str) -> None:
        """From here on the transaction writes rows of this version, and no others; or of ANY_VERSION."""
        ...

    def forget_deleted(self) -> None:
        """See to it that what was deleted cannot be read from the files of the database any more, as far as that is in
        our hands.
        """
        ...

    def is_environment(self, error: BaseException) -> bool:
        """Whether the disk, the network or the load, and not what was asked for, is to blame."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class SqliteServerDatabase(Database):
    """A workspace in one file, served by this process alone."""

    cache_kibibytes = 2_048
    """Changes and what is new are asked for, once each; more would be memory of a window that shows nothing of it."""

    def __init__(
        self, path: Path, durability: Durability = Durability.FULL, key: DataKey | None = None
    ) -> None:
        super().__init__(path, durability, key)
        self.peers: Peers = NoPeers()

    def begin_version(self, connection: Statements, version: str) -> None:
        """Nobody else writes to the file."""

    def is_environment(self, error: BaseException) -> bool:
        """Whether the disk or its file is to blame."""
        return is_environment(error)
