"""Passing a message on to somebody else: what it says, who wrote it and its files, ready to be written about."""

from agent_desktop.domain.attachment_file import AttachmentFile
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.customer import Identity
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.message import Attachment, Direction, Message, MessageKind
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from agent_desktop.services.mail.names import clean_line
from agent_desktop.services.mail.subjects import without_answer_marks
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

BEGIN = "---------- Forwarded message ----------"
CUT = "[…] The rest is left out."
LONGEST_TEXT = 18_000
"""Characters of what is forwarded: there has to be room for what is said about it."""


class ForwardingService:
    """Makes the draft of a forward. It is sent as a reply with `forward`; the customer goes on waiting."""

    def __init__(
        self, database: Database, schema: ReplicaSchema, drafts: DraftService, clock: Clock, ids: IdSource
    ) -> None:
        self._database = database
        self._schema = schema
        self._drafts = drafts
        self._clock = clock
        self._ids = ids

    def begin(self, message_id: Id) -> Draft:
        """The draft of a forward, saved, with nobody to go to yet; what was written for another is kept beside it.

        Raises InputError for what must not or cannot be passed on.
        """
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            message = rows.get(Message, message_id)
            if message is None:
                raise InputError("This message is not here any more, so it cannot be forwarded.")
            if message.kind is not MessageKind.REPLY:
                raise InputError("Notes and events are for the team alone and cannot be forwarded.")
            conversation = survivor_of_conversation(rows, message.conversation_id)
            draft = Draft(
                conversation_id=conversation.id if conversation else message.conversation_id,
                kind=DraftKind.FORWARD,
                text=forwarded_text(rows, message),
                updated_at=self._clock.now(),
                subject=forwarded_subject(message, conversation),
                channel_id=_channel(rows, message, conversation),
                files=tuple(self._file(row) for row in rows.query(Attachment, message_id=message.id)),
                reply_id=self._ids.new(),
            )
        before = self._drafts.get(draft.conversation_id, DraftKind.FORWARD)
        if before is not None and _was_written(before):
            self._drafts.put_in_place(draft)
        else:
            self._drafts.save(draft)
        return draft

    def _file(self, row: Attachment) -> AttachmentFile:
        """The same content once more: only its hash travels."""
        return AttachmentFile(
            id=self._ids.new(), name=row.name, media_type=row.media_type, size=row.size, sha256=row.sha256
        )


def _was_written(draft: Draft) -> bool:
    """Whether somebody has said something about what is forwarded, or to whom it goes."""
    return not draft.text.lstrip().startswith(BEGIN) or bool(draft.to or draft.cc or draft.bcc)


def forwarded_subject(message: Message, conversation: Conversation | None) -> str:
    """The subject behind one "Fwd:"."""
    subject = message.subject or (conversation.subject if conversation else "")
    return f"Fwd: {without_answer_marks(clean_line(subject))}".strip()


def forwarded_text(rows: Rows, message: Message) -> str:
    """What is forwarded, below two lines for what is said about it."""
    at = message.created_at
    head = {
        "From": _sender(rows, message),
        "Date": f"{at.day} {at:%B %Y at %H:%M} UTC",
        "Subject": clean_line(message.subject),
        "To": clean_line(", ".join(message.to)),
        "Cc": clean_line(", ".join(message.cc)),
    }
    lines = "\n".join(f"{name}: {value}" for name, value in head.items() if value)
    said = "\n\n".join(part for part in (message.text.strip("\n"), message.quoted.strip("\n")) if part)
    if len(said) > LONGEST_TEXT:
        said = f"{said[:LONGEST_TEXT]}\n{CUT}"
    return f"\n\n{BEGIN}\n{lines}\n\n{said}"


def _sender(rows: Rows, message: Message) -> str:
    if message.sender:
        return clean_line(message.sender)
    name = clean_line(message.author_name)
    address = ""
    if message.direction is Direction.OUT:
        channel = rows.get(Channel, message.channel_id) if message.channel_id else None
        address = channel.address if channel else ""
    elif message.author_id:
        identities = rows.query(Identity, customer_id=message.author_id)
        address = next((row.address for row in identities if row.kind is ChannelKind.EMAIL), "")
    return f"{name} <{address}>" if name and address else name or address


def _channel(rows: Rows, message: Message, conversation: Conversation | None) -> Id | None:
    """The mailbox that it came to; another kind of channel forwards nothing, so that one has to be chosen."""
    for channel_id in (message.channel_id, conversation.channel_id if conversation else None):
        channel = rows.get(Channel, channel_id) if channel_id else None
        if channel is not None and channel.kind is ChannelKind.EMAIL:
            return channel.id
    return None
