"""The row that a list of conversations shows, and the SQL that gives it whole: a hundred of them are made at once."""

import json
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from agent_desktop.domain.clock import from_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.merging import SHOWN_NAME
from agent_desktop.store.schema import WORKED_ON

UNKNOWN_CUSTOMER = "Unknown customer"


class InboxRow(NamedTuple):
    """One conversation in a list: everything to paint, and nothing else.

    The fields are as the database has them, with times in microseconds, flags as 0 or 1 and tags as JSON; properties
    of the rows that are looked at give the rest. `pk` is the replica's own integer key and never leaves this machine.
    `channel_kind`, `status` and `priority` are values of the domain's enums. `first_reply` says that the answer which
    is due would be our first. `waiting_to_send` counts our messages that have not left yet; `held` says that one was
    kept back because somebody wrote meanwhile and its author has to decide.
    """

    pk: int
    id: Id
    number: int
    customer_name: str
    channel_kind: str
    subject: str
    words: str
    words_out: int
    last_message: int
    unread: int
    status: str
    priority: str
    assignee_id: Id | None
    due: int | None
    tags_json: str
    snoozed: int | None
    first_reply: int
    has_draft: int
    waiting_to_send: int
    held: int

    @property
    def preview(self) -> str:
        """The beginning of the last message, and whether it is ours."""
        return f"You: {self.words}" if self.words_out else self.words

    @property
    def last_message_at(self) -> datetime:
        """When the last message was written."""
        return from_microseconds(self.last_message)

    @property
    def due_at(self) -> datetime | None:
        """By when an answer is due."""
        return None if self.due is None else from_microseconds(self.due)

    @property
    def snoozed_until(self) -> datetime | None:
        """When it comes back."""
        return None if self.snoozed is None else from_microseconds(self.snoozed)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags in the order in which they were given."""
        return _tags(self.tags_json)


SHOWN_CUSTOMER = f"coalesce({SHOWN_NAME}, '{UNKNOWN_CUSTOMER}')"
SHOWN_CHANNEL = f"coalesce(channel.kind, '{ChannelKind.PORTAL.value}')"
CUSTOMER_AND_CHANNEL = """LEFT JOIN customer ON customer.id = conversation.customer_id
    LEFT JOIN channel ON channel.id = conversation.channel_id"""
"""What these two come from, beside `conversation`."""
COLUMNS = f"""conversation.pk, conversation.id, number, {SHOWN_CUSTOMER}, {SHOWN_CHANNEL}, subject,
    preview, preview_out, last_message_at, {WORKED_ON} AND coalesce(last_in_at, 0) > coalesce(marker.read_at, 0),
    status, priority, assignee_id, due_at, tags, snoozed_until, last_out_id IS NULL, 0, 0, 0"""
"""The fields of a row in their order, without what is on its way on this device."""
SOURCES = f"""{CUSTOMER_AND_CHANNEL}
    LEFT JOIN read_marker AS marker ON marker.conversation_id = conversation.id AND marker.user_id = ?"""
"""What the columns come from, beside `conversation`; bound to the viewer."""


@lru_cache(maxsize=4096)
def _tags(text: str) -> tuple[str, ...]:
    """Tags from JSON: few combinations occur very often."""
    return tuple(json.loads(text))
