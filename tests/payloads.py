"""For each kind of operation, random payloads that make sense in a world as it stands.

Targets are rows that are there; a maker gives None when there is none. A kind without a maker fails a test.
"""

from collections.abc import Callable
from datetime import timedelta

from agent_desktop.domain.call import CallOutcome
from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.customer import Customer, Detail, Identity
from agent_desktop.domain.draft import BEGINS
from agent_desktop.domain.ids import derived_id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations import (
    call,
    conversation,
    customer,
    draft,
    importing,
    inbound,
    knowledge,
    merging,
    message,
    splitting,
    withdrawing,
)
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import (
    Channel,
    ChannelKind,
    Team,
    User,
)
from tests.drawing import TAGS, WORDS, Choose, Draw
from tests.fakes import START
from tests.knowledge_payloads import KNOWLEDGE_MAKERS
from tests.merging_payloads import MERGING_MAKERS
from tests.workspace_payloads import WORKSPACE_MAKERS

__all__ = ["CONTESTED", "MAKERS", "TAGS", "TALK", "Choose", "Draw"]


def _create_conversation(d: Draw) -> Record:
    return conversation.CreateConversation(
        conversation_id=d.world.ids.new(),
        customer_id=d.need(Customer),
        channel_id=d.need(Channel),
        subject=d.one(WORDS),
        assignee_id=d.one((None, d.actor.id)),
        priority=d.one(tuple(Priority)),
        tags=d.some(TAGS),
        suggested_id=d.one((None, d.need(Conversation))),
        follow_up_of=d.one((None, d.need(Conversation))),
    )


def _set_status(d: Draw) -> Record:
    row = d.world.get(Conversation, d.need(Conversation))
    return conversation.SetStatus(
        conversation_id=row.id,
        status=d.one(tuple(Status)),
        check_seen=d.chance(),
        seen_in=row.last_in_id,
    )


def _assign(d: Draw) -> Record:
    return conversation.AssignConversation(
        conversation_id=d.need(Conversation), assignee_id=d.one((None, d.need(User)))
    )


def _set_team(d: Draw) -> Record:
    return conversation.SetTeam(conversation_id=d.need(Conversation), team_id=d.one((None, d.need(Team))))


def _set_priority(d: Draw) -> Record:
    return conversation.SetPriority(conversation_id=d.need(Conversation), priority=d.one(tuple(Priority)))


def _change_tags(d: Draw) -> Record:
    return conversation.ChangeTags(
        conversation_id=d.need(Conversation), add=d.some(TAGS), remove=d.some(TAGS)
    )


def _snooze(d: Draw) -> Record:
    until = d.world.clock.now() + timedelta(hours=d.number(-1, 48))
    return conversation.SnoozeConversation(conversation_id=d.need(Conversation), until=d.one((None, until)))


def _share_draft(d: Draw) -> Record:
    kind = d.one(("reply", "note", "forward", BEGINS))
    return draft.ShareDraft(
        conversation_id="begun" if kind == BEGINS and d.chance() else d.need(Conversation),
        kind=kind,
        content=d.one(("", '{"text": "Hello"}', '{"text": "Hello there"}')),
        device=d.one(("Laptop", "Tablet")),
        written_at=START + timedelta(minutes=d.number(0, 90)),
    )


def _mark_read(d: Draw) -> Record:
    row = d.world.get(Conversation, d.need(Conversation))
    return conversation.MarkRead(conversation_id=row.id, read_at=row.last_message_at)


def _mark_unread(d: Draw) -> Record:
    return conversation.MarkUnread(conversation_id=d.need(Conversation))


def _reply(d: Draw) -> Record:
    row = d.world.get(Conversation, d.need(Conversation))
    stale = d.chance(of=5)
    later = d.chance(of=5)
    return message.Reply(
        conversation_id=row.id,
        message_id=d.world.ids.new(),
        channel_id=row.channel_id,
        text=d.one(WORDS),
        files=d.files(),
        seen_in=None if stale else row.last_in_id,
        seen_out=row.last_out_id,
        forward=d.chance(of=6),
        undo_seconds=d.one((0, 10, 10**9, -1)),
        send_at=d.world.clock.now() + timedelta(hours=20) if later else None,
    )


def _note(d: Draw) -> Record:
    return message.AddNote(
        conversation_id=d.need(Conversation),
        message_id=d.world.ids.new(),
        text=d.one(WORDS),
        files=d.files(),
        mentioned_ids=d.some([user.id for user in d.world.rows.query(User)]),
    )


def _message(d: Draw, *deliveries: Delivery) -> Message | None:
    rows = d.world.rows.query(Message)
    found = [row for row in rows if row.delivery in deliveries]
    return d.one(found) if found else None


def _remove_note(d: Draw) -> Record | None:
    notes = d.world.rows.query(Message, kind=MessageKind.NOTE, author_id=d.actor.id)
    if not notes:
        return None
    note = d.one(notes)
    return message.RemoveNote(conversation_id=note.conversation_id, message_id=note.id)


