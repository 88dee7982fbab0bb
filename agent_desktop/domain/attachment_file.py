"""A file that goes with a message, before there is one: drafts hold it, too."""

from dataclasses import dataclass

from agent_desktop.domain.ids import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFile:
    """A file named by an operation before there is a row for it. `size` is in bytes."""

    id: Id
    name: str
    media_type: str
    size: int
    sha256: str
    content_id: str = ""
    inline: bool = False
