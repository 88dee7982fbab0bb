"""What was written and has not reached its end: replies that wait, are held or failed, changes that were refused."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.workspace import DiscardResult
from agent_desktop.domain.result import OperationResult
from agent_desktop.services.apply import Applied
from agent_desktop.services.drafts import Draft, DraftKind
from ui.models.outbox_text import OutboxRow

if TYPE_CHECKING:
    from agent_desktop.context import Desk
    from ui.context import UiContext

READ_FIRST = "Somebody wrote here since. Read it, then decide about your reply."


class OutboxViewModel(QObject):
    """Everything that waits or needs a decision: what needs one first, then the oldest first.

    Signals:
        rows_changed: `rows` are others now.
    """

    rows_changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rows: tuple[OutboxRow, ...] = ()
        context.changes.received.connect(self._on_changes)
        context.sync_changes.received.connect(self._read)
        self._read()

    @property
    def rows(self) -> tuple[OutboxRow, ...]:
        """The items listed."""
        return self._rows

    def row(self, key: str) -> OutboxRow | None:
        """The item with this key."""
        return next((row for row in self._rows if row.key == key), None)

    def open(self, row: OutboxRow) -> None:
        """Go to the conversation."""
        if row.item.conversation_id is not None:
            self._context.navigator.open_conversation(row.item.conversation_id)

    def send_again(self, row: OutboxRow) -> None:
        """Send a reply as it is, unless somebody has written since: then show that first."""
        if row.item.delivery is Delivery.HELD:
            self._read_first(row)
        else:
            self._send_unless_stale(row)

    def check(self, row: OutboxRow) -> None:
        """Have the channel asked what became of a reply of which nobody knows."""
        message_id, composer = row.item.message_id, self._context.desk.composer
        if message_id is not None:
            say = self._context.navigator.notify
            self._context.tasks.write(
                lambda: composer.ask_about(message_id), lambda _: say("The channel is asked.")
            )

    def edit(self, row: OutboxRow) -> None:
        """Call a reply back into its draft and go there."""
        message_id, composer = row.item.message_id, self._context.desk.composer
        conversation_id = row.item.conversation_id
        if message_id is None or conversation_id is None:
            return

        def done(draft: Draft | None) -> None:
            if draft is not None:
                self._context.navigator.open_conversation(draft.conversation_id)

        replies = [(conversation_id, DraftKind.REPLY)]
        self._context.drafts.during(replies, lambda: composer.call_back(message_id), done)

    def discard(self, row: OutboxRow) -> None:
        """Give an item up: it goes no further."""
        desk, item = self._context.desk, row.item
        message_id, operation_id = item.message_id, item.operation_id

        def work() -> Applied | None:
            if message_id is not None:
                return desk.composer.discard(message_id)
            return desk.apply(DiscardResult(operation_id=operation_id)) if operation_id else None

        self._context.tasks.write(work, self._on_discarded)

    def _on_discarded(self, applied: Applied | None) -> None:
        self._context.navigator.notify("Discarded.")

    def _send_unless_stale(self, row: OutboxRow) -> None:
        desk, item = self._context.desk, row.item
        message_id, conversation_id = item.message_id, item.conversation_id
        if message_id is None or conversation_id is None:
            return

        def work() -> bool:
            card = desk.conversations.card(conversation_id)
            if card is None:
                return False
            conversation = card.conversation
            wrote = conversation.last_in_at is not None and conversation.last_in_at > item.at
            answered = (
                conversation.last_out_at is not None
                and conversation.last_out_at > item.at
                and conversation.last_out_id != message_id
            )
            if wrote or answered:
                return False
            desk.composer.send_again(message_id, conversation.last_in_id, conversation.last_out_id)
            return True

        self._context.tasks.write(work, lambda sent: self._on_sent(row, sent))

    def _on_sent(self, row: OutboxRow, sent: bool) -> None:
        if sent:
            self._context.navigator.notify("On its way.")
        else:
            self._read_first(row)

    def _read_first(self, row: OutboxRow) -> None:
        self.open(row)
        self._context.navigator.notify(READ_FIRST)

    def _read(self) -> None:
        desk = self._context.desk
        self._context.tasks.read(lambda: _rows(desk), self._take, key=self)

    def _take(self, rows: tuple[OutboxRow, ...]) -> None:
        if rows != self._rows:
            self._rows = rows
            self.rows_changed.emit()

    def _on_changes(self, change_set: ChangeSet) -> None:
        if change_set.bulk or any(
            change.entity in (Message, OperationResult) for change in change_set.changes
        ):
            self._read()


def _rows(desk: "Desk") -> tuple[OutboxRow, ...]:
    rows = []
    for item in desk.outbox.items():
        card = desk.conversations.card(item.conversation_id) if item.conversation_id else None
        if card is None:
            rows.append(OutboxRow(item=item))
        else:
            rows.append(OutboxRow(item=item, subject=card.conversation.subject, customer=card.customer.name))
    return tuple(sorted(rows, key=lambda row: (not row.needs_attention, row.item.at)))
