"""Pictures of every screen, taken from the real window: for the docs, and for looking at."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from agent_desktop.context import Desk
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.key_trouble import KeyTrouble
from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.presence import Activity
from agent_desktop.domain.records import to_plain
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.own_account import OwnDevice, SignInFirst
from agent_desktop.services.server_account import CodeNeeded, ServerIdentity
from agent_desktop.services.settings import THEME
from agent_desktop.services.sync_status import SyncState, SyncStatus
from ui import administration_shots, mail_shots, mailbox_shots, merge_shots, writing_shots
from ui.models.roles import RowRole
from ui.navigator import ScreenName
from ui.program import Program
from ui.screens.administration.screen import PAGES
from ui.screens.first_run import FirstRun
from ui.screens.lock_window import LockWindow
from ui.screens.locked import LockedWindow
from ui.screens.main_window import MainWindow
from ui.screens.palette import PaletteOverlay
from ui.theme import ThemeManager, ThemeMode
from ui.viewmodels.own_account import OwnAccountViewModel
from ui.viewmodels.profile import ProfileViewModel
from ui.viewmodels.server import ServerViewModel
from ui.widgets.password_dialog import PasswordDialog
from ui.widgets.row_list import RowList
from ui.widgets.settings_dialog import SettingsDialog
from ui.widgets.sign_in_dialog import SignInDialog

SETTLE_MILLISECONDS = 30
SETTLED_ROUNDS = 8
LONGEST_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: a name for the file, and what to do in the window before it is taken.

    `prepare` may give another widget to take instead of the window. `then` is done once that has settled. With
    `meddled`, others come in between before.
    """

    name: str
    prepare: Callable[[MainWindow], QWidget | None]
    then: Callable[[MainWindow], None] | None = None
    meddled: bool = False


HERO = "replacement kettle"
"""What to search for to find the conversation that the pictures show."""
ANSWER = "the carrier has lost your parcel, I am sorry. A new kettle leaves today; it arrives on Thursday."


def _inbox(window: MainWindow) -> None:
    hits = window.context.desk.search.search(HERO).hits
    if hits:
        window.open_conversation(hits[0].conversation_id)


def _write(window: MainWindow) -> None:
    window.workspace.conversation.reply()
    if not window.workspace.conversation.composer.editor.text:
        window.workspace.insert(f"Hi Amelia,\n{ANSWER}")


def _colleague(window: MainWindow) -> None:
    _write(window)
    desk, shown = window.context.desk, window.workspace.inbox.open_id
    others = [user.id for user in desk.directory.users() if user.id != desk.user_id]
    if shown is not None:
        for user_id, activity in zip(others, (Activity.TYPING, Activity.VIEWING), strict=False):
            desk.presence.heard(user_id, shown, activity)


def _elsewhere(window: MainWindow) -> None:
    _write(window)
    desk, shown = window.context.desk, window.workspace.inbox.open_id
    if shown is None:
        return
    for sign in desk.presence.present(shown).signs:
        desk.presence.heard(sign.user_id, shown, Activity.AWAY)
    at = desk.clock.now() + timedelta(minutes=1)
    for kind, text in ((DraftKind.REPLY, f"Dear Amelia, {ANSWER}"), (DraftKind.NOTE, "Ask Swiftline again")):
        draft = Draft(conversation_id=shown, kind=kind, text=text, updated_at=at)
        copy = ShareDraft(
            conversation_id=shown,
            kind=kind.value,
            content=json.dumps(to_plain(draft)),
            device="Tablet 22bb",
            written_at=at,
        )
        window.context.tasks.write(partial(desk.apply, copy))


def _attention(window: MainWindow, position: int) -> None:
    window.show_screen(ScreenName.OUTBOX)
    screen = window.screens.switch_to(ScreenName.OUTBOX)
    outbox = screen.findChild(RowList)
    assert isinstance(outbox, RowList)

    def choose() -> None:
        row = outbox.rows.index(position).data(RowRole.ROW)
        if row is not None:
            outbox.choose(row.key)

    # What needs a decision moves up once it is known to need one.
    for changed in (outbox.rows.rowsInserted, outbox.rows.rowsMoved, outbox.rows.rowsRemoved):
        changed.connect(choose)
    choose()


