"""Which files may be attached. Free of Qt."""

from pathlib import Path

from agent_desktop.domain.channels import LARGEST_FILE, MEGABYTE, problems
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.media_types import media_type_of


def checked_path(path: Path, kind: ChannelKind | None) -> Path:
    """The path of a file that may be attached. Raises InputError in words for folders, links and what is too large."""
    if path.is_symlink():
        raise InputError(f"“{path.name}” is only a link to another file. Attach that file itself.")
    if path.is_dir():
        raise InputError(f"“{path.name}” is a folder. Attach the files in it, or pack it into one file.")
    if not path.is_file():
        raise InputError(f"“{path.name}” is not there any more, so it was not attached.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"“{path.name}” could not be read, so it was not attached.", str(error)) from error
    refuse_too_large(path.name, media_type_of(path.name), size, kind)
    return path


def refuse_too_large(name: str, media_type: str, size: int, kind: ChannelKind | None) -> None:
    """Raise InputError in words when a file is larger than the channel takes (None: than any channel takes)."""
    if kind is None:
        if size > LARGEST_FILE:
            raise InputError(
                f"“{name}” is {size / MEGABYTE:.1f} MB; files may have up to {LARGEST_FILE // MEGABYTE} MB."
            )
        return
    file = AttachmentFile(id="", name=name, media_type=media_type, size=size, sha256="")
    without = problems(kind, "", (), EPOCH, EPOCH)
    found = [sentence for sentence in problems(kind, "", (file,), EPOCH, EPOCH) if sentence not in without]
    if found:
        raise InputError(found[0])
