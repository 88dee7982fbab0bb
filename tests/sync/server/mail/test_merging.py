"""Mails and what people decided about conversations: merged ones, and suggestions that were dismissed."""

from agent_desktop.domain.operations.merging import DismissSuggestion, MergeConversations
from tests.sync.server.mailroom import Mailroom, a_mail


def test_a_merged_one_goes_on_in_the_survivor(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    _, survivor = mailroom.one(a_mail("2@a", "Another matter"))
    name = mailroom.reply(conversation)
    mailroom.commit(MergeConversations(conversation_id=conversation.id, into_id=survivor.id))
    _, found = mailroom.one(a_mail("3@a", "Re: Kettle", answers=name))
    assert found.id == survivor.id


def test_what_was_dismissed_is_not_suggested_by_the_next_mail(mailroom: Mailroom) -> None:
    _, first = mailroom.one(a_mail("1@a"))
    _, second = mailroom.one(a_mail("2@a", "Refund", refers=["1@a"]))
    mailroom.commit(DismissSuggestion(conversation_id=second.id, suggested_id=first.id))
    _, again = mailroom.one(a_mail("3@a", "Re: Refund", refers=["1@a", "2@a"]))
    assert (again.id, again.suggested_id) == (second.id, None)
    assert mailroom.look().conversations[first.id].suggested_id is None
