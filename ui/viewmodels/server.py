"""The team's server as a person sees it: where it is, how one stands to it, signing in again and out."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.services.server_account import CodeNeeded, ServerAccount
from agent_desktop.services.sync_status import SyncStatus
from ui.models.local_time import local_zone
from ui.relay import Relay
from ui.tasks import Problem, sentence_of
from ui.viewmodels.sync_status import state_words

if TYPE_CHECKING:
    from ui.context import UiContext


class ServerViewModel(QObject):
    """One account. What is asked of the server is waited for on another thread."""

    changed = Signal()
    """The state, or whether something is being asked."""
    signed_in = Signal()
    refused = Signal(str)
    """It did not work, in words."""
    code_needed = Signal(str)
    """The password is right, and a code is asked for, in words."""
    page_wanted = Signal(str)
    """An address to be opened in the browser, where the person goes on."""
    cancelled = Signal()
    """The browser is waited for no longer."""

    def __init__(self, context: "UiContext", account: ServerAccount, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._account = account
        self._status = context.desk.sync.status
        self.busy = False
        """Whether the server is being asked."""
        self.waiting = False
        """Whether the browser is waited for."""
        self._pages, self._ends = Relay(self), Relay(self)
        self._pages.received.connect(lambda address: self.page_wanted.emit(str(address)))
        self._ends.received.connect(self._on_end)
        context.sync_changes.received.connect(self._on_status)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What is known of it, by title."""
        identity = self._account.identity
        rows = (
            ("Address", identity.url),
            ("Workspace", identity.workspace),
            ("Signed in as", f"{self._context.desk.directory.me.name} ({identity.email})"),
            ("This computer", identity.device),
        )
        return tuple(row for row in rows if row[1])

    @property
    def email(self) -> str:
        """Who signs in."""
        return self._account.identity.email

    @property
    def url(self) -> str:
        """Where."""
        return self._account.identity.url

    @property
    def by_password(self) -> bool:
        """Whether one signed in last with a password typed here."""
        return self._account.by_password

    @property
    def state(self) -> str:
        """How one stands to the server now."""
        if self.needs_sign_in:
            return "Signed out"
        words, _ = state_words(self._status, self._context.desk.clock.now(), local_zone())
        return words

    @property
    def needs_sign_in(self) -> bool:
        """Whether signing in is what helps."""
        return self._status.sign_in

    @property
    def why(self) -> str:
        """What the server says of it."""
        return self._status.problem

    def sign_in(self, password: str, code: str = "") -> None:
        """Sign in again."""
        if not password:
            self.refused.emit("Type your password.")
            return
        self._ask(True)
        self._context.tasks.read(lambda: self._account.sign_in(password, code), self._done, self._failed)

    def sign_in_with_browser(self, new_password: bool = False) -> None:
        """Sign in again on a page of the server, and perhaps choose another password there."""
        self.waiting = True
        self._account.sign_in_with_browser(
            self._pages.send,
            lambda sentence, signed_in: self._ends.send((sentence, signed_in)),
            new_password,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Wait for the browser no longer."""
        if self.waiting:
            self.waiting = False
            self._account.cancel_sign_in()
            self.cancelled.emit()

    def close(self) -> None:
        """Nobody looks any more."""
        self.cancel()
        self._pages.close()
        self._ends.close()

    def sign_out(self) -> None:
        """Sign out; everything stays here."""
        self._ask(True)
        self._context.tasks.read(self._account.sign_out, self._out, self._failed)

    def _done(self, sentence: str) -> None:
        self._ask(False)
        self._context.navigator.notify(sentence or f"Signed in at {self.url}")
        self.signed_in.emit()

    def _out(self, sentence: str) -> None:
        self._ask(False)
        self._context.navigator.notify(sentence)

    def _on_end(self, end: tuple[str, bool]) -> None:
        if not self.waiting:
            return  # who cancelled knows it
        self.waiting = False
        sentence, signed_in = end
        if signed_in:
            self._done(sentence)
        else:
            self.refused.emit(sentence)

    def _failed(self, problem: Problem) -> None:
        self._ask(False)
        if isinstance(problem, CodeNeeded):
            self.code_needed.emit(sentence_of(problem))
        else:
            self.refused.emit(sentence_of(problem))

    def _ask(self, busy: bool) -> None:
        self.busy = busy
        self.changed.emit()

    def _on_status(self, status: SyncStatus) -> None:
        self._status = status
        self.changed.emit()
