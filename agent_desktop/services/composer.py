"""Writing to a customer: where to, with what limits and values, and the sending itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agent_desktop.domain.channels import LIMITS, ChannelLimits, problems, reached_by, recipient_problems
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.customer import Customer, Identity, survivor_of
from agent_desktop.domain.errors import InputError, Reason, Rejected
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.mentions import find_mentions
from agent_desktop.domain.message import Attachment, AttachmentFile, Message
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.domain.operations.knowledge import CountCannedResponse
from agent_desktop.domain.operations.message import AddNote, CancelReply, CheckDelivery, ReleaseReply, Reply
from agent_desktop.domain.placeholders import find_placeholders
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.services.apply import Applied, Apply
from agent_desktop.services.directory import Directory
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from agent_desktop.services.media_types import media_type_of
from agent_desktop.services.recipients import UNKNOWN_ANSWER, Answer, answer_to
from agent_desktop.services.settings import AS_WORKSPACE, UNDO_SECONDS, SettingsService
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

UNDO_GRACE_SECONDS = 2
SENT_ALREADY = "This was sent already, perhaps from another of your devices, so it was not sent again."


class ComposeProblem(InputError):
    """Why something cannot be sent as it is. Nothing was sent and the text is where it was."""


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A channel on which this customer can be reached, with the addresses there; of mail, whom an answer goes to."""

    channel: Channel
    to: tuple[str, ...]
    limits: ChannelLimits
    last_in_at: datetime | None
    answer: Answer = UNKNOWN_ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A reply as it was written. `seen_in` and `seen_out` are the last messages its author had before them.

    `forward`: it goes to somebody else than the customer, who goes on waiting.
    """

    conversation_id: Id
    channel_id: Id
    text: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    files: tuple[AttachmentFile, ...] = ()
    canned_ids: tuple[Id, ...] = ()
    reply_id: Id = ""
    seen_in: Id | None = None
    seen_out: Id | None = None
    then: Status | None = None
    send_at: datetime | None = None
    forward: bool = False


class ComposerService:
    """Sends replies and notes. What is sent is checked here first, offline too."""

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        directory: Directory,
        drafts: DraftService,
        blobs: BlobStore,
        settings: SettingsService,
        apply: Apply,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._database = database
        self._schema = schema
        self._directory = directory
        self._drafts = drafts
        self._blobs = blobs
        self._settings = settings
        self._apply = apply
        self._clock = clock
        self._ids = ids

    # ----- what there is to choose from

    def channels(self, conversation_id: Id) -> tuple[ChannelChoice, ...]:
        """Channels that reach this customer: the conversation's own first, then others by name."""
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            conversation = rows.get(Conversation, conversation_id)
            if conversation is None:
                return ()
            customer = survivor_of(rows, conversation.customer_id)
            ids = {conversation.customer_id, *([customer.id] if customer else [])}
            identities = [row for row_id in sorted(ids) for row in rows.query(Identity, customer_id=row_id)]
            last_in, last_out = (
                rows.get(Message, row_id) if row_id else None
                for row_id in (conversation.last_in_id, conversation.last_out_id)
            )
        ours = [channel.address for channel in self._directory.channels()]
        choices = []
        for channel in self._directory.channels():
            own = channel.id == conversation.channel_id
            to = _addresses(channel.kind, identities)
            limits = LIMITS[channel.kind]
            if own or (to and limits.may_start):
                last_in_at = conversation.last_in_at if own else None
                mail = channel.kind is ChannelKind.EMAIL
                answer = answer_to(last_in, last_out, to, ours) if mail else UNKNOWN_ANSWER
                choices.append(
                    (not own, channel.name, ChannelChoice(channel, to, limits, last_in_at, answer))
                )
        return tuple(choice for _, _, choice in sorted(choices, key=lambda item: item[:2]))

    def mail_channels(self) -> tuple[ChannelChoice, ...]:
        """The channels on which a mail can go to anybody, by name."""
        found = [channel for channel in self._directory.channels() if channel.kind is ChannelKind.EMAIL]
        limits = LIMITS[ChannelKind.EMAIL]
        return tuple(
            ChannelChoice(channel, (), limits, None)
            for channel in sorted(found, key=lambda channel: channel.name)
        )

    def values(self, conversation_id: Id) -> Mapping[str, str]:
        """What the placeholders of canned responses stand for in this conversation."""
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            conversation = rows.get(Conversation, conversation_id)
            customer = survivor_of(rows, conversation.customer_id) if conversation else None
            identities = rows.query(Identity, customer_id=customer.id) if customer else []
        address = next(iter(_addresses(ChannelKind.EMAIL, identities)), "")
        values = self.general_values(customer, address, conversation.channel_id if conversation else None)
        return {
            **values,
            "conversation.number": str(conversation.number) if conversation and conversation.number else "",
            "conversation.subject": conversation.subject if conversation else "",
        }

    def general_values(
        self, customer: Customer | None, address: str, channel_id: Id | None
    ) -> Mapping[str, str]:
        """What placeholders stand for that say nothing of a conversation."""
        me, now = self._directory.me, self._clock.now().astimezone()
        channel = self._directory.channel(channel_id) if channel_id else None
        return {
            "customer.name": customer.name if customer else "",
            "customer.first_name": customer.first_name if customer else "",
            "customer.email": address,
            "agent.name": me.name,
            "agent.first_name": me.first_name,
            "agent.signature": me.signature,
            "channel.name": channel.name if channel else "",
            "workspace.name": self._directory.workspace_name,
            "today": f"{now.day} {now:%B %Y}",
        }

    def attach(self, source: Path) -> AttachmentFile:
        """Copy a file into the store at once, for it may be gone before the reply leaves."""
        sha256, size = self._blobs.take_file(source)
        return self._file(source.name, sha256, size)

    def attach_content(self, name: str, content: bytes) -> AttachmentFile:
        """Keep pasted content as a file."""
        return self._file(name, self._blobs.take(content), len(content))

    def _file(self, name: str, sha256: str, size: int) -> AttachmentFile:
        media_type = media_type_of(name)
        return AttachmentFile(id=self._ids.new(), name=name, media_type=media_type, size=size, sha256=sha256)

    # ----- sending

    def check(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Why this cannot be sent as it is, a sentence each; empty when it can."""
        found = list(content_problems(outgoing.text, outgoing.files))
        channel = self._directory.channel(outgoing.channel_id)
        if channel is None:
            found.append("Choose a channel to send this on.")
        else:
            last_in_at, leaves = self._last_in_at(outgoing), outgoing.send_at or self._clock.now()
            found += problems(channel.kind, outgoing.text, outgoing.files, last_in_at, leaves)
            if channel.kind is ChannelKind.EMAIL and not outgoing.to:
                found.append("There is no e-mail address in To. Add one, or choose another channel.")
            else:
                found += recipient_problems(channel.kind, outgoing.to, outgoing.cc, outgoing.bcc)
        return tuple(found)

    def _last_in_at(self, outgoing: Outgoing) -> datetime | None:
        with self._database.read() as connection:
            conversation = SqlRows(connection, self._schema.tables).get(
                Conversation, outgoing.conversation_id
            )
        own = conversation is not None and conversation.channel_id == outgoing.channel_id
        return conversation.last_in_at if conversation and own else None

    def send(self, outgoing: Outgoing) -> Applied:
        """Send a reply, and set the status that was chosen with it, as one action; the draft goes.

        Raises ComposeProblem when it cannot be sent as it is; then nothing was done.
        """
        found = self.check(outgoing)
        if found:
            raise ComposeProblem(" ".join(found))
        reply = Reply(
            conversation_id=outgoing.conversation_id,
            message_id=outgoing.reply_id or self._ids.new(),
            channel_id=outgoing.channel_id,
            text=outgoing.text,
            subject=outgoing.subject,
            to=outgoing.to,
            cc=outgoing.cc,
            bcc=outgoing.bcc,
            files=outgoing.files,
            seen_in=outgoing.seen_in,
            seen_out=outgoing.seen_out,
            undo_seconds=self.kept_back_seconds,
            send_at=outgoing.send_at,
            forward=outgoing.forward,
        )
        kind = DraftKind.FORWARD if outgoing.forward else DraftKind.REPLY
        payloads: list[Record] = [reply]
        if outgoing.then is not None:
            payloads.append(
                SetStatus(
                    conversation_id=outgoing.conversation_id,
                    status=outgoing.then,
                    check_seen=True,
                    seen_in=outgoing.seen_in,
                )
            )
        payloads += self.used(outgoing.canned_ids)
        try:
            return self._apply_and_clear(payloads, outgoing.conversation_id, kind)
        except Rejected as verdict:
            if verdict.reason is Reason.EXISTS:
                raise ComposeProblem(self._after_refusal(outgoing, kind)) from verdict
            # The reply goes by its own rule (it is held); only the status does not change.
            if verdict.reason is not Reason.CUSTOMER_WROTE_AGAIN:
                raise
            return self._apply_and_clear([reply], outgoing.conversation_id, kind)

    def _after_refusal(self, outgoing: Outgoing, kind: DraftKind) -> str:
        """A draft that was sent is none any more; what was written since is another one. What to say of it."""
        with self._database.read() as connection:
            sent = SqlRows(connection, self._schema.tables).get(Message, outgoing.reply_id)
        draft = self._drafts.get(outgoing.conversation_id, kind)
        if draft is None or sent is None or sent.text == outgoing.text:
            self._drafts.delete(outgoing.conversation_id, kind)
            return SENT_ALREADY
        self._drafts.save(replace(draft, reply_id=self._ids.new()))
        return f"{SENT_ALREADY} What you have changed since is kept: send it again if it is to go, too."

    def _apply_and_clear(self, payloads: list[Record], conversation_id: Id, kind: DraftKind) -> Applied:
        """What is sent leaves the draft in the same transaction: it is never in both places, or in none."""
        applied = self._apply(*payloads, beside=lambda: self._drafts.clear(conversation_id, kind))
        self._drafts.tell(conversation_id)
        return applied

    @property
    def undo_seconds(self) -> int:
        """How long undoing a reply is offered: as its author chose, or else the workspace."""
        own = self._settings.get(UNDO_SECONDS)
        return self._directory.policy.undo_seconds if own == AS_WORKSPACE else own

    @property
    def kept_back_seconds(self) -> int:
        """How long the reply is kept back: a little longer than undoing is offered, so that it comes in time."""
        offered = self.undo_seconds
        return offered + UNDO_GRACE_SECONDS if offered else 0

    def used(self, canned_ids: tuple[Id, ...]) -> list[CountCannedResponse]:
        """What counts that canned responses were sent, as far as there still are such."""
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            known = [row_id for row_id in dict.fromkeys(canned_ids) if rows.get(CannedResponse, row_id)]
        return [CountCannedResponse(canned_response_id=row_id) for row_id in known]

    def note(self, conversation_id: Id, text: str, files: tuple[AttachmentFile, ...] = ()) -> Applied:
        """Add an internal note; users named with @ are asked for. Raises ComposeProblem when it is empty."""
        if not text.strip() and not files:
            raise ComposeProblem("There is nothing to note yet.")
        note = AddNote(
            conversation_id=conversation_id,
            message_id=self._ids.new(),
            text=text,
            files=files,
            mentioned_ids=tuple(
                dict.fromkeys(item.user_id for item in find_mentions(text, self._directory.users()))
            ),
        )
        return self._apply_and_clear([note], conversation_id, DraftKind.NOTE)

    # ----- afterwards

    def call_back(self, message_id: Id) -> Draft | None:
        """Take back a reply that has not left; its text is the draft again, before what was written since.

        Raises Rejected when it was sent already.
        """
        with self._database.read() as connection:
            message = SqlRows(connection, self._schema.tables).get(Message, message_id)
        if message is None:
            return None
        self._apply(CancelReply(conversation_id=message.conversation_id, message_id=message_id))
        return self._back_to_draft(message)

    def copy_to(self, message_id: Id, to: tuple[str, ...]) -> Draft | None:
        """Make what was sent a draft once more, to others. What is being written is kept beside it."""
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            message = rows.get(Message, message_id)
            here = survivor_of_conversation(rows, message.conversation_id) if message else None
        if message is None or here is None:
            return None
        draft = replace(self.draft_of(message), conversation_id=here.id, kind=DraftKind.REPLY)
        draft = replace(draft, to=to, cc=(), bcc=())
        self._drafts.put_in_place(draft)
        return draft

    def _back_to_draft(self, message: Message) -> Draft:
        return self._put_back(self.draft_of(message))

    def draft_of(self, message: Message) -> Draft:
        """What was sent, as a draft in its conversation. It is kept nowhere yet."""
        with self._database.read() as connection:
            attachments = SqlRows(connection, self._schema.tables).query(Attachment, message_id=message.id)
        files = tuple(
            AttachmentFile(
                id=self._ids.new(), name=row.name, media_type=row.media_type, size=row.size, sha256=row.sha256
            )
            for row in attachments
        )
        return Draft(
            conversation_id=message.conversation_id,
            kind=DraftKind.FORWARD if message.forwarded else DraftKind.REPLY,
            text=message.text,
            updated_at=self._clock.now(),
            subject=message.subject,
            channel_id=message.channel_id,
            to=message.to,
            cc=message.cc,
            bcc=message.bcc,
            addressed=True,
            files=files,
            reply_id=self._ids.new(),
        )

    def write_again(self, written: Reply | AddNote) -> Draft:
        """Make a refused reply or note the draft again, before what was written since."""
        blank = Draft(
            conversation_id=written.conversation_id,
            kind=DraftKind.NOTE,
            text=written.text,
            updated_at=self._clock.now(),
            files=tuple(replace(file, id=self._ids.new()) for file in written.files),
        )
        if isinstance(written, AddNote):
            return self._put_back(blank)
        return self._put_back(
            replace(
                blank,
                kind=DraftKind.FORWARD if written.forward else DraftKind.REPLY,
                subject=written.subject,
                channel_id=written.channel_id,
                to=written.to,
                cc=written.cc,
                bcc=written.bcc,
                addressed=True,
                reply_id=self._ids.new(),
            )
        )

    def _put_back(self, draft: Draft) -> Draft:
        """Save it as the draft of its conversation; what stands there already follows it."""
        present = self._drafts.get(draft.conversation_id, draft.kind)
        written_since = f"\n\n{present.text}" if present and present.text.strip() else ""
        whole = replace(
            draft,
            text=draft.text + written_since,
            files=draft.files + (present.files if present else ()),
            caret=len(draft.text),
        )
        self._drafts.save(whole)
        return whole

    def send_again(self, message_id: Id, seen_in: Id | None, seen_out: Id | None) -> Applied:
        """Send a held, failed or unknown reply as it is, having seen what is new."""
        with self._database.read() as connection:
            message = SqlRows(connection, self._schema.tables).get(Message, message_id)
        if message is None:
            raise Rejected(Reason.GONE, "message")
        return self._apply(
            ReleaseReply(
                conversation_id=message.conversation_id,
                message_id=message_id,
                seen_in=seen_in,
                seen_out=seen_out,
            )
        )

    def ask_about(self, message_id: Id) -> Applied:
        """Have the channel asked whether a reply has arrived of which nobody knows."""
        with self._database.read() as connection:
            message = SqlRows(connection, self._schema.tables).get(Message, message_id)
        if message is None:
            raise Rejected(Reason.GONE, "message")
        return self._apply(CheckDelivery(conversation_id=message.conversation_id, message_id=message_id))

    def discard(self, message_id: Id) -> Applied:
        """Give up a reply that has not left. Its text stays in the timeline as called back."""
        with self._database.read() as connection:
            message = SqlRows(connection, self._schema.tables).get(Message, message_id)
        if message is None:
            raise Rejected(Reason.GONE, "message")
        return self._apply(CancelReply(conversation_id=message.conversation_id, message_id=message_id))


def content_problems(text: str, files: tuple[AttachmentFile, ...]) -> tuple[str, ...]:
    """What is missing in something that is to be sent, whatever channel it goes by, a sentence each."""
    found = [] if text.strip() or files else ["There is nothing to send yet."]
    unresolved = [text[item.start : item.end] for item in find_placeholders(text)]
    if unresolved:
        found.append(f"Fill in {', '.join(dict.fromkeys(unresolved))} before sending.")
    return tuple(found)


def _addresses(kind: ChannelKind, identities: list[Identity]) -> tuple[str, ...]:
    found = [row for wanted in reached_by(kind) for row in identities if row.kind is wanted]
    return tuple(dict.fromkeys(row.display or row.address for row in found))
