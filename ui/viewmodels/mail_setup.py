"""Connecting the mailbox of one channel: finding its servers, trying it, and setting it up. Nothing here waits."""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailAuth, MailStep
from agent_desktop.services.apply import Applied
from agent_desktop.services.mail_setup import DetectedMail, GrantAttempt, MailSetup, SavedMail
from agent_desktop.services.sync_status import SyncStatus
from ui.models.administration_forms import ChannelForm, channel_form, save_channel
from ui.models.mail_account_text import UNKNOWN, Health, health_of
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

OFFLINE = (
    "The channel is kept on this computer. Its mailbox is connected as soon as the server can be reached."
)
NO_SERVERS = "Nothing can be tried yet: enter a server for receiving or for sending."


class Stage(Enum):
    """What goes on."""

    EDITING = auto()
    TESTING = auto()
    """One may go on typing; what is found is of what was typed before."""
    HANDING_OVER = auto()
    """The server does not have the channel yet."""
    SAVING = auto()
    GRANTING = auto()
    """The browser is waited for."""
    CONNECTED = auto()
    """All is set up, and mail is waited for."""


class MailSetupViewModel(QObject):
    """The mailbox of the channel `channel_id`, which may not be there yet.

    `found` tells what was found for an address, `saved` that the channel is saved and its mailbox as wanted,
    `page_wanted` which page the browser has to open. `changed`: anything else is different.
    """

    changed = Signal()
    found = Signal(object)
    saved = Signal()
    page_wanted = Signal(str)

    def __init__(
        self,
        context: "UiContext",
        channel_id: Id,
        server: Callable[[], MailSetup] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        # Made where it is asked, off this thread: the first use loads the server's side.
        self._server = server or (lambda: context.desk.mail_setup)
        self._context = context
        self.channel_id = channel_id
        self.kept: SavedMail | None = None
        """What the server has; None while that is not known."""
        self.stage = Stage.EDITING
        self.finding = False
        self.problem = ""
        """What went wrong last, in words."""
        self.sending = False
        """A mail is being sent to whoever looks at this, to try the account."""
        self._sent: MailStep | None = None
        self.first: Id | None = None
        """The conversation that began first on this channel since it was connected."""
        self._look = self._trial = 0
        self._parts: dict[int, tuple[MailStep, ...]] = {}
        self._missing: set[int] = set()
        self._wanted: tuple[MailAccount, str | None] | None = None
        self._after_test = self._sign_in = False
        self._attempt: GrantAttempt | None = None
        self._form = ChannelForm()
        context.sync_changes.received.connect(self._on_sync)
        context.changes.received.connect(self._on_changes)

    # ----- what is there

    @property
    def health(self) -> Health:
        """How the mailbox does."""
        return UNKNOWN if self.kept is None else health_of(self.kept, self._context.desk.clock.now())

    @property
    def is_connected(self) -> bool:
        """Whether an account is set up."""
        return self.kept is not None and self.kept.account is not None

    @property
    def busy(self) -> bool:
        """Whether something is done that has to end first."""
        return self.stage in (Stage.HANDING_OVER, Stage.SAVING, Stage.GRANTING)

    @property
    def steps(self) -> tuple[MailStep, ...]:
        """What the last test has found so far, and what became of the mail that was sent after it."""
        return (*self._tested, *((self._sent,) if self._sent is not None else ()))

    @property
    def _tested(self) -> tuple[MailStep, ...]:
        return tuple(step for part in sorted(self._parts) for step in self._parts[part])

    @property
    def tested(self) -> bool | None:
        """Whether the last test worked; None: there was none, or it goes on."""
        if self._missing or not self._parts:
            return None
        return all(step.worked for step in self._tested)

    @property
    def my_address(self) -> str:
        """Where a mail goes that tries the account; "": the server knows."""
        return self._context.desk.directory.me.email

    def look(self) -> None:
        """Ask the server what is set up, and how it does."""
        server, channel_id = self._server, self.channel_id
        self._context.tasks.fetch(lambda: server().read(channel_id), self._take, self._not_known)

    def _take(self, kept: SavedMail) -> None:
        self.kept = kept
        self.changed.emit()

    def _not_known(self, problem: Problem) -> None:
        # A channel that the server does not have yet has no account.
        self._take(SavedMail())

    # ----- finding servers

    def find(self, address: str, provider: str = "") -> None:
        """Look for the servers of an address; `provider` runs its mailbox."""
        self._look += 1
        self.finding, self.problem = True, ""
        server = self._server
        self._context.tasks.fetch(
            lambda: server().detect(address, provider),
            partial(self._on_found, self._look),
            partial(self._on_not_found, self._look),
        )
        self.changed.emit()

    def stop_finding(self) -> None:
        """Whatever is found is not wanted any more."""
        self._look += 1
        self.finding = False
        self.changed.emit()

    def _on_found(self, look: int, found: DetectedMail) -> None:
        if look == self._look:
            self.finding = False
            self.found.emit(found)
            self.changed.emit()

    def _on_not_found(self, look: int, problem: Problem) -> None:
        self._on_found(look, DetectedMail(source=sentence_of(problem)))

    # ----- trying it

    def test(self, account: MailAccount, secret: str | None) -> None:
        """Try an account: receiving and sending side by side, each shown as soon as it is known."""
        self._trial += 1
        self.problem = ""
        parts = {
            place: part
            for place, part in enumerate((replace(account, smtp=None), replace(account, imap=None)))
            if part.imap is not None or part.smtp is not None
        }
        self._parts, self._missing = {}, set(parts)
        self._sent, self.sending = None, False
        if not parts:
            self._fail(NO_SERVERS)
            return
        self.stage = Stage.TESTING
        for place, part in parts.items():
            self._context.tasks.fetch(
                partial(self._tried, part, secret),
                partial(self._on_tested, self._trial, place),
                partial(self._on_not_tested, self._trial, place),
            )
        self.changed.emit()

    def stop_testing(self) -> None:
        """What is tried is not what is wanted any more."""
        self._trial += 1
        self._parts, self._missing, self._after_test = {}, set(), False
        self._sent, self.sending = None, False
        if self.stage is Stage.TESTING:
            self.stage = Stage.EDITING
        self.changed.emit()

    def send_to_me(self, account: MailAccount, secret: str | None) -> None:
        """Send one mail to whoever looks at this; what the server said is the last step then."""
        if self.sending:
            return
        self.sending, self._sent = True, None
        server, channel_id, part = self._server, self.channel_id, replace(account, imap=None)
        self._context.tasks.fetch(
            lambda: server().test(channel_id, part, secret, send=True),
            partial(self._on_sent, self._trial),
            partial(self._on_not_sent, self._trial),
        )
        self.changed.emit()

    def _on_sent(self, trial: int, steps: tuple[MailStep, ...]) -> None:
        if trial == self._trial:
            self.sending, self._sent = False, steps[-1] if steps else None
            self.changed.emit()

    def _on_not_sent(self, trial: int, problem: Problem) -> None:
        self._on_sent(
            trial, (MailStep(name="Sending: Send a mail", worked=False, sentence=sentence_of(problem)),)
        )

    def _tried(self, part: MailAccount, secret: str | None) -> tuple[MailStep, ...]:
        return self._server().test(self.channel_id, part, secret)

    def _on_tested(self, trial: int, place: int, steps: tuple[MailStep, ...]) -> None:
        if trial != self._trial:
            return
        self._parts[place] = steps
        self._missing.discard(place)
        if not self._missing:
            self._on_all_tested()
        self.changed.emit()

    def _on_not_tested(self, trial: int, place: int, problem: Problem) -> None:
        name = ("Receiving", "Sending")[place]
        self._on_tested(trial, place, (MailStep(name=name, worked=False, sentence=sentence_of(problem)),))

    def _on_all_tested(self) -> None:
        self.stage = Stage.EDITING
        if self._after_test and self.tested:
            self._save()
        self._after_test = False

    # ----- setting it up

    def save(
        self,
        form: ChannelForm,
        account: MailAccount | None,
        secret: str | None,
        *,
        untested: bool = False,
        sign_in: bool = False,
    ) -> None:
        """Save the channel, and connect its mailbox as wanted (None: leave it as it is) once a test has worked.

        `sign_in`: what a provider granted is no good any more.
        """
        self._form, self._sign_in = form, sign_in
        self._wanted = None if account is None else (account, secret)
        self.problem = ""
        if account is None or untested or account.auth is MailAuth.OAUTH or not account.enabled:
            self._save()
        else:
            self._after_test = True
            self.test(account, secret)

    def cancel(self) -> None:
        """Wait no longer for the browser or the server."""
        if self._attempt is not None:
            self._attempt.cancel()
        elif self.stage is Stage.HANDING_OVER:
            self.stage = Stage.EDITING
            self.changed.emit()

    def _save(self) -> None:
        self.stage = Stage.HANDING_OVER
        desk, payload = self._context.desk, save_channel(self.channel_id, self._form)
        before = desk.directory.channel(self.channel_id)
        if before is not None and payload == save_channel(before.id, channel_form(before)):
            self._on_applied()
        else:
            self._context.tasks.write(lambda: desk.apply(payload), self._on_applied, self._refused)
        self.changed.emit()

    def _on_applied(self, _: Applied | None = None) -> None:
        if self._wanted is None:
            self._done()
        elif self._context.desk.sync.status.waiting:
            self.problem = "" if self._context.desk.sync.online else OFFLINE
            self.changed.emit()
        else:
            self._hand_over()

    def _on_sync(self, status: SyncStatus) -> None:
        if self.stage is Stage.HANDING_OVER and not status.waiting and self._wanted is not None:
            self._hand_over()

    def _hand_over(self) -> None:
        assert self._wanted is not None
        (account, secret), channel_id = self._wanted, self.channel_id
        server, tasks = self._server, self._context.tasks
        self.problem = ""
        kept = self.kept.account if self.kept is not None else None
        has_grant = kept is not None and (kept.provider, kept.user) == (account.provider, account.user)
        if account.auth is MailAuth.OAUTH and (self._sign_in or not has_grant):
            self.stage = Stage.GRANTING
            tasks.fetch(
                lambda: server().granting(channel_id, account, self.page_wanted.emit),
                self._grant,
                self._refused,
            )
        else:
            self.stage = Stage.SAVING
            tasks.fetch(lambda: server().save(channel_id, account, secret), self._on_connected, self._refused)
        self.changed.emit()

    def _grant(self, attempt: GrantAttempt) -> None:
        self._attempt = attempt
        self._context.tasks.fetch(attempt.run, self._on_connected, self._refused)

    def _on_connected(self, kept: SavedMail) -> None:
        self._attempt = None
        self.kept = kept
        self._done()

    def _done(self) -> None:
        self.stage = Stage.CONNECTED if self._wanted is not None else Stage.EDITING
        self.changed.emit()
        self.saved.emit()

    def _refused(self, problem: Problem) -> None:
        self._attempt = None
        self._fail(sentence_of(problem))

    def _fail(self, sentence: str) -> None:
        self.stage, self.problem, self._after_test = Stage.EDITING, sentence, False
        self._missing = set()
        self.changed.emit()

    # ----- later

    def pause(self, paused: bool) -> None:
        """Read and send no more for now, or again."""
        account = self.kept.account if self.kept is not None else None
        if account is None:
            return
        server, channel_id, wanted = self._server, self.channel_id, replace(account, enabled=not paused)
        self._context.tasks.fetch(lambda: server().save(channel_id, wanted), self._take, self._refused)

    def remove(self) -> None:
        """Forget the account; what was received stays."""
        server, channel_id = self._server, self.channel_id
        self._context.tasks.fetch(
            lambda: server().remove(channel_id), lambda _: self._on_removed(), self._refused
        )

    def _on_removed(self) -> None:
        self._context.navigator.notify("The mailbox is disconnected. What was received stays.")
        self._take(SavedMail())

    def _on_changes(self, change_set: ChangeSet) -> None:
        if self.stage is not Stage.CONNECTED:
            return
        for change in change_set.of(Conversation):
            begun = change.new if change.old is None else None
            if self.first is None and begun is not None and begun.channel_id == self.channel_id:
                self.first = begun.id
                self.changed.emit()
