"""Which files may be attached, and which are not opened without asking. Free of Qt."""

import mimetypes
from pathlib import Path

from agent_desktop.domain.channels import LIMITS, MEGABYTE, problems
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.workspace import ChannelKind

LARGEST = max(limits.maximum_file_bytes for limits in LIMITS.values())
"""What is too large for every channel is too large for a note."""

# What a double click would run, install, or open in a program that runs what is in it.
_DANGEROUS = frozenset(
    "action app apk appimage application bash bat cmd com command cpl csh deb desktop dll dmg docm dotm exe fish"
    " gadget hta htm html inf ins iso img jar js jse jnlp ksh lnk mht mhtml msc msi msix msp mst ocx osx pif pkg"
    " potm ppam pptm"
    " prf ps1 psc1 py pyc pyw rb reg rpm rtf run scf scpt scr sct settingcontent-ms sh shb slk svg sys terminal tool"
    " url vb vbe vbs vhd vhdx webloc workflow wsc wsf wsh xlam xll xlsb xlsm xltm xhtml zsh".split()
)


def is_dangerous(name: str) -> bool:
    """Whether opening a file of this name may run something. A name without an ending may be anything."""
    ending = Path(name.rstrip(". ")).suffix.lower().removeprefix(".")
    return not ending or ending in _DANGEROUS


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
    refuse_too_large(path.name, mimetypes.guess_type(path.name)[0] or "", size, kind)
    return path


def refuse_too_large(name: str, media_type: str, size: int, kind: ChannelKind | None) -> None:
    """Raise InputError in words when a file is larger than the channel takes (None: than any channel takes)."""
    if kind is None:
        if size > LARGEST:
            raise InputError(
                f"“{name}” is {size / MEGABYTE:.1f} MB; files may have up to {LARGEST // MEGABYTE} MB."
            )
        return
    file = AttachmentFile(id="", name=name, media_type=media_type, size=size, sha256="")
    without = problems(kind, "", (), EPOCH, EPOCH)
    found = [sentence for sentence in problems(kind, "", (file,), EPOCH, EPOCH) if sentence not in without]
    if found:
        raise InputError(found[0])
