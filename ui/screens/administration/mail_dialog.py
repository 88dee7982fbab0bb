"""Connects a mailbox, and edits one later: three pages of which the first is enough for most."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, problems_of
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.mail_setup import MailSetup
from ui.context import UiContext
from ui.fonts import FontRole
from ui.models.administration_forms import ChannelForm, channel_form
from ui.models.mail_account_text import PROVIDERS, name_for
from ui.navigator import ScreenName
from ui.prompts import Question
from ui.screens.administration.mailbox_page import MailboxPage
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.mail_setup import MailSetupViewModel, Stage
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.channel_fields import AnswerFields, ChannelFields, Choices
from ui.widgets.dialog_size import begin_at
from ui.widgets.mail_waiting import MailWaiting
from ui.widgets.safe_text import SafeLabel
from ui.widgets.segmented import SegmentedControl

_WIDTH, _HEIGHT = 600, 620
_PAGES = ("Mailbox", "Channel", "Answers")
_LOOK_EVERY = 1_000  # milliseconds
_FAILED = "The test failed, so nothing was saved. The lines with a cross say what to do."
_LEAVE = Question(
    "Close without saving?", "What you have typed here would be lost.", "Discard", "Keep editing", True
)
_REMOVE = Question(
    "Remove this mailbox?",
    "Its servers and password are forgotten, and mail is neither received nor sent. The channel, its conversations, and"
    " the mail at its server stay as they are. Replies that wait stay here until a mailbox is connected again.",
    "Remove mailbox",
    dangerous=True,
)


class MailDialog(QDialog):
    """Enter saves, once a test has worked; Esc asks before anything that was typed is lost."""

    def __init__(
        self,
        context: UiContext,
        staff: StaffViewModel,
        row_id: Id,
        parent: QWidget | None = None,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
        server: Callable[[], MailSetup] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context, self._staff, self._row_id, self._open_url = context, staff, row_id, open_url
        channel = staff.channel(row_id)
        self._was = ChannelForm(kind=ChannelKind.EMAIL) if channel is None else channel_form(channel)
        self._was_account: MailAccount | None = None
        self._named = bool(self._was.name)
        self._wait = self._known = False
        self.setWindowTitle(self._was.name or "Connect a mailbox")
        self.setup = MailSetupViewModel(context, row_id, server, self)
        desk, themes = context.desk, context.theme
        choices = Choices(
            staff.open_teams,
            staff.colleagues,
            desk.directory.me,
            desk.directory.workspace_name,
            desk.clock.now(),
        )
        self.pages = SegmentedControl(themes, "Pages", _PAGES, self)
        self.mailbox = MailboxPage(themes, self.setup, self._was.address)
        self.channel = ChannelFields(self._was, choices)
        self.answers = AnswerFields(self._was, choices)
        self.problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self.problem.setContentsMargins(20, 0, 20, 0)
        self.test = Button(themes, "Test", parent=self)
        self.without = Button(themes, "", ButtonKind.LINK, parent=self)
        self.cancel = Button(themes, "Cancel", parent=self)
        self.yes = Button(themes, "Save", ButtonKind.PRIMARY, parent=self)
        self.yes.setDefault(True)
        self.waiting = MailWaiting(themes, self)
        self._lay_out()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY)
        self._timer.timeout.connect(self.setup.look)
        self._opened = self._state()
        # What is there already is not typed over by accident.
        (self.mailbox.password if self._was.address else self.mailbox.address).setFocus()
        if channel is not None:
            self.setup.look()
        else:
            self.refresh()

    # ----- what stands here

    @property
    def form(self) -> ChannelForm:
        """The channel as it stands in the fields."""
        return replace(
            self._was,
            name=self.channel.name.text().strip() or name_for(self.mailbox.typed_address),
            address=self.mailbox.typed_address,
            team_id=self.channel.team_id,
            signature=self.channel.signature.toPlainText(),
            private=self.channel.private.isChecked(),
            member_ids=self.channel.members.chosen,
            active=self.channel.active.isChecked(),
            reopening=self.answers.chosen_reopening,
            reopen_days=self.answers.days.value(),
            auto_reply=self.answers.auto_reply,
        )

    @property
    def is_changed(self) -> bool:
        """Whether closing would lose something."""
        return self._state() != self._opened

    # ----- what is done

    def try_it(self) -> None:
        """Test what stands in the fields."""
        if self._say(self._problem_of_mailbox()):
            self.setup.test(self.mailbox.account, self.mailbox.secret)

    def save(self, *, untested: bool = False, sign_in: bool = False) -> None:
        """Save the channel and connect the mailbox; it is tested first."""
        if self.setup.finding:
            # Enter in the address goes on to the password, and its servers are found meanwhile.
            self.mailbox.password.setFocus()
        if self.setup.busy or self.setup.finding or self.setup.stage is Stage.TESTING:
            return
        wanted = self._wanted_account()
        problem = self._problem_of_mailbox() if wanted is not None or not self.setup.is_connected else ""
        if problem:
            self._show_page(0)
        if self._say(problem or self._problem_of_channel()):
            self._wait = wanted is not None and not self.setup.is_connected
            account = self.mailbox.account if sign_in else wanted
            self.setup.save(self.form, account, self.mailbox.secret, untested=untested, sign_in=sign_in)

    def save_without(self) -> None:
        """Save the channel alone, or the mailbox although the test failed."""
        if self.setup.tested is False:
            self.save(untested=True)
        elif self._say(self._problem_of_channel()):
            self._wait = False
            self.setup.save(self.form, None, None)

    def accept(self) -> None:
        """Enter: save, or what is offered once it is connected."""
        if self._stack.currentWidget() is self.waiting:
            self._to_inbox()
        else:
            self.save()

    def reject(self) -> None:
        """Esc: close, but ask where something would be lost."""
        if self.setup.busy:
            self.setup.cancel()
        elif self.setup.stage is not Stage.CONNECTED and self.is_changed:
            self._context.prompts.ask(_LEAVE, self._leave)
        else:
            self._close()

    def refresh(self) -> None:
        """Show how things stand."""
        setup = self.setup
        if self._was_account is None and setup.kept is not None and setup.kept.account is not None:
            self._was_account = setup.kept.account
            if not self.is_changed:
                self.mailbox.show_account(setup.kept.account)
                self._opened = self._state()
        if not self._known and setup.kept is not None:
            self._known = True
            self.mailbox.find_if_missing()
        connected, testing = setup.is_connected, setup.stage is Stage.TESTING
        title = PROVIDERS.get(self.mailbox.account.provider, "the provider")
        begin = f"Sign in with {title}" if self.mailbox.by_grant else "Save and begin"
        self.yes.setText("Save" if connected else begin)
        self.yes.setEnabled(not testing)
        self.test.setText("Testing…" if testing else "Test")
        # Once it is connected, the button beside its health tests.
        self.test.setVisible(not connected and not self.mailbox.by_grant)
        self.test.setEnabled(not testing)
        failed = setup.tested is False
        self.without.setText("Save anyway" if failed else "Save without a mailbox")
        self.without.setVisible(failed or not connected)
        if setup.problem:
            self._say(setup.problem)
        elif failed:
            self._say(_FAILED)
        self._show_waiting()

    # ----- inside

    def _state(self) -> tuple[ChannelForm, MailAccount, str | None]:
        return self.form, self.mailbox.account, self.mailbox.secret

    def _wanted_account(self) -> MailAccount | None:
        """The account to connect; None while it is as the server has it."""
        account = self.mailbox.account
        as_it_was = account == self._was_account and self.mailbox.secret is None
        return None if self.setup.is_connected and as_it_was else account

    def _problem_of_mailbox(self) -> str:
        return self.mailbox.problem() or " ".join(problems_of(self.mailbox.account))

    def _problem_of_channel(self) -> str:
        problem = self._staff.problem(self._row_id, self.form)
        if problem:
            self._show_page(1 if "name" in problem else 2 if "automatic" in problem else 0)
        return problem

    def _say(self, problem: str) -> bool:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        return not problem

    def _show_page(self, index: int) -> None:
        self.pages.setCurrentIndex(index)

    def _show_waiting(self) -> None:
        setup, address = self.setup, self.mailbox.typed_address
        title = PROVIDERS.get(self.mailbox.account.provider, "the provider")
        if setup.stage is Stage.GRANTING:
            self.waiting.show_saving(f"Sign in with {title}", "Opening a page in your browser…", browser=True)
        elif setup.stage is Stage.SAVING or setup.stage is Stage.HANDING_OVER:
            words = setup.problem or "The server gets what you typed."
            self.waiting.show_saving(f"Connecting {address}", words, browser=False)
        elif setup.stage is Stage.CONNECTED and self._wait:
            self.waiting.show_connected(address, setup.health, arrived=setup.first is not None)
        shown = setup.busy or (setup.stage is Stage.CONNECTED and self._wait)
        before = self._stack.currentIndex()
        self._stack.setCurrentIndex(int(shown))
        if shown and not before:
            (self.waiting.inbox if setup.stage is Stage.CONNECTED else self.waiting.cancel).setFocus()
        elif shown and setup.stage is Stage.CONNECTED and not self.waiting.inbox.hasFocus():
            self.waiting.inbox.setFocus()
        elif before and not shown:
            self.yes.setDefault(True)
            self.mailbox.address.setFocus()

    def _on_saved(self) -> None:
        name = self.form.name
        if self.setup.stage is Stage.CONNECTED and self._wait:
            self.setWindowTitle(name)
            self._timer.start()
            return
        self._context.navigator.notify(f"Channel {name} saved.")
        self._close()

    def _on_found(self) -> None:
        # What was found can be found again: it is nothing that was typed.
        form, _, secret = self._opened
        self._opened = (form, self.mailbox.account, secret)

    def _on_page(self, address: str) -> None:
        title = PROVIDERS.get(self.mailbox.account.provider, "your provider")
        self.waiting.show_page(address, self._open_url(QUrl(address)), title)

    def _on_named(self) -> None:
        self._named = True

    def _on_address(self) -> None:
        if not self._named:
            self.channel.name.setPlaceholderText(name_for(self.mailbox.typed_address) or "Support")
        self.answers.show_channel(self.form.name)

    def _pause(self, paused: bool) -> None:
        self._was_account = None
        self.setup.pause(paused)

    def _remove(self) -> None:
        def decided(yes: bool) -> None:
            if yes:
                self._was_account = None
                self.setup.remove()

        self._context.prompts.ask(_REMOVE, decided)

    def _to_inbox(self) -> None:
        self._close()
        if self.setup.first is None:
            self._context.navigator.show_screen(ScreenName.INBOX)
        else:
            self._context.navigator.open_conversation(self.setup.first)

    def _leave(self, yes: bool) -> None:
        if yes:
            self._close()

    def _close(self) -> None:
        self._timer.stop()
        super().reject()

    def _connect(self) -> None:
        setup, page = self.setup, self.mailbox
        setup.changed.connect(self.refresh)
        setup.saved.connect(self._on_saved)
        setup.page_wanted.connect(self._on_page)
        setup.found.connect(lambda _: self._on_found())
        page.changed.connect(lambda: self._say(""))
        page.changed.connect(self.refresh)
        page.address.textEdited.connect(self._on_address)
        page.health.test_wanted.connect(self.try_it)
        page.health.pause_wanted.connect(self._pause)
        page.health.removal_wanted.connect(self._remove)
        page.health.sign_in_wanted.connect(lambda: self.save(sign_in=True))
        self.channel.name.textEdited.connect(self._on_named)
        self.pages.currentChanged.connect(self._bodies.setCurrentIndex)
        self.pages.currentChanged.connect(lambda _: self.answers.show_channel(self.form.name))
        self.test.clicked.connect(self.try_it)
        self.without.clicked.connect(self.save_without)
        self.cancel.clicked.connect(self.reject)
        self.yes.clicked.connect(self.accept)
        self.waiting.close_wanted.connect(self._close)
        self.waiting.inbox_wanted.connect(self._to_inbox)
        self.waiting.cancelled.connect(setup.cancel)

    def _lay_out(self) -> None:
        self._bodies = QStackedWidget(self)
        for page in (self.mailbox, self.channel, self.answers):
            area = QScrollArea(self)
            area.setWidgetResizable(True)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setFrameShape(QScrollArea.Shape.NoFrame)
            inner = QWidget()
            set_ground(inner, ColorRole.SURFACE)
            around = QVBoxLayout(inner)
            around.setContentsMargins(20, 14, 20, 12)
            around.addWidget(page)
            area.setWidget(inner)
            self._bodies.addWidget(area)
        editing = QWidget(self)
        head = QHBoxLayout()
        head.setContentsMargins(20, 14, 20, 0)
        head.addWidget(self.pages)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 4, 20, 16)
        foot.setSpacing(8)
        foot.addWidget(self.test)
        foot.addWidget(self.without)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.yes)
        outer = QVBoxLayout(editing)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        outer.addLayout(head)
        outer.addWidget(self._bodies, 1)
        outer.addWidget(self.problem)
        outer.addLayout(foot)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(editing)
        self._stack.addWidget(self.waiting)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.problem.hide()
        begin_at(self, QSize(_WIDTH, _HEIGHT))
