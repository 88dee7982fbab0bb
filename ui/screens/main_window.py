"""The frame of a window: menus, rail, screens, status line, and what floats over them.

The list is painted before the rest is made: see `_make_the_rest`. Whatever is needed earlier is made then.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from agent_desktop.domain.access import everything_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import ADMINISTRATION
from agent_desktop.parts import Part
from ui.context import UiContext
from ui.navigator import Navigator, ScreenName
from ui.prompts import WindowPrompts
from ui.screens import later
from ui.screens.screen_stack import Screen, ScreenStack
from ui.screens.stepwise import StepsWhileIdle
from ui.screens.workspace import Workspace
from ui.slices import FirstPaint, Slices
from ui.tasks import Problem, sentence_of
from ui.viewmodels.views import ViewsViewModel
from ui.widgets.rail import Rail

if TYPE_CHECKING:
    from agent_desktop.services.apply import Applied
    from agent_desktop.services.drafts import DraftKind
    from ui.commands import CommandSet, UiState
    from ui.navigator import Insertable
    from ui.prompts import Prompts
    from ui.screens.customers import CustomersScreen
    from ui.screens.knowledge import KnowledgeScreen
    from ui.screens.mail_actions import MailActions
    from ui.screens.palette import PaletteOverlay
    from ui.screens.search import SearchScreen
    from ui.screens.window_actions import WindowActions, WindowHost
    from ui.viewmodels.due_warnings import DueWarning
    from ui.viewmodels.sync_status import SyncStatusViewModel
    from ui.viewmodels.undo_stack import UndoStack
    from ui.widgets.status_line import StatusLine
    from ui.widgets.toast import Toast

MakeContext = Callable[["Prompts", Navigator], UiContext]
TITLE = "Agent Desktop"
MENUS = ("&File", "&Edit", "&Conversation", "&View", "&Go", "&Help")
"""The menus of the menu bar, which are filled with the commands; a test holds them to `ui.commands.Menu`."""
_SMALLEST = (800, 560)
_FIRST_SIZE = QSize(1440, 900)
_FRAME = QSize(16, 48)
"""What systems draw around a window, at most."""
_STATUS_HEIGHT = 26
_UNSEEN = 2_000
"""Milliseconds after which the rest is made though nothing was painted: the window may be hidden."""
_LATER = 3_000
"""Milliseconds after which what other screens need is loaded in the background."""


class MainWindow(QMainWindow):
    """One window: the navigator of its panes, and the target of the commands that go somewhere."""

    rest_made = Signal()
    """All of the window is there."""

    def __init__(self, make_context: MakeContext, host: "WindowHost", single: Id | None = None) -> None:
        super().__init__()
        self.making = threading.RLock()
        self._host = host
        self._name = "main" if single is None else "conversation"
        self._subject = ""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.context = context = make_context(WindowPrompts(self), self)
        self._views = ViewsViewModel(
            context.desk, context.tasks, context.changes, context.draft_changes, self.notify, self
        )
        self.workspace = Workspace(context, self._views)
        self.screens = ScreenStack(
            {
                ScreenName.INBOX: lambda: self.workspace,
                ScreenName.SEARCH: partial(later.search_screen, context),
                ScreenName.CUSTOMERS: partial(later.customers_screen, context),
                ScreenName.KNOWLEDGE: partial(later.knowledge_screen, context),
                ScreenName.OUTBOX: partial(later.outbox_screen, context),
                ScreenName.ADMINISTRATION: partial(later.administration_screen, context),
            },
            self,
        )
        self.rail = Rail(context.theme, context.desk.directory.me.name, self)
        self._slices = Slices(self._on_rest_made, self)
        self._begun = self._is_whole = False
        self._idle = StepsWhileIdle(context.tasks, self)
        self._lay_out()
        self._connect()
        self.screens.switch_to(ScreenName.INBOX)
        self.rail.setVisible(single is None)
        self._restore()
        self.workspace.start(single)
        self._refresh()
        shown = self.workspace.list.list.viewport() if single is None else self.workspace
        inbox = self.workspace.inbox
        FirstPaint(shown, lambda: not inbox.loading, self._make_the_rest)
        QTimer.singleShot(_UNSEEN, self, self._make_the_rest)

    # What is made behind the first painting

    def _make_the_rest(self) -> None:
        """Load on another thread what the rest of the window needs, then make it piece by piece."""
        if not self._begun:
            self._begun = True
            self._views.count()
            self.context.tasks.read(later.load_window, lambda _: self._slices.begin(self._rest()))
            QTimer.singleShot(_LATER, self, self._load_other_screens)

    def _rest(self) -> tuple[Callable[[], object], ...]:
        return (
            lambda: self.workspace.conversation,
            lambda: self.workspace.beside,
            lambda: self._undo,
            lambda: self.commands,
            lambda: self._palette,
        )

    @property
    def is_whole(self) -> bool:
        """Whether all of the window is made."""
        return self._is_whole

    def complete(self) -> None:
        """Make all of the window now, for somebody who cannot wait."""
        self._begun = True
        for make in self._rest():
            make()
        self.follow_sync()
        self._on_rest_made()

    def _on_rest_made(self) -> None:
        self._is_whole = True
        self.rest_made.emit()

    def follow_sync(self) -> None:
        """Show how the exchange with the server stands, from now on. To be called when it has begun."""
        self.status_line.show()

    @Part
    def commands(self) -> "CommandSet":
        """Everything that can be done here, by menu, palette and key."""
        from ui.screens import window_rest

        commands = window_rest.make_commands(
            self.context, self._actions, self.workspace, self._mail, self, self._is_text_field, self
        )
        window_rest.fill_menus(self._menus, commands)
        self.addActions(commands.actions())
        self.workspace.set_menu(window_rest.row_menu(commands))
        commands.set_state(self._state())
        return commands

    @Part
    def _mail(self) -> "MailActions":
        from ui.screens.window_rest import MailActions

        return MailActions(self, self.context, self.workspace, lambda: self.commands)

    @Part
    def _actions(self) -> "WindowActions":
        from ui.screens.window_actions import WindowActions

        return WindowActions(
            self,
            self._host,
            self.context,
            self.workspace,
            lambda: self._status,
            lambda: self._undo,
            lambda: self.commands,
        )

    @Part
    def _undo(self) -> "UndoStack":
        from ui.viewmodels.undo_stack import UndoStack

        undo = UndoStack(self.context.desk, self.context.drafts, self)
        undo.changed.connect(self._refresh)
        undo.said.connect(self._on_undo_said)
        return undo

    @Part
    def _toast(self) -> "Toast":
        from ui.widgets.toast import Toast

        toast = Toast(self.context.theme, self)
        toast.stand_over(self.workspace.list)
        return toast

    @Part
    def _palette(self) -> "PaletteOverlay":
        from ui.screens import window_rest

        return window_rest.make_palette(self.context, self.commands, self.workspace.run_macro, self)

    @Part
    def _status(self) -> "SyncStatusViewModel":
        from ui.viewmodels.sync_status import SyncStatusViewModel

        context = self.context
        status = SyncStatusViewModel(context.desk, context.tasks, context.changes, context.sync_changes, self)
        status.changed.connect(self._refresh)
        status.count()
        return status

    @Part
    def status_line(self) -> "StatusLine":
        """How this device stands to the server."""
        from ui.widgets.status_line import StatusLine

        line = StatusLine(self.context.theme, self._status, self)
        line.outbox_wanted.connect(self._show_outbox)
        line.sign_in_wanted.connect(lambda: self._actions.sign_in())
        line.recovery_key_wanted.connect(lambda: self._actions.show_recovery_key())
        self._status_layout.addWidget(line)
        self._status_host.setMinimumHeight(0)
        return line

    # Navigator: what panes ask of their window

    def open_conversation(self, conversation_id: Id, new_window: bool = False) -> None:
        """Show a conversation here or in a window of its own."""
        if new_window:
            self._host.new_window(conversation_id)
        else:
            self.screens.switch_to(ScreenName.INBOX)
            self.workspace.open_conversation(conversation_id)

    def write_in(self, conversation_id: Id, kind: "DraftKind") -> None:
        """Show a conversation, and give the keyboard to what is written there."""
        self.open_conversation(conversation_id)
        self.workspace.conversation.write(kind)

    def open_customer(self, customer_id: Id) -> None:
        """Show a customer on the customers screen."""
        screen = self.screens.switch_to(ScreenName.CUSTOMERS)
        cast("CustomersScreen", screen).show_customer(customer_id)

    def open_article(self, article_id: Id) -> None:
        """Show an article on the knowledge screen."""
        screen = self.screens.switch_to(ScreenName.KNOWLEDGE)
        cast("KnowledgeScreen", screen).show_article(article_id)

    def insert_in_composer(self, content: "Insertable") -> None:
        """Put something into the reply that is being written."""
        if self.workspace.inbox.open_id is None:
            self._say("Open a conversation first, then insert it there.", problem=True)
            return
        self.screens.switch_to(ScreenName.INBOX)
        self.workspace.insert(content)

    def write_message(self, draft_id: Id) -> None:
        """Go on with a message that begins a conversation."""
        self._mail.go_on(draft_id)

    def show_screen(self, name: ScreenName) -> None:
        """Go to a screen and give it the keyboard."""
        screen = self.screens.switch_to(name)
        if isinstance(screen, Workspace):
            screen.list.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            cast(Screen, screen).activate()

    def search_for(self, query: str) -> None:
        """Go to the search screen with this query."""
        screen = self.screens.switch_to(ScreenName.SEARCH)
        cast("SearchScreen", screen).search_for(query)

    def notify(self, message: str, applied: "Applied | None" = None) -> None:
        """Say what was done, with the way back."""
        undone = applied is not None and self._undo.push(applied)
        self._toast.say(message, (lambda: self._undo.undo(applied)) if undone else None)

    # Places

    def open_palette(self, text: str = "") -> None:
        """Open the command palette."""
        self._palette.open(text)

    def search(self) -> None:
        """Go to the search screen."""
        self.show_screen(ScreenName.SEARCH)

    def show_view(self, key: str) -> None:
        """Go to a view of the inbox."""
        self.show_screen(ScreenName.INBOX)
        self.workspace.show_view(key)

    def show_numbered_view(self, number: int) -> None:
        """Go to the view in this place of the list of views."""
        self.screens.switch_to(ScreenName.INBOX)
        self.workspace.show_numbered_view(number)

    def cycle_panes(self, step: int) -> None:
        """Put the keyboard into the next pane."""
        if self.screens.current is not ScreenName.INBOX:
            self.focusNextPrevChild(step > 0)
            return
        panes = self.workspace.panes_in_order()
        focused = QApplication.focusWidget()
        at = [
            n for n, pane in enumerate(panes) if focused is pane or (focused and pane.isAncestorOf(focused))
        ]
        target = panes[(at[0] + step) % len(panes)] if at else panes[0]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        if not (target.hasFocus() or target.isAncestorOf(QApplication.focusWidget() or target)):
            target.focusNextPrevChild(True)

    def go_back(self) -> None:
        """One step back: close what lies over the rest, from the text to the conversation, uncheck, to the list."""
        workspace = self.workspace
        if self.screens.current is not ScreenName.INBOX:
            self.show_screen(ScreenName.INBOX)
        elif not workspace.panes.close_overlays() and not workspace.leave_text():
            if workspace.inbox.model.checked:
                workspace.inbox.uncheck()
            workspace.list.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # What others tell the window

    def say_problem(self, problem: Problem) -> None:
        """Say why something was not done."""
        self._say(sentence_of(problem), problem=True)

    def warn(self, warning: "DueWarning") -> None:
        """Say what is due, in words that assistive technology speaks, too."""
        about = warning.conversation_id
        self._toast.warn(warning.words, None if about is None else partial(self.open_conversation, about))

    # Overrides of Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._host.may_close(self, self.context.prompts):
            event.ignore()
            return
        self._host.remember(
            self._name,
            {
                "geometry": bytes(self.saveGeometry().toBase64().data()).decode(),
                "panes": self.workspace.panes.widths(),
            },
        )
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange:
            self._refresh()

    # The rest

    def _load_other_screens(self) -> None:
        self.context.tasks.read(later.load, lambda _: self._idle.take(self.screens.steps()))

    def _lay_out(self) -> None:
        self._menus = [self.menuBar().addMenu(title) for title in MENUS]
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addWidget(self.screens, 1)
        central = QWidget(self)
        self._status_host = QWidget(central)
        self._status_host.setMinimumHeight(_STATUS_HEIGHT)
        self._status_layout = QVBoxLayout(self._status_host)
        self._status_layout.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(body, 1)
        layout.addWidget(self._status_host)
        self.setCentralWidget(central)
        self.setMinimumSize(*_SMALLEST)

    def _connect(self) -> None:
        self.rail.screen_chosen.connect(self.show_screen)
        self.rail.views_wanted.connect(self.workspace.panes.toggle_views)
        self.rail.settings_wanted.connect(lambda: self._actions.open_settings())
        self.screens.switched.connect(self._on_switched)
        self.workspace.list.search_requested.connect(self.open_palette)
        self.workspace.state_changed.connect(self._refresh)
        self.workspace.subject_changed.connect(self._on_subject_changed)
        self.workspace.sent.connect(self._on_sent)
        self._views.changed.connect(self._refresh)
        self.context.theme.changed.connect(self._restyle)
        application = QGuiApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def _restore(self) -> None:
        remembered = self._host.remembered(self._name)
        geometry, widths = remembered.get("geometry"), remembered.get("panes")
        if not isinstance(geometry, str) or not self.restoreGeometry(
            QByteArray.fromBase64(geometry.encode())
        ):
            self.resize(self._first_size())
        if isinstance(widths, list):
            self.workspace.panes.restore(widths)

    def _first_size(self) -> QSize:
        """As large as is good, and no larger than the screen leaves room for, with the frame of the system."""
        return _FIRST_SIZE.boundedTo(self.screen().availableSize() - _FRAME)

    def _show_outbox(self) -> None:
        self.show_screen(ScreenName.OUTBOX)

    def _say(self, message: str, *, problem: bool = False) -> None:
        self._toast.say(message, problem=problem)

    def _on_subject_changed(self, subject: str) -> None:
        self._subject = subject
        self._refresh()

    def _on_sent(self) -> None:
        self._undo.note_reply()
        self._refresh()

    def _on_undo_said(self, message: str, problem: bool) -> None:
        self._say(message, problem=problem)

    def _on_switched(self, name: ScreenName) -> None:
        self.rail.show_screen(name)
        self._refresh()

    def _on_focus_changed(self) -> None:
        if self.isActiveWindow():
            self._refresh()

    def _is_text_field(self, focused: QObject) -> bool:
        # It makes all classes of fields.
        from ui.widgets.text_fields import is_text_field

        return isinstance(focused, QWidget) and focused.window() is self and is_text_field(focused)

    def _restyle(self) -> None:
        if MainWindow.commands.is_made(self):
            self.commands.refresh_icons(self.context.icons)
        self._refresh()

    def _refresh(self) -> None:
        """Bring commands, badges and the title in step with what is shown."""
        panes, inbox = self.workspace.panes, self.workspace.inbox
        if MainWindow.commands.is_made(self):
            self.commands.set_state(self._state())
        mine, outbox = self._views.item("mine"), self._views.item("outbox")
        # What was refused waits in no conversation.
        attention = self._status.words.attention if MainWindow._status.is_made(self) else 0
        waiting = outbox.count if outbox else 0
        self.rail.set_badges(mine.count if mine else 0, max(waiting, attention))
        self.rail.show_administration(self._administers)
        self.rail.views.setVisible(not panes.views_docked and self.screens.current is ScreenName.INBOX)
        where = inbox.view.title if inbox.view and self.workspace.has_list else self._subject
        company = self.context.desk.directory.workspace_name
        self.setWindowTitle(" – ".join(part for part in (where, company, TITLE) if part))

    @property
    def _administers(self) -> bool:
        return any(map(self.context.desk.directory.actor.may, ADMINISTRATION))

    def _state(self) -> "UiState":
        from ui.commands import UiState
        from ui.screens.window_rest import marked_commands

        inbox, card = self.workspace.inbox, self.workspace.open_card
        return UiState(
            marked=marked_commands(
                self.context.theme.mode.value,
                online=not MainWindow._status.is_made(self) or self._status.online,
                context_shown=self.workspace.panes.context_shown,
            ),
            screen=self.screens.current,
            place=self.workspace.place(),
            targets=len(inbox.target_ids()),
            opened=inbox.open_id is not None,
            suggested=card is not None and card.suggested is not None,
            merged=card is not None and bool(card.merged),
            can_undo=self._undo.can_undo or self.workspace.can_undo_send,
            views_exist=self.workspace.has_list,
            administers=self._administers,
            allowed=everything_of(self.context.desk.directory.actor),
            signed_out=MainWindow._status.is_made(self) and self._status.words.sign_in,
        )
