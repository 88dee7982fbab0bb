"""Takes files into the store that are to be sent, within the limits of the channel. Not for the GUI thread."""

from collections.abc import Callable
from pathlib import Path

from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.composer import ComposerService
from ui.models.attachments import checked_path, refuse_too_large


def attach_file(composer: ComposerService, path: Path, kind: ChannelKind | None) -> AttachmentFile:
    """Copy a local file; `kind` is None for a note. Raises InputError in words when it cannot be attached."""
    return composer.attach(checked_path(path, kind))


def attach_pasted(
    composer: ComposerService, name: str, content: Callable[[], bytes], kind: ChannelKind | None
) -> AttachmentFile:
    """Keep pasted content as a file. Raises InputError in words when it is too large."""
    file = composer.attach_content(name, content())
    refuse_too_large(file.name, file.media_type, file.size, kind)
    return file