def _sign_in(window: MainWindow) -> None:
    _inbox(window)
    status = SyncStatus(SyncState.REFUSED, window.context.desk.clock.now(), sign_in=True, waiting=3)
    window.context.sync_changes.send(status)


class _Account:
    """An account that waits for ever, to have its dialogs drawn."""

    identity = ServerIdentity(
        url="https://desk.northwind.example",
        workspace="Northwind Kettles",
        user_id="",
        email="maya@northwind.example",
        device="Laptop",
    )
    signed_in = False
    by_password = False

    def sign_in(self, password: str, code: str = "") -> str:
        raise CodeNeeded("Type the code that your app for codes shows now, or a recovery code.")

    def sign_in_with_browser(
        self, open_page: Callable[[str], None], ended: Callable[[str, bool], None], new_password: bool = False
    ) -> None:
        open_page(f"{self.identity.url}/oauth/authorize")

    def cancel_sign_in(self) -> None:
        pass

    def sign_out(self) -> str:
        return ""


def _sign_in_dialog(window: MainWindow, password: bool) -> QWidget:
    _inbox(window)
    server = ServerViewModel(window.context, _Account())
    dialog = SignInDialog(window.context.theme, server, window, lambda url: True)
    dialog.open()
    if password:
        dialog.use_password(True)
        dialog.form.password.setText("not the password")
    dialog.go_on()
    return dialog


_FIRST = (
    "To sign out another device, sign in on this one again first: so nobody else does it in your place. Nothing was"
    " changed."
)