def _cancel(d: Draw) -> Record | None:
    row = _message(d, *(Delivery.QUEUED, Delivery.HELD, Delivery.FAILED, Delivery.CANCELLED))
    return row and message.CancelReply(conversation_id=row.conversation_id, message_id=row.id)


def _withdraw(d: Draw) -> Record | None:
    """Of a conversation that nobody but its author has written in, if there is one."""
    begun = [row.id for row in d.world.rows.query(Conversation) if row.last_in_id is None]
    return withdrawing.WithdrawConversation(conversation_id=d.one(begun) if begun else d.need(Conversation))


def _release(d: Draw) -> Record | None:
    row = _message(d, Delivery.HELD, Delivery.FAILED, Delivery.UNKNOWN)
    if row is None:
        return None
    present = d.world.get(Conversation, row.conversation_id)
    return message.ReleaseReply(
        conversation_id=row.conversation_id,
        message_id=row.id,
        seen_in=d.one((present.last_in_id, present.last_in_id, None)),
        seen_out=present.last_out_id,
    )


def _log_call(d: Draw) -> Record:
    row = d.world.get(Conversation, d.need(Conversation))
    return call.LogCall(
        conversation_id=row.id,
        message_id=d.world.ids.new(),
        direction=d.one(tuple(Direction)),
        outcome=d.one(tuple(CallOutcome)),
        started_at=d.world.clock.now() - timedelta(minutes=d.one((0, 5, 300, -60))),
        seconds=d.one((0, 42, 252, -1)),
        notes=d.one(WORDS),
        channel_id=d.one((None, row.channel_id)),
    )


def _remove_call(d: Draw) -> Record | None:
    calls = d.world.rows.query(Message, kind=MessageKind.CALL, author_id=d.actor.id)
    if not calls:
        return None
    row = d.one(calls)
    return call.RemoveCall(conversation_id=row.conversation_id, message_id=row.id)


def _check(d: Draw) -> Record | None:
    row = _message(d, *Delivery)
    return row and message.CheckDelivery(conversation_id=row.conversation_id, message_id=row.id)


def _receive(d: Draw) -> Record:
    row = d.world.get(Conversation, d.need(Conversation))
    return message.ReceiveMessage(
        conversation_id=row.id,
        message_id=d.world.ids.new(),
        customer_id=row.customer_id,
        channel_id=row.channel_id,
        text=d.one(WORDS),
        subject=d.one(WORDS),
        sent_at=d.world.clock.now() + timedelta(minutes=d.one((0, 0, -1, -300, 60_000))),
        kind=d.one((MessageKind.REPLY, MessageKind.REPLY, MessageKind.CALL)),
        files=d.files(),
        mail_kind=d.one((*MailKind, *[MailKind.PERSONAL] * 8)),
        sender=d.one(("", "Mia <mia@example.com>", "mia@example.com")),
        to=d.one(((), ("help@example.org",))),
        cc=d.one(((), ("boss@example.org",))),
        reply_to=d.one(("", "office@example.org")),
        authentication=d.one(("", "spf=pass dkim=pass dmarc=pass", "spf=fail dkim=none dmarc=fail")),
    )


def _answer_automatically(d: Draw) -> Record:
    return inbound.AnswerAutomatically(
        conversation_id=d.need(Conversation),
        message_id=d.world.ids.new(),
        channel_id=d.need(Channel),
        text=d.one(("Thank you, we have it.", " ")),
        to=d.one((("mia@example.com",), ())),
        subject=d.one(WORDS),
    )


def _suggest(d: Draw) -> Record:
    return inbound.SuggestMatch(conversation_id=d.need(Conversation), suggested_id=d.need(Conversation))


def _tell(d: Draw) -> Record:
    return inbound.TellConversation(conversation_id=d.need(Conversation), text=d.one(WORDS))


def _report(d: Draw) -> Record | None:
    row = _message(d, *(delivery for delivery in Delivery if delivery is not Delivery.NONE))
    return row and message.ReportDelivery(
        conversation_id=row.conversation_id,
        message_id=row.id,
        delivery=d.one(tuple(Delivery)),
        detail=d.one(("", "550 mailbox full")),
    )


def _import(d: Draw) -> Record:
    target = None if d.chance() else d.row(Conversation)
    row = d.world.rows.get(Conversation, target) if target else None
    conversation_id = row.id if row else d.world.ids.new()
    minutes = [d.number(-500, 500) for _ in range(d.number(1, 4))]
    return importing.ImportConversation(
        conversation_id=conversation_id,
        customer_id=row.customer_id if row else d.need(Customer),
        channel_id=d.need(Channel),
        subject=d.one(WORDS),
        status=d.one(tuple(Status)),
        tags=d.some(TAGS),
        messages=tuple(
            importing.ImportedMessage(
                id=derived_id(START, conversation_id, str(minute)),
                direction=d.one(tuple(Direction)),
                kind=d.one(tuple(MessageKind)),
                created_at=d.world.clock.now() + timedelta(minutes=minute),
                text=d.one(WORDS),
                mail_kind=d.one((MailKind.PERSONAL, MailKind.LIST, MailKind.BOUNCE)),
                sender=d.one(("", "mia@example.com")),
            )
            for minute in minutes
        ),
    )


