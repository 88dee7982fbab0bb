"""Hands what was written to the services, in words and values that the composer shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.placeholders import render
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.apply import Applied
from agent_desktop.services.composer import ChannelChoice, Outgoing
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.recipients import Recipients
from agent_desktop.services.settings import SIGNATURE
from ui.models.local_time import local_zone, time_words
from ui.tasks import Failed
from ui.viewmodels.draft_book import DraftBook, DraftKey

if TYPE_CHECKING:
    from agent_desktop.context import Desk


_APART = "\n\n"
FORWARDED = "---------- Forwarded message ----------"
"""Where what is forwarded begins; a test holds it to what the service writes, which is not loaded for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a conversation stands before the eyes of its reader: what was shown last, and how a reply is headed."""

    seen_in: Id | None = None
    seen_out: Id | None = None
    subject: str = ""
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReply:
    """A reply on its way, which can still be called back for `undo_seconds`."""

    conversation_id: Id
    message_id: Id
    words: str
    undo_seconds: int
    then: Status | None
    status_before: Status | None
    is_scheduled: bool = False


def outgoing_of(
    draft: Draft, choice: ChannelChoice | None, people: Recipients, standing: Standing, signature: str
) -> Outgoing:
    """What leaves when a draft is sent now."""
    forward = draft.kind is DraftKind.FORWARD
    subject = draft.subject if forward else standing.subject
    return Outgoing(
        conversation_id=draft.conversation_id,
        channel_id=choice.channel.id if choice else "",
        text=signed(draft.text, signature),
        to=people.to,
        cc=people.cc,
        bcc=people.bcc,
        subject=subject if choice and choice.channel.kind is ChannelKind.EMAIL else "",
        files=draft.files,
        canned_ids=draft.canned_ids,
        reply_id=draft.reply_id,
        seen_in=standing.seen_in,
        seen_out=standing.seen_out,
        forward=forward,
    )


def signature_of(desk: "Desk", choice: ChannelChoice | None) -> str:
    """What is added below a reply on this channel: the author's signature, else the channel's; "" for none."""
    if choice is None or choice.channel.kind is not ChannelKind.EMAIL or not desk.settings.get(SIGNATURE):
        return ""
    rendered = render("{{ agent.signature }}", {"agent.signature": desk.directory.me.signature})
    return choice.channel.signature.strip() if rendered.unresolved else rendered.text


def signed(text: str, signature: str) -> str:
    """The text with the signature below it, unless there is nothing to sign or it stands there already.

    What is forwarded follows the signature: nobody signs what somebody else has written.
    """
    own, mark, forwarded = text.partition(FORWARDED)
    if not signature or not own.strip() or signature in own:
        return text
    return f"{own.rstrip() if mark else own}{_APART}{signature}{_APART if mark else ''}{mark}{forwarded}"


def unsigned(text: str, signature: str) -> str:
    """The text as it was before it was signed."""
    own, mark, forwarded = text.partition(FORWARDED)
    end = f"{_APART}{signature}{_APART if mark else ''}"
    if not signature or not own.endswith(end):
        return text
    return f"{own.removesuffix(end)}{_APART if mark else ''}{mark}{forwarded}"


def without_signature(draft: Draft, signature: str) -> Draft:
    """A draft that came back, as it was written. The caret stands between it and what was written since."""
    back = draft.text[: draft.caret]
    written = unsigned(back, signature)
    if written == back:
        return draft
    return replace(draft, text=written + draft.text[draft.caret :], caret=len(written))


def kept_as_written(desk: "Desk", draft: Draft) -> Draft:
    """A draft that came back, saved without the signature of its channel."""
    mailboxes = desk.composer.mail_channels()
    choice = next((one for one in mailboxes if one.channel.id == draft.channel_id), None)
    written = without_signature(draft, signature_of(desk, choice))
    if written is not draft:
        desk.drafts.save(written)
    return written


class Sender:
    """Sends, notes and calls back on the writer; answers on the GUI thread."""

    def __init__(self, desk: "Desk", book: DraftBook) -> None:
        self._desk = desk
        self._book = book

    def reply(
        self,
        draft: Draft,
        outgoing: Outgoing,
        status: Status | None,
        then: Callable[[SentReply], None],
        failed: Failed,
    ) -> None:
        """Send a reply; `status` is what the conversation has now, to come back if the reply is called back."""
        self._book.send(
            draft, lambda: self._sent(outgoing, status, self._desk.composer.send(outgoing)), then, failed
        )

    def _sent(self, outgoing: Outgoing, status: Status | None, applied: Applied) -> SentReply:
        payloads = [operation.payload for operation in applied.operations]
        message_id = next(payload.message_id for payload in payloads if isinstance(payload, Reply))
        changed = any(isinstance(payload, SetStatus) for payload in payloads)
        return SentReply(
            conversation_id=outgoing.conversation_id,
            message_id=message_id,
            words=self._words(outgoing, status_changed=changed),
            undo_seconds=self._desk.composer.undo_seconds,
            then=outgoing.then if changed else None,
            status_before=status,
            is_scheduled=outgoing.send_at is not None,
        )

    def _words(self, outgoing: Outgoing, *, status_changed: bool) -> str:
        if outgoing.send_at is not None:
            moment = time_words(outgoing.send_at, self._desk.clock.now(), local_zone())
            return f"{'It will be forwarded' if outgoing.forward else 'The reply will be sent'} {moment}"
        if outgoing.then is not None and not status_changed:
            return "The customer wrote again: your reply waits for you, the conversation stays open"
        resolved = outgoing.then is Status.SOLVED
        if not self._hands_over:
            what = "forwarded" if outgoing.forward else "sent"
            return f"{'Resolved. ' if resolved else ''}It will be {what} when you are online"
        what = "Forwarded" if outgoing.forward else "Reply sent"
        return f"{what} and resolved" if resolved else what

    @property
    def _hands_over(self) -> bool:
        return not self._desk.is_connected or self._desk.sync.status.hands_over

    def new_message(
        self,
        draft: Draft,
        signature: str,
        status: Status | None,
        send_at: datetime | None,
        then: Callable[[SentReply], None],
        failed: Failed,
    ) -> None:
        """Send a message that begins a conversation, which has this status then."""
        desk = self._desk

        def work() -> SentReply:
            desk.new_messages.send(draft, signed(draft.text, signature), status, send_at)
            words = "Message sent" if self._hands_over else "The message will be sent when you are online"
            words = f"{words} and resolved" if status is Status.SOLVED and self._hands_over else words
            if send_at is not None:
                words = f"The message will be sent {time_words(send_at, desk.clock.now(), local_zone())}"
            return SentReply(
                conversation_id=draft.conversation_id,
                message_id=draft.reply_id,
                words=words,
                undo_seconds=desk.composer.undo_seconds,
                then=status,
                status_before=None if status is None else Status.OPEN,
                is_scheduled=send_at is not None,
            )

        self._book.send(draft, work, then, failed)

    def note(self, draft: Draft, then: Callable[[Applied], None], failed: Failed) -> None:
        """Add the draft as an internal note."""
        composer = self._desk.composer
        self._book.send(
            draft, lambda: composer.note(draft.conversation_id, draft.text, draft.files), then, failed
        )

    def call_back(
        self,
        conversation_id: Id,
        message_id: Id,
        status: Status | None,
        then: Callable[[Draft | None], None],
        failed: Failed,
    ) -> None:
        """Take back a reply that has not left, and give the conversation the status it had if one is given. With one
        that began its conversation, that goes, too; what comes back is a message to begin one with.

        What comes back into the draft is what was written, without the signature of its channel.
        """
        desk = self._desk
        keys: list[DraftKey] = [(conversation_id, kind) for kind in (DraftKind.REPLY, DraftKind.FORWARD)]

        def work() -> Draft | None:
            draft = desk.new_messages.call_back(message_id) or desk.composer.call_back(message_id)
            if draft is not None and draft.kind is not DraftKind.NEW and status is not None:
                desk.apply(SetStatus(conversation_id=draft.conversation_id, status=status))
            return draft and kept_as_written(desk, draft)

        self._book.during(keys, work, then, failed)
