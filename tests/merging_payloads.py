"""Random payloads of the operations that merge, take apart and split conversations."""

from collections.abc import Callable

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.message import Message, MessageKind
from agent_desktop.domain.operations import merging, splitting
from agent_desktop.domain.records import Record
from tests.drawing import Draw


def _merge(d: Draw) -> Record:
    return merging.MergeConversations(conversation_id=d.need(Conversation), into_id=d.need(Conversation))


def _unmerge(d: Draw) -> Record | None:
    merged = [row for row in d.world.rows.query(Conversation) if row.merged_into is not None]
    if not merged:
        return None
    row = d.one(merged)
    survivor = survivor_of_conversation(d.world.rows, row.id)
    assert survivor is not None
    return merging.UnmergeConversation(conversation_id=row.id, into_id=survivor.id)


def _dismiss(d: Draw) -> Record | None:
    rows = [row for row in d.world.rows.query(Conversation) if row.suggested_id is not None]
    if not rows:
        return None
    row = d.one(rows)
    assert row.suggested_id is not None
    return merging.DismissSuggestion(conversation_id=row.id, suggested_id=row.suggested_id)


def _restore(d: Draw) -> Record:
    return merging.RestoreSuggestion(conversation_id=d.need(Conversation), suggested_id=d.need(Conversation))


def _split(d: Draw) -> Record | None:
    written = [row for row in d.world.rows.query(Message) if row.kind is not MessageKind.EVENT]
    if not written:
        return None
    message = d.one(written)
    return splitting.SplitConversation(
        conversation_id=message.conversation_id,
        message_id=message.id,
        new_conversation_id=d.world.ids.new(),
        following=d.chance(),
        subject=d.one(("", "Another matter")),
    )


MERGING_MAKERS: dict[type[Record], Callable[[Draw], Record | None]] = {
    merging.MergeConversations: _merge,
    merging.UnmergeConversation: _unmerge,
    merging.DismissSuggestion: _dismiss,
    merging.RestoreSuggestion: _restore,
    splitting.SplitConversation: _split,
}
