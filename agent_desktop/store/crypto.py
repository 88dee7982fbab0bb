"""The one place that knows SQLCipher: connections to SQLite files that are encrypted, or plain where there is no key.

SQLCipher's driver is a twin of the standard library's with classes of its own; here it is called by the types of that.
"""

import sqlite3
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from agent_desktop.store.data_key import DataKey

_DRIVER = "sqlcipher3.dbapi2"
HEADER = b"SQLite format 3\0"
"""The first bytes of every file that is not encrypted."""
_GUARDS = ("secure_delete = ON", "trusted_schema = OFF", "cell_size_check = ON")
"""What is deleted is overwritten, and what a file says of itself is not believed."""


def is_available() -> bool:
    """Whether this installation can encrypt."""
    return find_spec("sqlcipher3") is not None


def driver_of_key(key: DataKey | None) -> Any:
    """The module that opens files of this key."""
    return sqlite3 if key is None else import_module(_DRIVER)


def driver_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What a driver may raise, and others, for an `except`: SQLCipher's is among it once SQLCipher is loaded."""
    loaded = sys.modules.get(_DRIVER)
    return (sqlite3.Error, *others) if loaded is None else (sqlite3.Error, loaded.Error, *others)


def connect(path: Path, key: DataKey | None) -> sqlite3.Connection:
    """A connection that any thread may use, in autocommit. With a key, nothing but encrypted pages is written.

    Raises the driver's error when the file cannot be opened; a wrong key is only noticed by the first statement.
    """
    driver = driver_of_key(key)
    connection = driver.connect(path, check_same_thread=False, isolation_level=None)
    if key is not None:
        try:
            # It would tell standard error of each page that it cannot read.
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{database_key(key).hex()}'\"")
            for guard in _GUARDS:
                connection.execute(f"PRAGMA {guard}")
        except BaseException:
            connection.close()
            raise
    return cast(sqlite3.Connection, connection)


def database_key(key: DataKey) -> bytes:
    """What encrypts the pages of all databases of a profile; each file adds a salt of its own."""
    return key.derive("database")


def is_plain(path: Path) -> bool:
    """Whether the file is a database that anybody can read. One that is empty or not there is not."""
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except FileNotFoundError:
        return False


def export(path: Path, into: Path, key: DataKey, before: DataKey | None = None) -> None:
    """Write the content of a database, its journal included, to a new file that is encrypted with this key.

    `before` is the key of the database; None where it is plain.

    Both numbers that tell the schema come along. Raises the driver's errors.
    """
    plain = before is None
    connection = driver_of_key(key).connect(path, isolation_level=None) if plain else connect(path, before)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"ATTACH ? AS sealed KEY \"x'{database_key(key).hex()}'\"", (str(into),))
        connection.execute("SELECT sqlcipher_export('sealed')")
        for number in ("user_version", "application_id"):
            ((value,),) = connection.execute(f"PRAGMA main.{number}")
            connection.execute(f"PRAGMA sealed.{number} = {int(value)}")
        connection.execute("DETACH sealed")
    finally:
        connection.close()


def unread_pages(connection: sqlite3.Connection) -> list[str]:
    """What SQLCipher says of pages that are not as it wrote them; empty when all are."""
    return [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
