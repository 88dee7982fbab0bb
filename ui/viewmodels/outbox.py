"""What was written and has not reached its end: replies that wait, are held or failed, changes that were refused."""

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.domain.operations.message import AddNote, Reply
from agent_desktop.domain.operations.workspace import DiscardResult
from agent_desktop.domain.records import to_plain
from agent_desktop.domain.result import OperationResult
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.outbox import OutboxItem
from ui.models.knowledge_forms import ARTICLE, form_of_save
from ui.models.outbox_text import OutboxRow
from ui.viewmodels.sending import kept_as_written

if TYPE_CHECKING:
    from agent_desktop.context import Desk
    from ui.context import UiContext

COPY_IT = "Copy the text from here."
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
        """Send a reply as it is, unless somebody has written since: then show that first. Try anything else again.

        With a held reply what its author had not seen is shown. Where more has come meanwhile, it is held again.
        """
        item, desk = row.item, self._context.desk
        message_id, operation_id = item.message_id, item.operation_id
        if operation_id is not None:
            say = self._context.navigator.notify
            self._context.tasks.write(
                lambda: desk.outbox.retry(operation_id), lambda _: say(f"{item.title}: tried again.")
            )
        elif message_id is not None and item.delivery is Delivery.HELD:
            self._context.tasks.write(
                lambda: desk.composer.send_again(message_id, item.seen_in, item.seen_out),
                lambda _: self._on_sent(row, True),
            )
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
        """Make it a draft again and go there: a reply that has not left, or a text that was refused."""
        message_id, composer = row.item.message_id, self._context.desk.composer
        begun = self._context.desk.new_messages
        conversation_id, payload = row.item.conversation_id, row.item.payload
        if row.item.begins:
            self._begin_again(row.item)
        elif isinstance(payload, SaveArticle):
            self._edit_article(row, payload)
        elif isinstance(payload, Reply | AddNote):
            self._write_again(row, payload)
        if message_id is None or conversation_id is None:
            return

        def done(draft: Draft | None) -> None:
            if draft is not None and draft.kind is DraftKind.NEW:
                self._context.navigator.write_message(draft.conversation_id)
            elif draft is not None:
                self._context.navigator.write_in(draft.conversation_id, draft.kind)

        def call_back() -> Draft | None:
            draft = begun.call_back(message_id) or composer.call_back(message_id)
            return draft and kept_as_written(self._context.desk, draft)

        replies = [(conversation_id, kind) for kind in (DraftKind.REPLY, DraftKind.FORWARD)]
        self._context.drafts.during(replies, call_back, done)

    def _begin_again(self, item: OutboxItem) -> None:
        """A message that was to begin a conversation is one that is being written again."""
        desk, context, operation_id = self._context.desk, self._context, item.operation_id or ""

        def work() -> Draft:
            draft = desk.new_messages.write_again(item.parts)
            desk.outbox.discard(operation_id)
            return draft

        context.tasks.write(work, lambda draft: context.navigator.write_message(draft.conversation_id))

    def _write_again(self, row: OutboxRow, payload: Reply | AddNote) -> None:
        desk, operation_id = self._context.desk, row.item.operation_id or ""
        kind = DraftKind.NOTE if isinstance(payload, AddNote) else DraftKind.REPLY
        if isinstance(payload, Reply) and payload.forward:
            kind = DraftKind.FORWARD

        def work() -> Draft | None:
            if desk.conversations.card(payload.conversation_id) is None:
                return None
            draft = kept_as_written(desk, desk.composer.write_again(payload))
            desk.outbox.discard(operation_id)
            desk.drafts.tell(draft.conversation_id)
            return draft

        def done(draft: Draft | None) -> None:
            if draft is None:
                self._context.navigator.notify(f"Its conversation is not here any more. {COPY_IT}")
            else:
                self._context.navigator.write_in(draft.conversation_id, draft.kind)

        self._context.drafts.during([(payload.conversation_id, kind)], work, done)

    def _edit_article(self, row: OutboxRow, payload: SaveArticle) -> None:
        """What was to be saved is what the editor shows; against another version it asks which to go on with."""
        context, operation_id = self._context, row.item.operation_id or ""
        draft = Draft(
            conversation_id=payload.article_id,
            kind=DraftKind.ARTICLE,
            text=json.dumps(to_plain(form_of_save(payload))),
            subject=ARTICLE,
            updated_at=context.desk.clock.now(),
        )

        def take(present: Draft | None) -> None:
            if present is not None and present.text:
                context.navigator.notify(f"You are writing on this article already. {COPY_IT}")
            else:
                context.drafts.put(draft, self)
                context.drafts.flush()
                context.tasks.write(lambda: context.desk.apply(DiscardResult(operation_id=operation_id)))
            context.navigator.open_article(payload.article_id)

        context.tasks.read(
            lambda: context.desk.drafts.get(payload.article_id, DraftKind.ARTICLE), take, key=(self, "edit")
        )

    def discard(self, row: OutboxRow) -> None:
        """Give an item up: it goes no further."""
        desk, item = self._context.desk, row.item
        message_id, operation_id = item.message_id, item.operation_id

        def work() -> None:
            if message_id is not None:
                desk.composer.discard(message_id)
            elif operation_id is not None:
                desk.outbox.discard(operation_id)

        self._context.tasks.write(work, self._on_discarded)

    def _on_discarded(self, _: None) -> None:
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
            online = self._context.desk.sync.status.hands_over
            self._context.navigator.notify(
                "On its way." if online else "It will be sent when you are online."
            )
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
            rows.append(OutboxRow(item=item, subject=item.subject))
        else:
            rows.append(OutboxRow(item=item, subject=card.conversation.subject, customer=card.customer.name))
    return tuple(sorted(rows, key=lambda row: (not row.needs_attention, row.item.at)))