ADDRESSES = tuple(
    customer.Address(kind=kind, address=address)
    for kind, address in (
        (ChannelKind.EMAIL, "Karl@Example.com"),
        (ChannelKind.EMAIL, "mia@example.com"),
        (ChannelKind.PHONE, "+49 30 1234"),
        (ChannelKind.SMS, "0049301234"),
        (ChannelKind.CHAT, " "),
    )
)
_DETAILS = (Detail(label="Last order", value="10-55821"),)


def _create_customer(d: Draw) -> Record:
    return customer.CreateCustomer(
        customer_id=d.world.ids.new(),
        name=d.one(("Olu Ade", "", "Karl Lund")),
        addresses=d.some(ADDRESSES),
        organization=d.one(("", "Acme", " ACME ", "Globex")),
        details=d.one(((), _DETAILS)),
    )


def _edit_customer(d: Draw) -> Record:
    return customer.EditCustomer(
        customer_id=d.need(Customer),
        name=d.one((None, "Karl Lund", "Karla", " ")),
        organization=d.one((None, "", "Acme", "Globex")),
        tier=d.one((None, "", "gold")),
        note=d.one((None, "", "Calls on Mondays")),
        details=d.one((None, (), _DETAILS)),
    )


def _add_identity(d: Draw) -> Record:
    return customer.AddIdentity(customer_id=d.need(Customer), address=d.one(ADDRESSES))


def _remove_identity(d: Draw) -> Record | None:
    row_id = d.row(Identity)
    if row_id is None:
        return None
    row = d.world.get(Identity, row_id)
    address = customer.Address(kind=row.kind, address=row.display)
    return customer.RemoveIdentity(customer_id=d.one((row.customer_id, d.need(Customer))), address=address)


def _merge(d: Draw) -> Record:
    return customer.MergeCustomers(customer_id=d.need(Customer), merged_id=d.need(Customer))


def _unmerge(d: Draw) -> Record:
    row = d.world.get(Customer, d.need(Customer))
    return customer.UnmergeCustomer(customer_id=row.merged_into or d.need(Customer), merged_id=row.id)


MAKERS: dict[type, Callable[[Draw], Record | None]] = {
    conversation.CreateConversation: _create_conversation,
    conversation.SetStatus: _set_status,
    conversation.AssignConversation: _assign,
    conversation.SetTeam: _set_team,
    conversation.SetPriority: _set_priority,
    conversation.ChangeTags: _change_tags,
    conversation.SnoozeConversation: _snooze,
    draft.ShareDraft: _share_draft,
    conversation.MarkRead: _mark_read,
    conversation.MarkUnread: _mark_unread,
    message.Reply: _reply,
    message.AddNote: _note,
    message.RemoveNote: _remove_note,
    message.CancelReply: _cancel,
    message.ReleaseReply: _release,
    withdrawing.WithdrawConversation: _withdraw,
    message.CheckDelivery: _check,
    call.LogCall: _log_call,
    call.RemoveCall: _remove_call,
    message.ReceiveMessage: _receive,
    message.ReportDelivery: _report,
    inbound.AnswerAutomatically: _answer_automatically,
    inbound.SuggestMatch: _suggest,
    inbound.TellConversation: _tell,
    importing.ImportConversation: _import,
    customer.CreateCustomer: _create_customer,
    customer.EditCustomer: _edit_customer,
    customer.AddIdentity: _add_identity,
    customer.RemoveIdentity: _remove_identity,
    customer.MergeCustomers: _merge,
    customer.UnmergeCustomer: _unmerge,
    **KNOWLEDGE_MAKERS,
    **MERGING_MAKERS,
    **WORKSPACE_MAKERS,
}
"""How a payload of each kind is made."""

TALK: tuple[type, ...] = (
    message.Reply,
    message.ReceiveMessage,
    message.CancelReply,
    message.ReleaseReply,
    message.CheckDelivery,
    message.ReportDelivery,
    message.AddNote,
    message.RemoveNote,
    call.LogCall,
    call.RemoveCall,
    importing.ImportConversation,
    conversation.SetStatus,
    merging.MergeConversations,
    merging.UnmergeConversation,
    splitting.SplitConversation,
)
"""The kinds that change what a conversation says about its messages."""

CONTESTED: tuple[type, ...] = (
    *TALK,
    conversation.AssignConversation,
    conversation.ChangeTags,
    knowledge.SaveArticle,
    customer.MergeCustomers,
    customer.UnmergeCustomer,
    customer.AddIdentity,
    customer.RemoveIdentity,
    customer.EditCustomer,
)
"""The kinds with which two sides that do not know of each other most often meet, and are refused or held."""
