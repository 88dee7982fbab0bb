"""Whom a draft that begins a conversation is about: it belongs to no conversation that would tell."""

from dataclasses import replace

from agent_desktop.domain.operations.customer import customer_of
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.drafts import Draft


def with_customers(rows: Rows, draft: Draft) -> Draft:
    """The draft with those who have its addresses now, beside those who had."""
    found = (customer_of(rows, ChannelKind.EMAIL, one) for one in (*draft.to, *draft.cc, *draft.bcc))
    ids = dict.fromkeys((*draft.customer_ids, *(customer.id for customer in found if customer is not None)))
    return replace(draft, customer_ids=tuple(ids))
