"""By what mails know each other: numbers that stand for Message-IDs, which may be longer than an index takes."""

from collections.abc import Iterable

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.customer import normalise_address
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.mail.numbers import number_of, number_of_id
from agent_desktop.store.database import Statements
from sync.server.many import AMONG, Among, Target, store_all

_REFERENCES = Target(
    "mail_reference", ("number", "message_id"), "ON CONFLICT (number, message_id) DO NOTHING"
)
_FORGET = f"DELETE FROM mail_reference WHERE message_id {AMONG}"  # noqa: S608 - from code


def reference_number(message_id: str) -> str:
    """What stands for a Message-ID."""
    return f"{number_of_id(message_id):032x}"


def sender_number(address: str) -> str:
    """What stands for the address of a sender, where it need not be readable."""
    normalised = normalise_address(ChannelKind.EMAIL, address)
    return f"{number_of(normalised.encode('utf-8', 'replace')):032x}"


def note_references(connection: Statements, numbers: Iterable[tuple[str, Id]]) -> None:
    """Note that messages name, or are called, what these numbers stand for."""
    store_all(connection, _REFERENCES, list(dict.fromkeys(numbers)))


def follow_references(connection: Statements, changes: ChangeSet) -> None:
    """Note what new messages are called, imported ones too, and forget those that are gone."""
    new, gone = [], []
    for change in changes.of(Message):
        if change.new is None:
            gone.append(change.id)
        elif change.old is None and change.new.external_id:
            new.append((reference_number(change.new.external_id), change.id))
    note_references(connection, new)
    if gone:
        connection.execute(_FORGET, (Among(gone),))