class _OwnAccount:
    """Somebody with three devices, who does not know their password."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def change_password(self, current: str, new: str, *, sign_out_others: bool) -> None:
        raise InputError("The current password is not right. Nothing was changed.")

    def devices(self) -> tuple[OwnDevice, ...]:
        told = (
            ("Laptop", "Linux 6.8", timedelta(), 0, True),
            ("Office PC", "Windows 11", timedelta(hours=20), 2, True),
            ("Old laptop", "macOS 14.5", timedelta(days=64), None, False),
        )
        return tuple(
            OwnDevice(
                id=name,
                name=name,
                os=os,
                seen_at=self._now - ago,
                pending=pending,
                signed_in=signed_in,
                this=not ago,
            )
            for name, os, ago, pending, signed_in in told
        )

    def sign_out(self, device_id: Id) -> None:
        raise SignInFirst(_FIRST)


def _settings_of_team(window: MainWindow, page: str) -> SettingsDialog:
    """The settings as somebody sees them whose workspace is at a server."""
    context = window.context
    dialog = SettingsDialog(
        context,
        ProfileViewModel(context),
        ServerViewModel(context, _Account()),
        OwnAccountViewModel(context, lambda: _OwnAccount(context.desk.clock.now())),
        window.commands,
        lambda: None,
        window,
    )
    dialog.open()
    dialog.groups.setCurrentItem(dialog.groups.findItems(page, Qt.MatchFlag.MatchExactly)[0])
    return dialog


def _sign_in_first(window: MainWindow) -> QWidget:
    settings = _settings_of_team(window, "Devices")
    server = ServerViewModel(window.context, _Account())
    dialog = SignInDialog(window.context.theme, server, settings, lambda url: True, _FIRST)
    dialog.open()
    return dialog


def _change_password(window: MainWindow) -> QWidget | None:
    settings = _settings_of_team(window, "Security")
    button = settings.security.change_password
    assert button is not None
    button.click()
    dialog = settings.findChild(PasswordDialog)
    assert dialog is not None
    for field in (dialog.current, dialog.new, dialog.again):
        field.setText("seven kettles on the roof")
    dialog.accept()
    return dialog


def _screen(name: ScreenName) -> Callable[[MainWindow], None]:
    return lambda window: window.show_screen(name)


def _customer(window: MainWindow) -> None:
    found = window.context.desk.customers.find("amelia", 1)
    if found:
        window.open_customer(found[0].id)


def _article(window: MainWindow) -> None:
    found = window.context.desk.knowledge.find_articles("parcel", 1)
    if found:
        window.open_article(found[0].article.id)


def _offline(window: MainWindow) -> None:
    window.context.desk.sync.set_online(False)
    _write(window)
    window.workspace.conversation.send()


def _palette(window: MainWindow) -> None:
    window.show_screen(ScreenName.INBOX)
    window.open_palette("refund")


def _search(window: MainWindow) -> None:
    window.search_for("refund status:open,pending")


def _dialog(command: str) -> Callable[[MainWindow], QWidget | None]:
    def prepare(window: MainWindow) -> QWidget | None:
        window.show_screen(ScreenName.INBOX)
        window.commands.action(command).trigger()
        QApplication.processEvents()
        shown = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog)]
        return next((dialog for dialog in shown if dialog.isVisible()), None)

    return prepare


def _security(window: MainWindow) -> QWidget | None:
    dialog = _dialog("app.settings")(window)
    if isinstance(dialog, SettingsDialog):
        rows = dialog.groups.findItems("Security", Qt.MatchFlag.MatchExactly)
        dialog.groups.setCurrentItem(rows[0])
    return dialog


def _call(window: MainWindow) -> QWidget | None:
    _inbox(window)
    return _dialog("conversation.log_call")(window)


def _then(prepare: Callable[[MainWindow], QWidget | None], window: MainWindow) -> QWidget | None:
    """Do something once the conversation that the pictures show is open."""
    _inbox(window)
    return prepare(window)


SHOTS: tuple[Shot, ...] = (
    Shot("inbox", _inbox),
    Shot("writing", _inbox, _write),
    Shot("formatted", mail_shots.formatted),
    Shot("mail-automatic", mail_shots.automatic),
    Shot("inbox-offline", _inbox, _offline),
    Shot("palette", _palette),
    Shot("search", _search),
    Shot("customers", _customer),
    Shot("knowledge", _article),
    Shot("outbox", _screen(ScreenName.OUTBOX)),
    Shot("call", _call),
    Shot("settings", _dialog("app.settings")),
    Shot("security", _security),
    Shot("security-team", partial(_settings_of_team, page="Security")),
    Shot("own-devices", partial(_settings_of_team, page="Devices")),
    Shot("change-password", _change_password),
    Shot("keys", _dialog("help.keys")),
    *(Shot(f"admin-{page.key}", administration_shots.page_of(page.key)) for page in PAGES),
    Shot("admin-erase", administration_shots.erase),
    Shot("admin-held", administration_shots.held),
    Shot("colleague", _inbox, _colleague),
    Shot("draft-elsewhere", _inbox, _elsewhere),
    Shot("sign-in-again", _sign_in),
    Shot("sign-in-browser", partial(_sign_in_dialog, password=False)),
    Shot("sign-in-password", partial(_sign_in_dialog, password=True)),
    Shot("sign-in-first", _sign_in_first),
    *(
        Shot(name, partial(_then, prepare))
        for name, prepare in (
            ("suggestion", merge_shots.suggestion),
            ("merge-picker", merge_shots.picker),
            ("merge-keep", merge_shots.keep_one),
            ("merged", merge_shots.merged),
            *writing_shots.PREPARED,
        )
    ),
    Shot("mailbox-found", mailbox_shots.found),
    Shot("mailbox-unknown", mailbox_shots.unknown),
    Shot("mailbox-failed", mailbox_shots.failed),
    Shot("mailbox-tested", mailbox_shots.tested),
    Shot("mailbox-editing", mailbox_shots.editing),
    Shot("mailbox-servers", mailbox_shots.servers),
    Shot("mailbox-channel", mailbox_shots.channel),
    Shot("mailbox-answers", mailbox_shots.answers),
    Shot("mailbox-waiting", mailbox_shots.waiting),
    Shot("attention-held", partial(_attention, position=1), meddled=True),
    Shot("attention-refused", partial(_attention, position=0), meddled=True),
)
FIRST_RUN, CONNECT = "first-run", "connect"
CONNECT_PASSWORD, CONNECT_BROWSER = "connect-password", "connect-browser"
BEGINNINGS = (FIRST_RUN, CONNECT, CONNECT_PASSWORD, CONNECT_BROWSER)
LOCKED: dict[str, KeyTrouble] = {
    "locked": KeyTrouble.LOST,
    "passphrase": KeyTrouble.WRONG_PASSPHRASE,
    "protection": KeyTrouble.UNDECIDED,
}
"""Pictures of a profile whose key is not at hand."""
APP_LOCK = "app-lock"
NAMES = (*(shot.name for shot in SHOTS), *BEGINNINGS, APP_LOCK, *LOCKED)


def take_shots(
    application: QApplication,
    open_desk: Callable[[], Desk],
    meddle: Callable[[Desk], None],
    folder: Path,
    modes: Iterable[ThemeMode],
    size: QSize,
    names: Iterable[str],
    said: Callable[[Path], None],
) -> None:
    """Take the named pictures in each theme. Every theme gets a desk and window of its own.

    `meddle` lets others come in between: a change of the desk's user is refused, and a reply is held.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set(names)
    for mode in modes:
        theme = ThemeManager(application, mode)
        for name in BEGINNINGS:
            if name in wanted:
                said(_take_first_run(name, theme, folder, mode, size))
        if APP_LOCK in wanted:
            said(_take(LockWindow(theme, "Code"), APP_LOCK, folder, mode, size))
        for name, trouble in LOCKED.items():
            if name in wanted:
                locked = LockedWindow(theme, "https://desk.northwind.example")
                locked.show_trouble(trouble)
                said(_take(locked, name, folder, mode, size))
        shots = [shot for shot in SHOTS if shot.name in wanted]
        if not shots:
            continue
        desk = open_desk()
        desk.settings.set(THEME, mode.value)
        program = Program(application, desk, theme, lambda: "")
        meddled = False
        try:
            program.new_window()
            window = program.windows[0]
            window.resize(size)
            settle(program)
            for shot in shots:
                if shot.meddled and not meddled:
                    meddle(desk)
                    meddled = True
                target = shot.prepare(window) or window
                settle(program)
                if shot.then is not None:
                    shot.then(window)
                    settle(program)
                said(_save(target, folder / _name(shot.name, mode, size)))
                _back(window)
                settle(program)
        finally:
            program.quit()
            program.close()


