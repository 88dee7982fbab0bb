"""What few people change about a mailbox: servers, folders, what happens to mail, and how it is sent."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from agent_desktop.domain.mail_account import AfterReading, MailAccount, MailSecurity, MailServer, SenderName
from ui.fonts import FontRole
from ui.models.mail_account_text import AFTERWARDS, SECURITIES, SENDERS, USUAL_PORTS
from ui.tokens import ColorRole
from ui.widgets.form_dialog import choice
from ui.widgets.form_lines import labelled, name_field
from ui.widgets.number_field import NumberField
from ui.widgets.safe_text import SafeLabel

_PORT_WIDTH, _SECURITY_WIDTH = 92, 168
_CERTIFICATE_HEIGHT = 56
_TRUSTED = (
    "Whose word on SPF, DKIM and DMARC is believed: the name at the beginning of Authentication-Results in your mail."
    " For Microsoft: protection.outlook.com. Empty: nobody's, and no sender counts as proven."
)
_PLUS = "Answers come to name+r.…@domain, which finds their conversation where mail programs lose everything else."
_AUTHORITY = "Only where a server of your own has a certificate that no public authority signed (PEM)."


class ServerLine(QWidget):
    """One server: host, port and how the connection is kept secret. An empty host: there is none."""

    changed = Signal()

    def __init__(self, kind: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._kind = kind
        self.host = QLineEdit(self)
        self.host.setPlaceholderText(f"{kind}.example.com")
        self.security = choice(SECURITIES.items(), MailSecurity.TLS, self)
        self.security.setFixedWidth(_SECURITY_WIDTH)
        self.port = NumberField(self)
        self.port.setRange(1, 65_535)
        self.port.setGroupSeparatorShown(False)
        self.port.setFixedWidth(_PORT_WIDTH)
        self._put_usual_port()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setColumnStretch(0, 1)
        for column, (label, field) in enumerate(
            ((f"Server for {title}", self.host), ("Security", self.security), ("Port", self.port))
        ):
            layout.addLayout(labelled(label, field), 0, column)
        name_field(self.security, f"Security for {title}")
        name_field(self.port, f"Port for {title}")
        self.security.activated.connect(self._put_usual_port)
        self.host.textEdited.connect(self.changed)
        self.port.valueChanged.connect(self.changed)
        self.security.currentIndexChanged.connect(self.changed)

    @property
    def server(self) -> MailServer | None:
        """What stands in the fields."""
        host = self.host.text().strip()
        security = MailSecurity(self.security.currentData())
        return MailServer(host=host, port=self.port.value(), security=security) if host else None

    def show_server(self, server: MailServer | None) -> None:
        """Put a server into the fields."""
        self.host.setText(server.host if server else "")
        if server is not None:
            self.security.setCurrentIndex(self.security.findData(server.security))
            self.port.setValue(server.port)

    def _put_usual_port(self) -> None:
        self.port.setValue(USUAL_PORTS[self._kind, MailSecurity(self.security.currentData())])


class MailServerFields(QWidget):
    """Gives `fill(account)`: the account with what stands here. `changed`: somebody changed a server."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.imap = ServerLine("imap", "receiving", self)
        self.smtp = ServerLine("smtp", "sending", self)
        self.user, self.smtp_user = self._line("the address"), self._line("the same")
        self.folders, self.move_to = self._line("INBOX"), self._line("the archive")
        self.after = choice(AFTERWARDS.items(), AfterReading.LEAVE, self)
        self.after.currentIndexChanged.connect(self._refresh)
        self.poll = self._number(5, 86_400, " seconds")
        self.shown_sender = choice(SENDERS.items(), SenderName.AGENT_AND_CHANNEL, self)
        self.most = self._number(0, 10_000, " a minute")
        self.most.setSpecialValueText("As the provider allows")
        self.give_up = self._number(1, 240, " hours")
        self.sent_folder = self._line("the server's own")
        self.sent_copy = QCheckBox("Put a copy into the folder of sent mail", self)
        self.sent_copy.toggled.connect(self._refresh)
        self.quote = QCheckBox("Quote below a reply what it answers", self)
        self.plus = QCheckBox("Have answers come to an address that says what they answer", self)
        self.trusted = self._line("mx.example.com")
        self.authority = QPlainTextEdit(self)
        self.authority.setTabChangesFocus(True)
        self.authority.setFixedHeight(_CERTIFICATE_HEIGHT)
        for line in (self.imap, self.smtp):
            line.changed.connect(self.changed)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(10)
        self._lay_out()
        self.show_account(MailAccount())

    @property
    def has_server(self) -> bool:
        """Whether any server is named."""
        return self.imap.server is not None or self.smtp.server is not None

    def show_account(self, account: MailAccount) -> None:
        """Put an account into the fields."""
        self.imap.show_server(account.imap)
        self.smtp.show_server(account.smtp)
        texts: Mapping[QLineEdit, str] = {
            self.user: account.user,
            self.smtp_user: account.smtp_user,
            self.folders: ", ".join(account.folders),
            self.move_to: account.move_to,
            self.sent_folder: account.sent_folder,
            self.trusted: account.trusted_host,
        }
        for field, text in texts.items():
            field.setText(text)
        self.after.setCurrentIndex(self.after.findData(account.after_reading))
        self.shown_sender.setCurrentIndex(self.shown_sender.findData(account.sender_name))
        self.poll.setValue(account.poll_seconds)
        self.most.setValue(account.most_per_minute)
        self.give_up.setValue(account.give_up_hours)
        self.sent_copy.setChecked(account.sent_copy)
        self.quote.setChecked(account.quote)
        self.plus.setChecked(account.plus_addresses)
        self.authority.setPlainText(account.authority)
        self._refresh()

    def account(self, address: str) -> MailAccount:
        """What stands in the fields, for a mailbox of this address; signing in by password."""
        folders = tuple(name for part in self.folders.text().split(",") if (name := part.strip()))
        return MailAccount(
            imap=self.imap.server,
            smtp=self.smtp.server,
            user=self.user.text().strip() or address,
            smtp_user=self.smtp_user.text().strip(),
            authority=self.authority.toPlainText().strip(),
            folders=folders or ("INBOX",),
            after_reading=AfterReading(self.after.currentData()),
            move_to=self.move_to.text().strip(),
            poll_seconds=self.poll.value(),
            sent_copy=self.sent_copy.isChecked(),
            sent_folder=self.sent_folder.text().strip(),
            trusted_host=self.trusted.text().strip(),
            sender_name=SenderName(self.shown_sender.currentData()),
            quote=self.quote.isChecked(),
            plus_addresses=self.plus.isChecked(),
            most_per_minute=self.most.value(),
            give_up_hours=self.give_up.value(),
        )

    def _refresh(self) -> None:
        self.move_to.setEnabled(self.after.currentData() == AfterReading.MOVE)
        self.sent_folder.setEnabled(self.sent_copy.isChecked())

    def _line(self, placeholder: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setPlaceholderText(placeholder)
        return field

    def _number(self, lowest: int, highest: int, unit: str) -> NumberField:
        field = NumberField(self)
        field.setRange(lowest, highest)
        field.setSuffix(unit)
        return field

    def _lay_out(self) -> None:
        self._layout.addWidget(self.imap)
        self._layout.addWidget(self.smtp)
        self._pair("User name", self.user, "User name for sending", self.smtp_user)
        self._pair("Folders, with commas between", self.folders, "Look for mail every", self.poll)
        self._pair("What happens to mail after reading", self.after, "Folder it is moved to", self.move_to)
        self._pair("Customers see as sender", self.shown_sender, "Folder of sent mail", self.sent_folder)
        self._pair("Send at most", self.most, "Try again, before giving up, for", self.give_up)
        self._layout.addWidget(self.sent_copy)
        self._layout.addWidget(self.quote)
        self._layout.addWidget(self.plus)
        self._words(_PLUS)
        self._layout.addLayout(labelled("Server whose word on senders is believed", self.trusted))
        self._words(_TRUSTED)
        self._layout.addLayout(labelled("Certificate of your own authority", self.authority))
        self._words(_AUTHORITY)

    def _pair(self, left: str, first: QWidget, right: str, second: QWidget) -> None:
        row = QGridLayout()
        row.setHorizontalSpacing(12)
        for column, (label, field) in enumerate(((left, first), (right, second))):
            row.setColumnStretch(column, 1)
            box: QLayout = labelled(label, field)
            if isinstance(field, QComboBox):
                field.setMinimumWidth(0)
            row.addLayout(box, 0, column)
        self._layout.addLayout(row)

    def _words(self, words: str) -> None:
        self._layout.addWidget(SafeLabel(words, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self))
