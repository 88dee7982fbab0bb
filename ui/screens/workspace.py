"""The agent's workspace: views, list, conversation and context, and what commands do in it."""

import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.parts import Part
from agent_desktop.services.views import ViewItem
from ui.context import UiContext
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.turns import Turns
from ui.viewmodels.inbox import InboxViewModel
from ui.viewmodels.views import ViewsViewModel
from ui.widgets.adaptive_panes import AdaptivePanes
from ui.widgets.inbox_pane import InboxPane
from ui.widgets.rail import WIDTH as RAIL_WIDTH
from ui.widgets.tear_off import TearOff
from ui.widgets.views_panel import ViewsPanel

if TYPE_CHECKING:
    from agent_desktop.services.conversation import ConversationCard, Related
    from ui.commands import Place
    from ui.navigator import Insertable
    from ui.screens.context_pane import ContextPane
    from ui.screens.conversation import ConversationPane
    from ui.widgets.pickers import Pickers

FIRST_VIEW = "mine"


class _Host(QWidget):
    """The place of a pane that is made after the list was painted, or when it is first needed."""

    def __init__(self, ground: ColorRole, parent: QWidget) -> None:
        super().__init__(parent)
        set_ground(self, ground)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def take_in(self, pane: QWidget) -> None:
        """The pane is here."""
        self._layout.addWidget(pane)
        self.setFocusProxy(pane)