def _back(window: MainWindow) -> None:
    """Leave nothing of a picture to the next one: no dialog, nor what it would ask before it closes; nothing sent."""
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            widget.done(QDialog.DialogCode.Rejected)
    palette = window.findChild(PaletteOverlay)
    if isinstance(palette, PaletteOverlay) and palette.isVisible():
        palette.dismiss()
    sent = window.workspace.conversation.undo_bar
    if sent.remaining:
        sent.undo()
    window.context.desk.sync.set_online(True)


def _take_first_run(name: str, theme: ThemeManager, folder: Path, mode: ThemeMode, size: QSize) -> Path:
    screen = FirstRun(theme)
    if name == CONNECT:
        screen.show_connect()
        screen.connection.form.address.setText("desk.northwind.example")
    if name == CONNECT_PASSWORD:
        screen.show_connect()
        screen.connection.form.address.setText("desk.northwind.example")
        screen.connection.use_password(True)
        screen.connection.form.account.setText("maya@northwind.example")
        screen.connection.form.password.setText("not the password")
        screen.show_code_needed("Type the code that your app for codes shows now, or a recovery code.")
    if name == CONNECT_BROWSER:
        screen.show_connect()
        screen.show_browser("https://desk.northwind.example/oauth/authorize", True)
    return _take(screen, name, folder, mode, size)


def _take(screen: QWidget, name: str, folder: Path, mode: ThemeMode, size: QSize) -> Path:
    screen.resize(size)
    screen.show()
    QApplication.processEvents()
    path = _save(screen, folder / _name(name, mode, size))
    screen.close()
    return path


def _name(name: str, mode: ThemeMode, size: QSize) -> str:
    return f"{name}-{mode.value}-{size.width()}x{size.height()}.png"


def _save(widget: QWidget, path: Path) -> Path:
    widget.grab().save(str(path))
    return path


def settle(program: Program) -> None:
    """Let the window work until nothing is read or written any more."""
    quiet = 0
    for _ in range(LONGEST_ROUNDS):
        loop = QEventLoop()
        QTimer.singleShot(SETTLE_MILLISECONDS, loop.quit)
        loop.exec()
        quiet = quiet + 1 if program.idle else 0
        if quiet >= SETTLED_ROUNDS:
            return
