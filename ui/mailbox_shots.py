"""Connecting a mailbox, for the pictures: with a server that answers what they show."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer, MailStep
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.mail_setup import DetectedMail, GrantAttempt, OpenPage, SavedMail
from ui.screens.administration.mail_dialog import MailDialog
from ui.screens.main_window import MainWindow
from ui.viewmodels.staff import StaffViewModel

_ACCOUNT = MailAccount(
    imap=MailServer(host="imap.northwind.example", port=993),
    smtp=MailServer(host="smtp.northwind.example", port=587, security=MailSecurity.STARTTLS),
    user="orders@northwind.example",
    trusted_host="mx.northwind.example",
)
_WRONG = (
    "{host} does not let “orders@northwind.example” in with this password: authentication failed. Type it again; some"
    " providers want a password for programs."
)
_SENT = (
    "smtp.northwind.example took a mail to maya.keller@larkfield.example and said: 250 2.0.0 Ok: queued as 4XkQ2p1"
    ". Look for it there, also among spam."
)
_NOTHING = "Nothing was found. Ask your provider for the names of its IMAP and SMTP servers."
_PASSWORD = "the password"  # noqa: S105 - of nobody
_LONGEST = 3_000  # milliseconds


@dataclass
class _Server:
    """Takes no password, unless it is one that `lets_in`."""

    now: datetime
    lets_in: str = ""
    kept: SavedMail = SavedMail()  # noqa: RUF009 - frozen

    def read(self, channel_id: Id) -> SavedMail:
        return self.kept

    def save(self, channel_id: Id, account: MailAccount, secret: str | None = None) -> SavedMail:
        self.kept = SavedMail(account=account, has_secret=True, last_contact=self.now)
        return self.kept

    def remove(self, channel_id: Id) -> None:
        self.kept = SavedMail()

    def test(
        self, channel_id: Id, account: MailAccount, secret: str | None = None, *, send: bool = False
    ) -> tuple[MailStep, ...]:
        server = account.imap or account.smtp
        assert server is not None
        part = "Receiving" if account.imap is not None else "Sending"
        worked = f"{server.host} answers on port {server.port}."
        secure = f"The connection to {server.host} is secret, and it is who it says."
        lets_in = secret == self.lets_in
        signed_in = f"{server.host} lets “{account.user}” in." if lets_in else _WRONG.format(host=server.host)
        steps = (
            MailStep(name=f"{part}: Connect", worked=True, sentence=worked),
            MailStep(name=f"{part}: Secure", worked=True, sentence=secure),
            MailStep(name=f"{part}: Sign in", worked=lets_in, sentence=signed_in),
        )
        return (*steps, MailStep(name="Sending: Send a mail", worked=True, sentence=_SENT)) if send else steps

    def detect(self, address: str, provider: str = "") -> DetectedMail:
        if address.endswith("@nowhere.example"):
            return DetectedMail(source=_NOTHING)
        return DetectedMail(
            account=replace(_ACCOUNT, user=address),
            source="northwind.example says that these are its servers.",
        )

    def granting(self, channel_id: Id, account: MailAccount, open_page: OpenPage) -> GrantAttempt:
        raise InputError("Nobody grants anything here.")


def found(window: MainWindow) -> QWidget:
    """The servers of an address are found."""
    dialog = _dialog(window, new=True)
    dialog.mailbox.address.setText("orders@northwind.example")
    dialog.mailbox.find_servers()
    _until(dialog, lambda: not dialog.setup.finding)
    dialog.mailbox.password.setFocus()
    return dialog


def unknown(window: MainWindow) -> QWidget:
    """No servers of an address are found."""
    dialog = _dialog(window, new=True)
    dialog.mailbox.address.setText("orders@nowhere.example")
    dialog.mailbox.find_servers()
    _until(dialog, lambda: not dialog.setup.finding)
    dialog.mailbox.providers["microsoft"].setFocus()
    return dialog


def failed(window: MainWindow) -> QWidget:
    """A password is wrong."""
    dialog = found(window)
    assert isinstance(dialog, MailDialog)
    dialog.mailbox.password.setText("not the password")
    dialog.try_it()
    _until(dialog, lambda: dialog.setup.tested is not None)
    return dialog


def tested(window: MainWindow) -> QWidget:
    """A test has worked, and a mail was sent to whoever looks at it."""
    dialog = found(window)
    assert isinstance(dialog, MailDialog)
    dialog.mailbox.password.setText(_PASSWORD)
    dialog.try_it()
    _until(dialog, lambda: dialog.setup.tested is not None)
    dialog.mailbox.send.setFocus()
    dialog.mailbox.send.click()
    _until(dialog, lambda: not dialog.setup.sending)
    return dialog


def editing(window: MainWindow) -> QWidget:
    """A mailbox that is connected."""
    dialog = _dialog(window)
    _until(dialog, lambda: dialog.setup.kept is not None)
    return dialog


def servers(window: MainWindow) -> QWidget:
    """What few people change."""
    dialog = editing(window)
    assert isinstance(dialog, MailDialog)
    dialog.mailbox.unfold(True)
    return dialog


def answers(window: MainWindow) -> QWidget:
    """The automatic answer, turned on."""
    dialog = editing(window)
    assert isinstance(dialog, MailDialog)
    dialog.pages.setCurrentIndex(2)
    dialog.answers.automatic.setChecked(True)
    return dialog


def channel(window: MainWindow) -> QWidget:
    """What a channel is beside its mailbox."""
    dialog = editing(window)
    assert isinstance(dialog, MailDialog)
    dialog.pages.setCurrentIndex(1)
    return dialog


def waiting(window: MainWindow) -> QWidget:
    """It is connected, and the first mail is waited for."""
    dialog = found(window)
    assert isinstance(dialog, MailDialog)
    dialog.mailbox.password.setText(_PASSWORD)
    dialog.save(untested=True)
    _until(dialog, lambda: dialog.setup.is_connected)
    return dialog


def _dialog(window: MainWindow, *, new: bool = False) -> MailDialog:
    context = window.context
    desk, staff = context.desk, StaffViewModel(context)
    now = desk.clock.now()
    server = _Server(now, _PASSWORD)
    mailbox = next(item for item in desk.directory.channels() if item.kind is ChannelKind.EMAIL)
    if not new:
        server.kept = SavedMail(
            account=replace(_ACCOUNT, user=mailbox.address),
            has_secret=True,
            last_contact=now - timedelta(minutes=2),
        )
    dialog = MailDialog(
        context, staff, staff.new_id() if new else mailbox.id, window, lambda url: True, lambda: server
    )
    staff.setParent(dialog)
    dialog.open()
    return dialog


def _until(dialog: MailDialog, condition: Callable[[], bool]) -> None:
    loop = QEventLoop()
    dialog.setup.changed.connect(lambda: loop.quit() if condition() else None)
    QTimer.singleShot(_LONGEST, loop.quit)
    if not condition():
        loop.exec()
