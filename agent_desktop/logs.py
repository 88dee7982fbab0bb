"""What the program logs: ids, numbers and places in the code, never anything that a person wrote.

An exception is told by its type and the places it passed. Its message is left out: those of databases, codecs and
parsers quote the values that they were given.
"""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

FILE = "agent-desktop.log"
LARGEST_FILE = 1_000_000
"""Bytes; one that is larger is set aside at the next start, where it replaces the one before."""


class Told(NamedTuple):
    """An exception without its message. `causes` are the types that led to it, the nearest first."""

    kind: str
    places: tuple[str, ...]
    causes: tuple[str, ...]

    def __str__(self) -> str:
        """In lines, for people."""
        lines = [self.kind, *(f"  caused by {cause}" for cause in self.causes)]
        return "\n".join((*lines, *(f"  at {place}" for place in self.places)))


def told(error: BaseException) -> Told:
    """What may be said of an exception."""
    frames = traceback.extract_tb(error.__traceback__)
    return Told(
        kind=_name(error),
        # The folders above would tell the name of whoever is signed in at the computer.
        places=tuple(
            f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames
        ),
        causes=tuple(_name(cause) for cause in _causes(error)),
    )


def words(record: logging.LogRecord) -> str:
    """The message of a record. Of errors among its arguments only the type is told, not what they say."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            type(item).__name__ if isinstance(item, BaseException) else item for item in record.args
        )
    return record.getMessage()


class Lines(logging.Formatter):
    """Makes the lines of a record for people."""

    def format(self, record: logging.LogRecord) -> str:
        """When, how bad, where and what."""
        text = f"{self.formatTime(record)} {record.levelname} {record.name} {words(record)}"
        if record.exc_info and record.exc_info[1] is not None:
            text = f"{text}\n{told(record.exc_info[1])}"
        return text


def set_up(level: int = logging.WARNING) -> None:
    """Send what this process logs to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler])


@contextmanager
def kept_in(folder: Path) -> Iterator[Callable[[], None]]:
    """Meanwhile, also keep what is logged in a file of this folder. Without one the program goes on.

    What is given ends it before its time, on any thread.
    """
    try:
        handler = logging.FileHandler(_file(folder), encoding="utf-8", errors="backslashreplace", delay=True)
    except OSError:
        yield lambda: None
        return
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.addHandler(handler)

    def end() -> None:
        root.removeHandler(handler)
        handler.close()

    try:
        yield end
    finally:
        end()


def _file(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    if file.exists() and file.stat().st_size > LARGEST_FILE:
        file.replace(file.with_suffix(".old.log"))
    return file


def _causes(error: BaseException) -> list[BaseException]:
    """What led to an error, the nearest first. Some errors are their own cause."""
    chain = [error]
    while chain[-1].__cause__ is not None and chain[-1].__cause__ not in chain:
        chain.append(chain[-1].__cause__)
    return chain[1:]


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"