class Workspace(QWidget):
    """One list and one conversation; a window for a single conversation shows only that."""

    state_changed = Signal()
    """Commands may apply to something else now."""
    subject_changed = Signal(str)
    """A conversation with another subject is shown."""
    sent = Signal(object)
    """A reply was sent."""

    def __init__(self, context: UiContext, views: ViewsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.making = threading.RLock()
        self._context = context
        self._views = views
        self.inbox = InboxViewModel(context.desk, context.tasks, context.changes, context.draft_changes, self)
        self.views = ViewsPanel(context, views, self)
        self.list = InboxPane(context, self.inbox, self._make_bulk_bar, self)
        self._conversation_host = _Host(ColorRole.SURFACE, self)
        self._beside_host = _Host(ColorRole.SUNKEN, self)
        self.panes = AdaptivePanes(
            (self.views, self.list, self._conversation_host, self._beside_host), RAIL_WIDTH, self
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)
        self._later = Turns(self)
        self._single: Id | None = None
        self._targets = (0, False)
        self._menu_actions: list[list[QAction]] = []
        self.views.chosen.connect(self._on_view_chosen)
        self.list.sort_chosen.connect(self.inbox.set_sort)
        self.list.mailbox_wanted.connect(self._connect_mailbox)
        self.list.list.activated_row.connect(self.open_selected)
        self.list.list.torn_off.connect(self._open_torn_off)
        self.list.list.looked_at.connect(self._look_ahead_at)
        self.list.list.menu_requested.connect(self._open_menu)
        self.inbox.opened.connect(self._on_opened)
        self.inbox.targets_changed.connect(self._on_targets)
        self.inbox.view_changed.connect(self.state_changed)
        self.panes.changed.connect(self.state_changed)
        context.theme.changed.connect(self.panes.fit_text)

    @Part
    def conversation(self) -> "ConversationPane":
        """The pane of the conversation that is open."""
        from ui.screens.conversation import ConversationPane

        pane = ConversationPane(self._context, self)
        pane.subject_changed.connect(self.subject_changed)
        pane.sent.connect(self.sent)
        pane.shown.connect(self._on_shown)
        pane.model.started.connect(lambda: self.beside.cover())
        pane.related.changed.connect(self.state_changed)
        pane.undo_bar.undo_requested.connect(self.state_changed)
        pane.undo_bar.expired.connect(self.state_changed)
        TearOff(pane.head, self._grab_head).torn_off.connect(self.open_in_window)
        self._conversation_host.take_in(pane)
        return pane

    @Part
    def beside(self) -> "ContextPane":
        """The pane beside it."""
        from ui.screens.context_pane import ContextPane

        pane = ContextPane(self._context, self)
        self._beside_host.take_in(pane)
        return pane

    @Part
    def _pickers(self) -> "Pickers":
        from ui.widgets.pickers import Pickers

        return Pickers(self._context)

    @property
    def can_undo_send(self) -> bool:
        """Whether a reply is about to leave that can still be called back."""
        return Workspace.conversation.is_made(self) and self.conversation.undo_bar.remaining > 0

    def start(self, single: Id | None = None) -> None:
        """Show the first view, or one conversation and nothing else."""
        self._single = single
        if single is not None:
            self.panes.hide_for_good(views=True, conversations=True)
            self.inbox.open(single)
            return
        self._views.count()
        self.show_view(FIRST_VIEW)
        self.list.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def has_list(self) -> bool:
        """Whether there are views and a list here."""
        return self._single is None

    @property
    def is_settled(self) -> bool:
        """Whether everything beside the open conversation has been asked for, too, and the next ones are ready."""
        pane = self.conversation
        return pane.is_settled and self._later.is_done and pane.has_looked_ahead

    def set_menu(self, groups: list[list[QAction]]) -> None:
        """What the menu of a row offers."""
        self._menu_actions = groups

    def place(self) -> "Place":
        """Where the keyboard is."""
        from ui.commands import Place

        focused = QApplication.focusWidget()
        for pane, place in (
            (self.list.list, Place.LIST),
            (self.views, Place.VIEWS),
            (self._conversation_host, Place.CONVERSATION),
            (self._beside_host, Place.CONTEXT),
        ):
            if focused is not None and (focused is pane or pane.isAncestorOf(focused)):
                return place
        return Place.ELSEWHERE

    def _connect_mailbox(self, channel_id: Id) -> None:
        # Only who sets a workspace up comes here.
        from ui.screens.administration.mail_dialog import MailDialog
        from ui.viewmodels.staff import StaffViewModel

        staff = StaffViewModel(self._context)
        dialog = MailDialog(self._context, staff, channel_id or staff.new_id(), self.window())
        staff.setParent(dialog)
        dialog.finished.connect(lambda _: self.list.offer.look_again())
        dialog.open()

    def show_view(self, key: str) -> None:
        """Show a view in the list, from its beginning."""
        item = self._views.item(key)
        if item is not None:
            self.views.mark(key)
            if self.inbox.view is None or self.inbox.view.key != key:
                self.inbox.show(item)

    def show_numbered_view(self, number: int) -> None:
        """Show the view that is listed in this place, counted from 1."""
        items = self._views.items
        if number <= len(items):
            self.show_view(items[number - 1].key)
            self.list.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def save_view(self) -> None:
        """Keep what the list shows under a name of one's own."""
        if self.inbox.view is not None:
            self.views.add_view_like(self.inbox.view)

    def open_conversation(self, conversation_id: Id) -> None:
        """Show a conversation, and mark it in the list if it is there."""
        self.inbox.open(conversation_id)
        self.conversation.setFocus(Qt.FocusReason.OtherFocusReason)

    def insert(self, content: "Insertable") -> None:
        """Put something into the composer."""
        self.conversation.insert(content)

    def leave_text(self) -> bool:
        """From what is being written back to the conversation; False when nothing is being written."""
        focused = QApplication.focusWidget()
        writing = focused is not None and self.conversation.composer.isAncestorOf(focused)
        if writing:
            self.conversation.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return writing

    def panes_in_order(self) -> list[QWidget]:
        """What F6 goes through: the panes that are to be seen."""
        stops = (self.views, self.list.list, self.conversation, self.beside)
        return [pane for pane in stops if pane.isVisibleTo(self)]

    # What commands do to conversations

    def open_selected(self) -> None:
        """Read the conversation at the cursor: the keyboard goes there."""
        self.list.list.step(0)
        self.conversation.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def open_in_window(self) -> None:
        """Show the open conversation in a window of its own."""
        if self.inbox.open_id is not None:
            self._context.navigator.open_conversation(self.inbox.open_id, new_window=True)

    def reply(self) -> None:
        """Write to the customer."""
        self.conversation.reply()

    def write_note(self) -> None:
        """Write to colleagues."""
        self.conversation.write_note()

    def log_call(self) -> None:
        """Write down a call with the customer of the open conversation."""
        from ui.widgets.call_dialog import CallDialog

        conversation_id = self.inbox.open_id
        if conversation_id is None:
            return
        card, save = self.conversation.model.card, partial(self._pickers.actions.log_call, conversation_id)
        customer = card.customer.name if card else ""
        dialog = CallDialog(self._context.theme, customer, save, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def pick_assignee(self) -> None:
        """Choose who works on it."""
        self._pickers.assign(self.inbox.target_ids(), self._anchor())

    def assign_to_me(self) -> None:
        """Take it."""
        self._pickers.actions.assign_to_me(self.inbox.target_ids())

    def pick_status(self) -> None:
        """Choose where it stands."""
        self._pickers.status(self.inbox.target_ids(), self._anchor())

    def resolve(self) -> None:
        """Mark it as solved."""
        self._pickers.actions.resolve(self.inbox.target_ids())

    def reopen(self) -> None:
        """Work on it again."""
        self._pickers.actions.set_status(self.inbox.target_ids(), Status.OPEN)

    def pick_snooze(self) -> None:
        """Choose when it comes back."""
        self._pickers.snooze(self.inbox.target_ids(), self._anchor())

    def pick_tags(self) -> None:
        """Choose its tags."""
        self._pickers.tags(self.inbox.target_ids(), self._anchor())

    def pick_priority(self) -> None:
        """Choose how urgent it is."""
        self._pickers.priority(self.inbox.target_ids(), self._anchor())

    def pick_macro(self) -> None:
        """Choose several steps to be done as one."""
        self._pickers.macro(self.inbox.target_ids(), self._anchor())

    def run_macro(self, macro_id: Id) -> None:
        """Run a macro that was chosen elsewhere."""
        self._pickers.actions.run_macro(self.inbox.target_ids(), macro_id)

    def mark_unread(self) -> None:
        """Show it as unread again."""
        self._pickers.actions.mark_unread(self.inbox.target_ids())

    def mark_read(self) -> None:
        """Show it as read."""
        self._pickers.actions.mark_read(self.inbox.target_ids())

    def hold(self, held: bool) -> None:
        """Keep it whatever the policy says, or no longer."""
        self._pickers.actions.hold(self.inbox.target_ids(), held)

    @property
    def open_card(self) -> "ConversationCard | None":
        """The head of the conversation that is shown."""
        return self.conversation.model.card if Workspace.conversation.is_made(self) else None

    def join(self) -> None:
        """Yes: it belongs to the suggested conversation."""
        self.conversation.related.join()

    def keep_apart(self) -> None:
        """No: it is a matter of its own."""
        self.conversation.related.keep_apart()

    def pick_merge(self) -> None:
        """Choose what it is merged with, and which goes on; of several that are selected, only the latter."""
        from ui.widgets.conversation_merge import ConversationPicker, KeepOneDialog

        ids, merging = self.inbox.target_ids(), self.conversation.merging

        def decide(found: "tuple[Related, ...]") -> None:
            if len(found) > 1:
                KeepOneDialog(self._context.theme, found, merging.merge, self.window()).open()

        if len(ids) > 1:
            merging.related(ids, decide)
        elif ids:
            picker = ConversationPicker(
                self._context,
                merging,
                ids[0],
                lambda one: merging.related((ids[0], one.id), decide),
                self.window(),
            )
            anchor = self._anchor()
            picker.show_at(QRect(anchor.mapToGlobal(anchor.rect().topLeft()), anchor.size()))

    def take_apart(self) -> None:
        """Take out again what was merged into it last."""
        card = self.open_card
        if card is not None and card.merged:
            self.conversation.related.take_apart(card.merged[-1])

    def toggle_check(self) -> None:
        """Select or unselect the conversation at the cursor."""
        self.list.list.toggle_check()

    def check_all(self) -> None:
        """Select everything in the view."""
        self.inbox.check_all()

    def step(self, distance: int) -> None:
        """Go to the next or the previous conversation."""
        self.list.list.step(distance)

    def _anchor(self) -> QWidget:
        """Where a picker opens: at the search field of the list while rows are checked, else at the conversation."""
        if self.has_list and (self.inbox.model.checked or self.list.list.hasFocus()):
            return self.list.search
        return self.conversation.head

    def _make_bulk_bar(self) -> QWidget:
        from ui.widgets.bulk_bar import BulkBar

        return BulkBar(self._context, self.inbox, self._pickers, self.list)

    def _on_opened(self, conversation_id: Id | None) -> None:
        self.conversation.show_conversation(conversation_id)

    def _on_targets(self) -> None:
        """Commands look only at how many they act on: another conversation in place of one changes nothing now."""
        targets = (len(self.inbox.target_ids()), self.inbox.open_id is not None)
        if targets != self._targets:
            self._targets = targets
            self.state_changed.emit()

    def _on_shown(self, conversation_id: Id | None) -> None:
        """The messages are on screen; the rest of the window follows."""
        self._later.take(
            (
                partial(self.beside.show_conversation, conversation_id),
                self.state_changed.emit,
                self._look_ahead,
            )
        )

    def _look_ahead(self) -> None:
        """People go through the list: the conversations beside the open one are likely to be next."""
        ids = self.list.list.neighbours()
        if ids:
            self.conversation.look_ahead(ids)
            self.list.list.paint_ahead()

    def _look_ahead_at(self, conversation_id: Id) -> None:
        """The mouse rests on a row, which is perhaps about to be clicked."""
        if Workspace.conversation.is_made(self):
            self.conversation.look_ahead_at(conversation_id)

    def _grab_head(self, where: QPoint) -> QPixmap | None:
        """What of the conversation is dragged; in a window of its own it is already torn off."""
        return self.conversation.head.grab() if self.has_list and self.inbox.open_id is not None else None

    def _open_torn_off(self, conversation_id: Id) -> None:
        self._context.navigator.open_conversation(conversation_id, new_window=True)

    def _on_view_chosen(self, item: ViewItem) -> None:
        self.panes.close_overlays()
        self.inbox.show(item)

    def _open_menu(self, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for group in self._menu_actions:
            menu.addActions(group)
            menu.addSeparator()
        menu.popup(where)
