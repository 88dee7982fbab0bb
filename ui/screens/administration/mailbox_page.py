"""The first page of connecting a mailbox: address, what was found for it, how one signs in, and what a test says."""

import re
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from agent_desktop.domain.mail_account import MailAccount, MailAuth, StartWith
from agent_desktop.services.mail_setup import DetectedMail
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.mail_account_text import (
    PROVIDERS,
    STARTS,
    found_text,
    granting_provider,
    not_registered_text,
)
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.mail_setup import MailSetupViewModel, Stage
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.form_dialog import choice
from ui.widgets.form_lines import Labelled
from ui.widgets.mail_health_card import MailHealthCard
from ui.widgets.mail_server_fields import MailServerFields
from ui.widgets.mail_steps import MailSteps
from ui.widgets.safe_text import SafeLabel

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")
_KEPT = "Kept at the server. Type to replace it."
_MORE, _LESS = "Servers, folders and more", "Hide servers, folders and more"


class MailboxPage(QWidget):
    """`account` is what stands in the fields. `changed`: something was typed that a test would find out about."""

    changed = Signal()

    def __init__(
        self, themes: ThemeManager, setup: MailSetupViewModel, address: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._setup = setup
        self._themes = themes
        self._looked_for, self._was_there = "", bool(address)
        self._account = MailAccount()
        self._typed_servers = self._nothing_found = False
        self.health = MailHealthCard(themes, self)
        self.address = QLineEdit(address, self)
        self.address.setPlaceholderText("help@example.com")
        self.find_button = Button(themes, "Find servers", icon=IconName.SEARCH, parent=self)
        self.looking = SafeLabel("", color=ColorRole.TEXT_2, parent=self)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName("Looking for servers")
        self.stop = Button(themes, "Stop looking", ButtonKind.LINK, parent=self)
        self.found = SafeLabel("", color=ColorRole.TEXT_2, wrap=True, selectable=True, parent=self)
        self.elsewhere = SafeLabel("Who runs this mailbox?", color=ColorRole.TEXT_2, parent=self)
        self.providers = {
            name: Button(themes, title, compact=True, parent=self) for name, title in PROVIDERS.items()
        }
        self.hint = SafeLabel("", FontRole.SECONDARY, ColorRole.WARN, wrap=True, parent=self)
        self.password = QLineEdit(self)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.granted = SafeLabel("", color=ColorRole.TEXT_2, wrap=True, parent=self)
        self.start = choice(STARTS.items(), StartWith.NOW, self)
        self.steps = MailSteps(themes, self)
        self.send = Button(themes, "", icon=IconName.SEND, parent=self)
        self.more = Button(themes, _MORE, ButtonKind.LINK, IconName.CHEVRON_RIGHT, parent=self)
        self.servers = MailServerFields(self)
        self._lay_out()
        self.address.editingFinished.connect(self._on_left)
        self.address.textEdited.connect(self._on_typed)
        self.password.textEdited.connect(self._on_typed)
        self.servers.changed.connect(self._on_servers)
        self.find_button.clicked.connect(lambda: self.find_servers())
        self.stop.clicked.connect(setup.stop_finding)
        for name, button in self.providers.items():
            button.setAccessibleName(f"It is a mailbox at {PROVIDERS[name]}")
            button.clicked.connect(partial(self.find_servers, name))
        self.send.clicked.connect(lambda: setup.send_to_me(self.account, self.secret))
        self.more.clicked.connect(lambda: self.unfold(self.servers.isHidden()))
        self.unfold(False)
        setup.found.connect(self._show_found)
        setup.changed.connect(self.refresh)
        self.refresh()

    # ----- what stands here

    @property
    def typed_address(self) -> str:
        """The address."""
        return self.address.text().strip()

    @property
    def secret(self) -> str | None:
        """The password; None: the one that is kept."""
        return self.password.text() or None

    @property
    def account(self) -> MailAccount:
        """The account; what has no field stays as it was."""
        shown = self.servers.account(self.typed_address)
        kept = self._account
        by_grant = kept.auth is MailAuth.OAUTH and shown.imap == kept.imap and shown.smtp == kept.smtp
        return replace(
            shown,
            auth=MailAuth.OAUTH if by_grant else MailAuth.PASSWORD,
            provider=kept.provider if by_grant else "",
            start=StartWith(self.start.currentData()),
            enabled=kept.enabled,
        )

    @property
    def by_grant(self) -> bool:
        """Whether one signs in with the provider."""
        return self.account.auth is MailAuth.OAUTH

    def show_account(self, account: MailAccount) -> None:
        """Put an account into the fields."""
        self._account = account
        self.servers.show_account(account)
        if account.user == self.typed_address:
            self.servers.user.clear()
        self.start.setCurrentIndex(self.start.findData(account.start))
        self.refresh()

    def problem(self) -> str:
        """Why it cannot be connected so, or ""; with the keyboard where something is missing."""
        if not _ADDRESS.fullmatch(self.typed_address):
            self.address.setFocus()
            return "Type the address of the mailbox."
        if not self.servers.has_server:
            self.unfold(True)
            self.servers.imap.host.setFocus()
            return "Type the servers of this mailbox: your provider or whoever runs them knows their names."
        kept = self._setup.kept is not None and self._setup.kept.has_secret
        if not self.by_grant and not self.password.text() and not kept:
            self.password.setFocus()
            return "Type the password of the mailbox."
        return ""

    # ----- finding servers

    def find_servers(self, provider: str = "") -> None:
        """Look for the servers of what is typed, whatever stands in the fields; `provider` runs the mailbox."""
        if not _ADDRESS.fullmatch(self.typed_address):
            self.found.setText("Type an address such as help@example.com.")
            self.address.setFocus()
            return
        self._looked_for, self._typed_servers = self.typed_address, False
        self.found.setText("")
        self._setup.find(self.typed_address, provider)

    def find_if_missing(self) -> None:
        """Look for the servers of an address that has none yet."""
        is_new = self.typed_address != self._looked_for and _ADDRESS.fullmatch(self.typed_address)
        if is_new and not self._typed_servers and not self._setup.is_connected:
            self.find_servers()

    def unfold(self, wanted: bool) -> None:
        """Show what few people change, or hide it."""
        self.servers.setVisible(wanted)
        self.more.setText(_LESS if wanted else _MORE)
        self.more.set_icon(IconName.CHEVRON_DOWN if wanted else IconName.CHEVRON_RIGHT)

    def _on_left(self) -> None:
        if self._setup.kept is not None or not self._was_there:
            self.find_if_missing()

    def _show_found(self, found: DetectedMail) -> None:
        self.found.setText(found_text(found))
        self._nothing_found = found.account is None
        if found.account is None:
            self.hint.setText(found.hint)
            self.unfold(True)
        else:
            self.show_account(found.account)
            provider = granting_provider(found.account)
            words = [found.hint] if found.hint else []
            if provider and found.account.auth is MailAuth.PASSWORD:
                words.append(not_registered_text(provider))
            self.hint.setText(" ".join(words))
        self.changed.emit()
        self.refresh()

    # ----- showing it

    def refresh(self) -> None:
        """Show how things stand."""
        setup = self._setup
        kept = setup.kept is not None and setup.kept.has_secret
        connected, domain = setup.is_connected, self.typed_address.rpartition("@")[2]
        self.health.setVisible(connected)
        self.health.show_health(
            setup.health,
            paused=bool(connected and setup.kept and not _enabled(setup.kept.account)),
            by_grant=self.by_grant,
        )
        for widget in (self.looking, self.bar, self.stop):
            widget.setVisible(setup.finding)
        self.looking.setText(f"Looking for the servers of {domain}…")
        self.found.setVisible(bool(self.found.text()) and not setup.finding)
        for part in (self.elsewhere, *self.providers.values()):
            part.setVisible(self._nothing_found and not (setup.finding or connected))
        self.hint.setVisible(bool(self.hint.text()) and not setup.finding)
        self.password.setPlaceholderText(_KEPT if kept else "")
        self._password_box.setVisible(not self.by_grant)
        self.granted.setVisible(self.by_grant)
        title = PROVIDERS.get(self.account.provider, "your provider")
        self.granted.setText(
            f"You sign in with {title} in your browser. No password is kept here."
            if not connected
            else f"{title} granted access to this mailbox. No password is kept here."
        )
        self._start_box.setVisible(not connected)
        self.steps.show_steps(setup.steps, running=setup.stage is Stage.TESTING or setup.sending)
        self.send.setVisible(setup.tested is True and self.account.smtp is not None)
        whom = setup.my_address or "myself"
        self.send.setText("Sending…" if setup.sending else f"Send a test mail to {whom}")

    def _on_typed(self) -> None:
        self._setup.stop_testing()
        self.changed.emit()

    def _on_servers(self) -> None:
        self._typed_servers = self.servers.has_server
        self._on_typed()

    def _lay_out(self) -> None:
        self._password_box = Labelled("Password", self.password, self)
        self._start_box = Labelled("Which mail becomes conversations", self.start, self)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.address, 1)
        first.addWidget(self.find_button)
        words = SafeLabel("E-mail address", FontRole.SECONDARY, ColorRole.TEXT_2, parent=self)
        words.setBuddy(self.address)
        self.address.setAccessibleName("E-mail address")
        asked = QVBoxLayout()
        asked.setSpacing(3)
        asked.addWidget(words)
        asked.addLayout(first)
        looking = QHBoxLayout()
        looking.addWidget(self.looking, 1)
        looking.addWidget(self.stop)
        send = QHBoxLayout()
        send.addWidget(self.send)
        send.addStretch(1)
        fold = QHBoxLayout()
        fold.addWidget(self.more)
        fold.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.health)
        layout.addLayout(asked)
        layout.addLayout(looking)
        elsewhere = QHBoxLayout()
        elsewhere.setSpacing(8)
        for part in (self.elsewhere, *self.providers.values()):
            elsewhere.addWidget(part)
        elsewhere.addStretch(1)
        layout.addWidget(self.bar)
        layout.addWidget(self.found)
        layout.addLayout(elsewhere)
        for widget in (self.hint, self._password_box, self.granted):
            layout.addWidget(widget)
        layout.addWidget(self._start_box)
        layout.addWidget(self.steps)
        layout.addLayout(send)
        layout.addLayout(fold)
        layout.addWidget(self.servers)
        layout.addStretch(1)


def _enabled(account: MailAccount | None) -> bool:
    return account is not None and account.enabled
