"""Icons, style sheet, sounds, translations and demo material, read from wherever the program is installed."""

from pathlib import Path

_FOLDER = Path(__file__).parent


def read_bytes(path: str) -> bytes:
    """The content of a resource, named relative to this package (`icons/inbox.svg`)."""
    return (_FOLDER / path).read_bytes()


def read_text(path: str) -> str:
    """The content of a UTF-8 text resource."""
    return (_FOLDER / path).read_text(encoding="utf-8")


def file_path(path: str) -> str:
    """Where a resource lies as a file, with forward slashes: for Qt, which opens some files itself."""
    return (_FOLDER / path).as_posix()
