"""What is kept of a mail besides its words: whom it was written to, and its files, in the store of files."""

from collections.abc import Callable, Iterable
from typing import Final

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.mail.addresses import Address
from agent_desktop.services.mail.content import ParsedAttachment
from agent_desktop.services.outside_text import clean, one_line

MOST_RECIPIENTS: Final = 100
NO_SUBJECT: Final = "(no subject)"
LONGEST_SUBJECT: Final = 200

PutBlob = Callable[[bytes], str]
"""Stores the content of a file; its SHA-256."""


def imported_mail_id(key: int) -> Id:
    """The id of the message that a mail becomes when it is imported."""
    return derived_id(EPOCH, "import", "mail", f"{key:032x}")


def address_texts(listed: Iterable[Address]) -> tuple[str, ...]:
    """The addresses alone, as far as there are not too many."""
    return tuple(clean(one.address) for one in listed if one.address)[:MOST_RECIPIENTS]


def address_text(one: Address) -> str:
    """Name and address as they are shown: "Name <address>", or the one that there is."""
    name, address = one_line(clean(one.name), 200), clean(one.address)
    return f"{name} <{address}>" if name and address and name != address else address or name


def attachment_ids(message_id: Id, count: int) -> list[Id]:
    """The ids of files that come with a message: the same each time, and sorted, as the files are shown by them."""
    return sorted(derived_id(EPOCH, "import", "attachment", message_id, str(place)) for place in range(count))


def stored_files(
    message_id: Id, attachments: Iterable[ParsedAttachment], put: PutBlob
) -> tuple[AttachmentFile, ...]:
    """The attachments of a mail, their content stored. Their ids follow from the message, in the mail's order."""
    attachments = list(attachments)
    ids = attachment_ids(message_id, len(attachments))
    return tuple(
        AttachmentFile(
            id=ids[place],
            name=one_line(clean(file.name), 200) or f"attachment {place + 1}",
            media_type=one_line(clean(file.media_type), 100),
            size=len(file.content),
            sha256=put(file.content),
            content_id=one_line(clean(file.content_id), 200),
            inline=file.inline,
        )
        for place, file in enumerate(attachments)
    )
