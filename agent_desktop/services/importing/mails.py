"""Turns mails into messages of conversations: threads become conversations, senders become customers."""

from collections import Counter
from datetime import datetime

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Direction, Message, MessageKind
from agent_desktop.domain.operations.customer import Address as CustomerAddress
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.html.keeping import HtmlKeeper
from agent_desktop.services.importing.customers import Contact, resolve
from agent_desktop.services.importing.item import Item, PutBlob
from agent_desktop.services.importing.known import Known
from agent_desktop.services.importing.places import Places, status_by_age
from agent_desktop.services.importing.report import ItemKind
from agent_desktop.services.importing.threads import Thread, ThreadIndex, thread_id
from agent_desktop.services.mail.addresses import Address
from agent_desktop.services.mail.head import MailHead, head_of
from agent_desktop.services.mail.keeping import (
    LONGEST_SUBJECT,
    NO_SUBJECT,
    address_text,
    address_texts,
    imported_mail_id,
    stored_files,
)
from agent_desktop.services.mail.parse import ParsedMail
from agent_desktop.services.mail.subjects import without_answer_marks
from agent_desktop.services.mail.worker import MailParser
from agent_desktop.services.outside_text import clean, one_line

UNKNOWN_SENDER = "Unknown sender"


class MailReader:
    """Reads mails for one workspace, in two passes: `note` every mail first, then make an `item` of each."""

    def __init__(
        self,
        known: Known,
        places: Places,
        parser: MailParser,
        html: HtmlKeeper,
        put_blob: PutBlob,
        now: datetime,
    ) -> None:
        self._known = known
        self._places = places
        self._parser = parser
        self._html = html
        self._put_blob = put_blob
        self._now = now
        self._index = ThreadIndex()

    def note(self, raw: bytes, received_at: datetime | None) -> None:
        """Learn where a mail belongs."""
        self._note(head_of(raw), received_at)

    def _note(self, head: MailHead, received_at: datetime | None) -> None:
        self._index.add(head, head.date or received_at, self._outsider(head))

    def _thread_of(self, head: MailHead, received_at: datetime) -> Thread:
        thread = self._index.thread_of(head)
        if thread is None:  # it was not looked through: among other records, or written since
            self._note(head, received_at)
            thread = self._index.thread_of(head)
            assert thread is not None
        return thread

    def _outsider(self, head: MailHead) -> Address | None:
        """Who of those in a mail is not us: the sender, else the first recipient."""
        candidates = (head.sender, *head.recipients)
        return next((one for one in candidates if one.address and not self._places.is_own(one.address)), None)

    def item(self, raw: bytes, received_at: datetime, position: str) -> Item:
        """The message that a mail becomes. `received_at` holds where the mail has no date of its own."""
        head = head_of(raw)
        message_id = imported_mail_id(head.key)
        if self._known.has(Message, message_id):
            return Item(position, already_there=Counter({ItemKind.MESSAGE: 1}))
        mail = self._parser.parse(raw)
        thread = self._thread_of(head, received_at)
        conversation_id = self._conversation_of(thread)
        is_new = not self._known.has(Conversation, conversation_id)
        who = resolve(_contact(thread.customer), self._known)
        own = self._places.mail_channel([head.sender.address, *(one.address for one in head.recipients)])
        channel_id, made_channel = self._places.channel(ChannelKind.EMAIL, address=own.address if own else "")
        message = self._message(mail, raw, head, message_id, received_at)
        payload = ImportConversation(
            conversation_id=conversation_id,
            customer_id=who.customer_id,
            channel_id=channel_id,
            subject=one_line(without_answer_marks(clean(thread.subject)), LONGEST_SUBJECT) or NO_SUBJECT,
            messages=(message,),
            status=status_by_age(thread.last or message.created_at, self._now),
        )
        self._known.expect(message_id)
        self._known.expect(conversation_id)
        return Item(
            position,
            payloads=(*made_channel, *who.payloads, payload),
            added=Counter(
                {
                    ItemKind.CONVERSATION: int(is_new),
                    ItemKind.MESSAGE: 1,
                    ItemKind.CUSTOMER: int(who.is_new),
                }
            ),
            size=len(raw),
        )

    def _conversation_of(self, thread: Thread) -> Id:
        """The conversation of a thread: the one that an earlier import made of a part of it, else one of its own."""
        if not thread.conversation_id:
            candidates = [thread_id(root) for root in sorted(thread.roots)]
            there = self._known.those_of(Conversation, candidates) if len(candidates) > 1 else set()
            thread.conversation_id = next((one for one in candidates if one in there), candidates[0])
        return thread.conversation_id

    def _message(
        self, mail: ParsedMail, raw: bytes, head: MailHead, message_id: Id, received_at: datetime
    ) -> ImportedMessage:
        outgoing = self._places.is_own(head.sender.address)
        moment = mail.date if mail.date and mail.date > EPOCH else received_at
        sender = head.sender if head.sender.address else mail.from_
        text = clean(mail.text)
        return ImportedMessage(
            id=message_id,
            direction=Direction.OUT if outgoing else Direction.IN,
            kind=MessageKind.REPLY,
            created_at=moment,
            text=text,
            author_name=one_line(clean(sender.name or sender.address), 200) or UNKNOWN_SENDER,
            author_id=self._places.user(sender.address, sender.name) if outgoing else None,
            subject=clean(mail.subject),
            quoted=clean(mail.quoted),
            to=address_texts(mail.to),
            cc=address_texts(mail.cc),
            sender="" if outgoing else address_text(sender),
            mail_kind=MailKind.PERSONAL if outgoing else mail.kind,
            files=stored_files(message_id, mail.attachments, self._put_blob),
            html_blob=self._html.keep(mail.html),
            raw_blob=self._put_blob(raw),
            external_id=head.message_id or None,
        )


def _contact(customer: Address) -> Contact:
    name = one_line(clean(customer.name), 200)
    if not customer.address:
        return Contact(key=f"sender {name}" if name else "unknown sender", name=name or UNKNOWN_SENDER)
    address = CustomerAddress(kind=ChannelKind.EMAIL, address=clean(customer.address))
    return Contact(key="", name=name or address.address, addresses=(address,))
