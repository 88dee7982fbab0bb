"""What a person does to one or many conversations: each action is one write, can be undone as one, and is named."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.call import LogCall
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    ChangeTags,
    MarkRead,
    MarkUnread,
    SetPriority,
    SetStatus,
    SetTeam,
    SnoozeConversation,
)
from agent_desktop.domain.operations.policy import HoldConversation
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind, Team, User
from agent_desktop.services.apply import Applied
from agent_desktop.services.drafts import DraftKind
from ui.models.call_form import CallForm, seconds_of
from ui.models.head_text import PRIORITY_TITLES
from ui.models.local_time import local_zone, time_words
from ui.tasks import Tasks
from ui.viewmodels.draft_book import DraftBook

Notify = Callable[[str, Applied | None], None]

STATUS_TITLES = {
    Status.OPEN: "Open",
    Status.PENDING: "Waiting on customer",
    Status.ON_HOLD: "On hold",
    Status.SOLVED: "Resolved",
    Status.CLOSED: "Closed",
}
"""Statuses as people call them, in the order in which they are offered."""


class ConversationActions:
    """Runs intents through the one write path and says afterwards what was done, with the way back."""

    def __init__(self, desk: Desk, tasks: Tasks, drafts: DraftBook, notify: Notify) -> None:
        self._desk = desk
        self._tasks = tasks
        self._drafts = drafts
        self._notify = notify

    def assign(self, ids: Sequence[Id], user: User | None) -> None:
        """Give the conversations to a user, or to nobody."""
        words = f"Assigned to {user.name}" if user else "Unassigned"
        user_id = user.id if user else None
        self._each(ids, words, lambda row_id: AssignConversation(conversation_id=row_id, assignee_id=user_id))

    def assign_to_me(self, ids: Sequence[Id]) -> None:
        """Take the conversations, unless a colleague takes them first."""
        self._each(ids, "Assigned to you", self._take)

    def set_team(self, ids: Sequence[Id], team: Team | None) -> None:
        """Give the conversations to a team, or to none."""
        words = f"Moved to {team.name}" if team else "Removed from the team"
        team_id = team.id if team else None
        self._each(ids, words, lambda row_id: SetTeam(conversation_id=row_id, team_id=team_id))

    def set_status(self, ids: Sequence[Id], status: Status) -> None:
        """Change where the conversations stand. They are only resolved as they are seen here."""
        if status in (Status.SOLVED, Status.CLOSED):
            self._write(ids, STATUS_TITLES[status], lambda: [self._done(row_id, status) for row_id in ids])
        else:
            words = f"Status: {STATUS_TITLES[status].lower()}"
            self._each(ids, words, lambda row_id: SetStatus(conversation_id=row_id, status=status))

    def resolve(self, ids: Sequence[Id]) -> None:
        """Mark the conversations as solved, unless the customer has written something that is not here yet."""
        self.set_status(ids, Status.SOLVED)

    def set_priority(self, ids: Sequence[Id], priority: Priority) -> None:
        """Change how urgent the conversations are."""
        words = f"Priority: {PRIORITY_TITLES[priority].lower()}"
        self._each(ids, words, lambda row_id: SetPriority(conversation_id=row_id, priority=priority))

    def change_tags(self, ids: Sequence[Id], add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
        """Add and remove tags; all others stay."""
        parts = [f"Tagged {', '.join(add)}"] if add else []
        parts += [f"Tag removed: {', '.join(remove)}"] if remove else []
        self._each(
            ids, ". ".join(parts), lambda row_id: ChangeTags(conversation_id=row_id, add=add, remove=remove)
        )

    def snooze(self, ids: Sequence[Id], until: datetime | None) -> None:
        """Hide the conversations until a time, or until the customer writes; None wakes them."""
        now = self._desk.clock.now()
        words = f"Snoozed until {time_words(until, now, local_zone())}" if until else "Woken"
        self._each(ids, words, lambda row_id: SnoozeConversation(conversation_id=row_id, until=until))

    def hold(self, ids: Sequence[Id], held: bool) -> None:
        """Keep the conversations whatever the policy of the workspace says, or no longer."""
        words = "Held for the law" if held else "Legal hold ended"
        self._each(ids, words, lambda row_id: HoldConversation(conversation_id=row_id, held=held))

    def run_macro(self, ids: Sequence[Id], macro_id: Id) -> None:
        """Carry out all steps of a macro. Its reply, if it has one, is put into the draft and never sent."""
        wanted = tuple(ids)

        def say(applied: Applied | None) -> None:
            words = (
                applied.title if applied and applied.operations else "The reply of the macro is in the draft"
            )
            self._notify(_counted(words, len(wanted)), applied)

        if wanted:
            replies = [(row_id, DraftKind.REPLY) for row_id in wanted]
            self._drafts.during(replies, lambda: self._desk.macros.run(macro_id, wanted), say)

    def log_call(self, conversation_id: Id, form: CallForm) -> None:
        """Write down a call with the customer that has just ended."""
        channels, now = self._desk.directory.channels(), self._desk.clock.now()
        seconds = seconds_of(form.duration) or 0
        payload = LogCall(
            conversation_id=conversation_id,
            message_id=self._desk.ids.new(),
            direction=form.direction,
            outcome=form.outcome,
            started_at=now - timedelta(seconds=seconds),
            seconds=seconds,
            notes=form.notes,
            channel_id=next((one.id for one in channels if one.kind is ChannelKind.PHONE), None),
        )
        self._write((conversation_id,), "Call logged", lambda: [payload])

    def mark_unread(self, ids: Sequence[Id]) -> None:
        """Show the conversations as unread again."""
        self._each(ids, "Marked as unread", lambda row_id: MarkUnread(conversation_id=row_id))

    def mark_read(self, ids: Sequence[Id]) -> None:
        """Show the conversations as read, as a person asked for."""
        self._each(ids, "Marked as read", self._read)

    def _read(self, row_id: Id) -> MarkRead:
        """Read up to the last message that is here: one that is still on its way stays unread."""
        card = self._desk.conversations.card(row_id)
        read_at = card.conversation.last_message_at if card else self._desk.clock.now()
        return MarkRead(conversation_id=row_id, read_at=read_at)

    def _take(self, row_id: Id) -> AssignConversation:
        card = self._desk.conversations.card(row_id)
        return AssignConversation(
            conversation_id=row_id,
            assignee_id=self._desk.directory.me.id,
            check_seen=card is not None,
            seen_assignee_id=card.conversation.assignee_id if card else None,
        )

    def _each(self, ids: Sequence[Id], words: str, payload: Callable[[Id], Record]) -> None:
        self._write(ids, words, lambda: [payload(row_id) for row_id in ids])

    def _write(self, ids: Sequence[Id], words: str, payloads: Callable[[], list[Record]]) -> None:
        if ids:
            self._tasks.write(
                lambda: self._desk.apply(*payloads()),
                lambda applied: self._notify(_counted(words, len(ids)), applied),
            )

    def _done(self, row_id: Id, status: Status) -> SetStatus:
        card = self._desk.conversations.card(row_id)
        seen_in = card.conversation.last_in_id if card else None
        return SetStatus(conversation_id=row_id, status=status, check_seen=True, seen_in=seen_in)


def _counted(words: str, count: int) -> str:
    return words if count == 1 else f"{words} · {count:,} conversations"
